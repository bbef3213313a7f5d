"""A sealed message on its way in, and what the exchange knows when it judges it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self
from uuid import UUID

from lienthong.common.errors import LienthongError
from lienthong.common.messages.accounts import Agency, AgencyLife
from lienthong.common.messages.document import Document, Lane
from lienthong.common.messages.exchange import DocumentSent
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.numbers import InboxKey

MessageKey = tuple[UUID, UUID]
"""Sender's agency id and message id: unique for ever."""


@dataclass(frozen=True)
class Submission:
    """A message whose seal was verified, read strictly, and not yet judged.

    `agency_id` and `client_id` are the token's, `holder` is the source whose certificate sealed it, `seal` that
    certificate's fingerprint.
    """

    agency_id: UUID
    client_id: UUID
    holder: str | None
    seal: str
    signed: SignedBytes
    event: DocumentSent
    traceparent: str | None = None

    @property
    def key(self) -> MessageKey:
        """The token's agency, never the claimed source: nobody learns anything about another agency's ids."""
        return self.agency_id, self.event.id

    @property
    def document(self) -> Document:
        """What is sent."""
        return self.event.data

    @property
    def lane(self) -> Lane:
        """The lane it travels in."""
        return self.document.lane

    @cached_property
    def recipient_inboxes(self) -> tuple[InboxKey, ...]:
        """Where it is delivered, in the order of the recipients."""
        return tuple(InboxKey(agency_id, self.lane) for agency_id in self.recipients)

    @property
    def inboxes(self) -> tuple[InboxKey, ...]:
        """What is locked while it is accepted: the recipients' inboxes, and the sender's own, for its order."""
        return InboxKey(self.agency_id, self.lane), *self.recipient_inboxes

    @cached_property
    def recipients(self) -> tuple[UUID, ...]:
        """Exactly those of the signed message, in its order."""
        return tuple(organization.agency_id for organization in self.document.to)

    @cached_property
    def sha256(self) -> bytes:
        """Hash of the exact bytes."""
        return hashlib.sha256(self.signed.payload).digest()

    @property
    def hashes(self) -> list[str]:
        """The attached files."""
        return [attachment.sha256 for attachment in self.document.attachments]


@dataclass(frozen=True, slots=True)
class KnownAgency:
    """An agency as the register of accounts told it last."""

    agency_id: UUID
    state: AgencyLife
    name: str
    codes: frozenset[str]
    """Codes it has or had."""
    successors: tuple[UUID, ...] = ()

    @classmethod
    def told(cls, agency: Agency) -> Self:
        """What the exchange needs of an agency's record; its name is the one that has not ended, else the last."""
        present = [name for name in agency.names if name.valid_to is None] or agency.names
        return cls(
            agency_id=agency.agency_id,
            state=agency.state,
            name=present[-1].name,
            codes=frozenset(code.code for code in agency.codes),
            successors=tuple(agency.successors),
        )


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that an agency uploaded itself."""

    agency_id: UUID
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the exchange knows when it judges a page of submissions."""

    agencies: Mapping[UUID, KnownAgency]
    uploads: Mapping[tuple[UUID, str], Upload]
    accepted: set[MessageKey]
    """Those named by `after`; the set grows while a page is judged."""
    lapsed: Mapping[str, LienthongError] = field(default_factory=dict[str, LienthongError])
    """Seals that have ceased to be good since they were verified, and why."""
