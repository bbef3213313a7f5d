"""A sealed message on its way in, and what the exchange knows when it judges it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, Self
from uuid import UUID

from lienthong.common.errors import LienthongError
from lienthong.common.messages.accounts import Agency, AgencyLife, ContactOfficer
from lienthong.common.messages.change import ChangeAnswer
from lienthong.common.messages.document import Attachment, Document, Lane
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ContentRemoved,
    DocumentSent,
    Exchanged,
    Scan,
    StatusReported,
    TakeBackRequested,
)
from lienthong.common.messages.status import StatusReport
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.changes import ChangeKind
from lienthong.exchange.domain.deliveries import AskedChange, DeliveredDocument, DeliveryKey, SubjectKey
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.requests import Named, kind_of, read_request
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.domain.states import Said
from lienthong.exchange.domain.symbols import AxisId, Symbol, read_axis_id, read_symbol

MessageKey = tuple[UUID, UUID]
"""Sender's agency id and message id: unique for ever."""

NumberKey = tuple[UUID, int, str]
"""Sender's agency id, year and symbol with its number in one form: given once by an agency (ND30-15/22)."""


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
    event: Exchanged
    traceparent: str | None = None

    @property
    def key(self) -> MessageKey:
        """The token's agency, never the claimed source: nobody learns anything about another agency's ids."""
        return self.agency_id, self.event.id

    @property
    def is_document(self) -> bool:
        """Whether it sends a document; everything else says something about one that was sent."""
        return isinstance(self.event, DocumentSent)

    @property
    def document(self) -> Document:
        """The document that is sent. Raises TypeError where something else is said."""
        if not isinstance(self.event, DocumentSent):
            raise TypeError("this message carries no document")
        return self.event.data

    @property
    def report(self) -> StatusReport:
        """The status that is reported. Raises TypeError where something else is said."""
        if not isinstance(self.event, StatusReported):
            raise TypeError("this message is no status")
        return self.event.data

    @property
    def change_answer(self) -> ChangeAnswer:
        """The answer to a change request. Raises TypeError where something else is said."""
        if not isinstance(self.event, ChangeAnswered):
            raise TypeError("this message is no answer")
        return self.event.data

    @property
    def said(self) -> Said:
        """The status and when it happened. Raises TypeError where something else is said."""
        return Said(self.event.time, self.report.status)

    @property
    def occurred_at(self) -> datetime | None:
        """When it happened in truth, where it is entered late."""
        late = self.event.data.late_entry
        return None if late is None else late.occurred_at

    @cached_property
    def kind(self) -> ChangeKind | None:
        """The change that it asks for, if it does."""
        return kind_of(self.event)

    @cached_property
    def named(self) -> tuple[Named, ...]:
        """The documents that it asks to have changed, as it names them."""
        return read_request(self.event)

    @cached_property
    def changed(self) -> frozenset[SubjectKey]:
        """The documents that it asks to have changed, at the recipients concerned, where it names them by subject."""
        return frozenset(
            (self.agency_id, each.subject, self.recipients[place])
            for each in self.named
            if each.message_id is None and each.subject is not None
            for place in each.places
        )

    @property
    def lane(self) -> Lane:
        """The lane it travels in."""
        return self.event.data.lane

    @property
    def after(self) -> UUID | None:
        """The message of the same sender that it waits for."""
        return self.event.data.after

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
        return tuple(organization.agency_id for organization in self.event.data.to)

    @cached_property
    def symbol(self) -> Symbol | None:
        """The document's number and symbol in one form; None where they are malformed."""
        return read_symbol(self.document.code.number, self.document.code.notation)

    @cached_property
    def axis_id(self) -> AxisId:
        """The document's id in its parts."""
        return read_axis_id(self.document.document_id)

    @property
    def number_key(self) -> NumberKey | None:
        """What no other document of the sender has; None for what is none, and where number or symbol are malformed."""
        if not self.is_document or self.symbol is None:
            return None
        return self.agency_id, self.document.promulgation.date.year, self.symbol.text

    @cached_property
    def sha256(self) -> bytes:
        """Hash of the exact bytes."""
        return hashlib.sha256(self.signed.payload).digest()

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The attached files; only documents have any."""
        return self.document.attachments if self.is_document else ()

    @property
    def hashes(self) -> list[str]:
        """The hashes of the attached files."""
        return [attachment.sha256 for attachment in self.attachments]

    @property
    def delivery(self) -> DeliveryKey:
        """The message at the token's agency that a status, answer or removal is about: nobody speaks for another.

        Raises TypeError where something else is said.
        """
        if not isinstance(self.event, StatusReported | ChangeAnswered | ContentRemoved):
            raise TypeError("this message is about no delivery")
        return self.agency_id, self.event.data.to[0].agency_id, self.event.data.message_id

    @property
    def deliveries(self) -> frozenset[DeliveryKey]:
        """The messages at recipients that it is about, as far as it names them so."""
        if isinstance(self.event, TakeBackRequested):
            message_id = self.event.data.message_id
            return frozenset((recipient, self.agency_id, message_id) for recipient in self.recipients)
        return frozenset() if self.is_document else frozenset({self.delivery})


@dataclass(frozen=True, slots=True)
class KnownAgency:
    """An agency as the register of accounts told it last."""

    agency_id: UUID
    state: AgencyLife
    name: str
    codes: frozenset[str]
    """Codes it has or had."""
    successors: tuple[UUID, ...] = ()
    kind: str | None = None
    """Province, department …; None where an earlier version of this program did not keep it yet."""
    contact_officer: ContactOfficer | None = None
    """Whom to ask there (N9)."""

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
            kind=agency.kind,
            contact_officer=agency.contact_officer,
        )


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that an agency uploaded itself."""

    agency_id: UUID
    sha256: str
    size: int
    media_type: str
    scan: Scan = Scan.NOT_SCANNED


@dataclass(frozen=True, slots=True)
class FirstUse:
    """The first document that had a number and symbol: its subject, and when it was accepted."""

    subject: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What the exchange knows when it judges a page of submissions."""

    now: datetime
    policy: AdmissionPolicy
    agencies: Mapping[UUID, KnownAgency]
    uploads: Mapping[tuple[UUID, str], Upload]
    accepted: set[MessageKey]
    """Those named by `after`; the set grows while a page is judged."""
    lapsed_seals: Mapping[str, LienthongError] = field(default_factory=dict[str, LienthongError])
    """Seals that have ceased to be good since they were verified, and why."""
    deliveries: dict[DeliveryKey, DeliveredDocument] = field(default_factory=dict[DeliveryKey, DeliveredDocument])
    """Those that statuses, requests and answers are about; what becomes of them grows while a page is judged."""
    newest: Mapping[SubjectKey, DeliveryKey] = field(default_factory=dict[SubjectKey, DeliveryKey])
    """Of documents named by subject, the newest version that stands at a recipient."""
    sent: frozenset[tuple[UUID, UUID]] = frozenset()
    """Senders and subjects of documents that were sent, of those that are named by subject."""
    crowded: frozenset[tuple[UUID, UUID]] = frozenset()
    """Senders and subjects that were used for more messages than are looked through for one request."""
    documents: Mapping[UUID, Document] = field(default_factory=dict[UUID, Document])
    """Documents whose change is asked, by the ids of their rows."""
    requests: dict[DeliveryKey, AskedChange] = field(default_factory=dict[DeliveryKey, AskedChange])
    """What messages asked that answers and removals are about; what becomes of them grows while a page is judged."""
    moved: set[DeliveryKey] = field(default_factory=set[DeliveryKey])
    """Deliveries whose state has changed while the page is judged."""
    numbers: dict[NumberKey, FirstUse] = field(default_factory=dict[NumberKey, FirstUse])
    """Numbers and symbols that were used before; they grow while a page is judged."""
    outages: Mapping[datetime, int] = field(default_factory=dict[datetime, int])
    """Of the times at which late entries are said to have happened, those that lie in a known outage: its number."""

    def scan_of(self, submission: SealedMessage) -> Scan | None:
        """What the scanner said of the attached files together; None where nothing is attached."""
        uploads = [self.uploads.get((submission.agency_id, each.sha256)) for each in submission.attachments]
        if not uploads:
            return None
        clean = all(upload is not None and upload.scan is Scan.CLEAN for upload in uploads)
        return Scan.CLEAN if clean else Scan.NOT_SCANNED

    def find_delivery(self, submission: Submission) -> DeliveredDocument | None:
        """The delivery that a status is about, if whatever it says of the document fits."""
        found, report = self.deliveries.get(submission.delivery), submission.report
        if found is None or (submission.event.subject, report.lane) != (str(found.subject), found.lane):
            return None
        return found if report.response_for.subject in (None, found.subject) else None

    def find_request(self, submission: Submission) -> AskedChange | None:
        """The request that an answer or a removal is about, if whatever it says of it fits."""
        if not isinstance(submission.event, ChangeAnswered | ContentRemoved):
            raise TypeError("this message is about no request")
        found, told = self.requests.get(submission.delivery), submission.event.data
        if found is None or (submission.event.subject, told.lane) != (str(found.subject), found.lane):
            return None
        subjects = {self.deliveries[key].subject for key in found.documents} | {found.subject, None}
        return found if told.response_for.subject in subjects else None

    def find_targets(self, submission: Submission) -> Iterator["Target"]:
        """The deliveries whose change is asked, each with its place among the recipients."""
        for named in submission.named:
            for place in named.places:
                recipient = submission.recipients[place]
                key = self._key_of(named, submission.agency_id, recipient)
                yield Target(named, place, key, None if key is None else self.deliveries.get(key))

    def _key_of(self, named: Named, sender: UUID, recipient: UUID) -> DeliveryKey | None:
        if named.message_id is not None:
            return recipient, sender, named.message_id
        return None if named.subject is None else self.newest.get((sender, named.subject, recipient))

    def add_number(self, submission: Submission) -> None:
        """A message was admitted: later lines of the page are judged with its number, if it has one."""
        key = submission.number_key
        if key is not None:
            self.numbers.setdefault(key, FirstUse(submission.event.subject or "", self.now))


class Target(NamedTuple):
    """A document that is to be changed at one recipient, by its place in `to`; no delivery where it has none there."""

    named: Named
    place: int
    key: DeliveryKey | None
    delivery: DeliveredDocument | None
