"""An agency's own topic: what becomes of it, from the asking to the end."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from lienthong.common.messages.topics import TopicSpec, own_topic
from lienthong.exchange.domain.numbers import InboxKey


class TopicState(StrEnum):
    """asked → open → ending → ended; failed where the broker refuses for good. It may be asked for again after an end.

    Entries are put there while it is open. While it is asked or ending, the exchange works on it.
    """

    ASKED = "asked"
    OPEN = "open"
    ENDING = "ending"
    ENDED = "ended"
    FAILED = "failed"


STANDING = frozenset({TopicState.ASKED, TopicState.OPEN})
"""Whoever asked for it has it, or gets it."""


class EndCause(StrEnum):
    """Why a topic ended."""

    CLOSED = "closed"
    """Its agency closed it."""
    AGENCY_NOT_ACTIVE = "agency_not_active"
    """Its agency has ended or was merged."""
    CLIENT_WITHDRAWN = "client_withdrawn"
    """The machine client that asked for it has ended, or acts for the agency no more."""


@dataclass(frozen=True, slots=True)
class OwnTopic:
    """One agency's topic of one lane. `cause` is that of the last attempt that failed."""

    inbox: InboxKey
    client_id: UUID
    state: TopicState
    from_n: int
    put_n: int
    last_n: int | None
    asked_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
    end_cause: EndCause | None
    cause: str | None
    attempts: int

    @property
    def spec(self) -> TopicSpec:
        """The topic at the broker."""
        return own_topic(*self.inbox)


def principal_of(agency_id: UUID) -> str:
    """Who the agency is at the broker: the subject of its client certificate is its id alone."""
    return f"User:{agency_id}"


def group_prefix_of(agency_id: UUID) -> str:
    """What the names of its consumer groups begin with."""
    return f"agency.{agency_id}."
