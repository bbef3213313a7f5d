"""What an agency tells operators of the platform, and what it may know of incidents: outages, contact officers."""

from enum import StrEnum
from uuid import UUID

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id, new_id
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.directory import Directory
from lienthong.sdk.exchange import Exchange


class HotlineKind(StrEnum):
    """What an agency has to say."""

    INCIDENT = "incident"
    SUGGESTION = "suggestion"
    QUESTION = "question"


class HotlineAnswer(AnswerPart):
    """What operators said to it."""

    text: str
    answered_at: Timestamp


class HotlineEntry(AnswerPart):
    """A report, under the number that operators gave it."""

    number: int
    id: Id
    kind: str
    text: str
    contact: str
    reported_at: Timestamp
    state: str
    closed_at: Timestamp | None = None
    answers: tuple[HotlineAnswer, ...] = ()


class Outage(AnswerPart):
    """A time in which documents could not be exchanged; it goes on as long as `ended_at` is None."""

    number: int
    origin: str
    began_at: Timestamp
    ended_at: Timestamp | None
    cause: str | None
    recorded_at: Timestamp


class _Entries(AnswerPart):
    entries: tuple[HotlineEntry, ...]


class _Outages(AnswerPart):
    outages: tuple[Outage, ...]


class _Contact(AnswerPart):
    contact_officer: ContactOfficer | None


class Support:
    """The way to operators. Everything raises PlatformError, Unreachable, UnexpectedAnswer."""

    def __init__(self, exchange: Exchange, directory: Directory) -> None:
        self._exchange = exchange
        self._directory = directory

    async def report(
        self, kind: HotlineKind, text: str, *, contact: str, report_id: UUID | None = None
    ) -> HotlineEntry:
        """Tell operators; `contact` is whom they answer. A repeat under the same `report_id` makes no second entry."""
        return await self._exchange.read(
            "POST",
            "/v1/hotline",
            HotlineEntry,
            say={"id": str(report_id or new_id()), "kind": kind.value, "text": text, "contact": contact},
        )

    async def reports(self) -> tuple[HotlineEntry, ...]:
        """The agency's latest entries with their answers, the latest first."""
        return (await self._exchange.read("GET", "/v1/hotline", _Entries)).entries

    async def outages(self) -> tuple[Outage, ...]:
        """The latest outages, the latest first."""
        return (await self._exchange.read("GET", "/v1/outages", _Outages)).outages

    async def contact(self, code_or_id: str) -> ContactOfficer | None:
        """Whom an agency has named as contact for incidents; None where nobody. Raises BadInput, NotFound."""
        agency_id = (await self._directory.find(code_or_id)).agency_id
        return (await self._exchange.read("GET", f"/v1/agencies/{agency_id}/contact", _Contact)).contact_officer
