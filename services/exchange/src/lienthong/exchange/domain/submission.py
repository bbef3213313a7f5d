"""A sealed message on its way in, and what the exchange knows when it judges it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Self
from uuid import UUID

from lienthong.common.errors import LienthongError
from lienthong.common.messages.accounts import Agency, AgencyLife, ContactOfficer
from lienthong.common.messages.document import Attachment, Document, Lane
from lienthong.common.messages.exchange import DocumentSent, Scan, StatusReported
from lienthong.common.messages.status import StatusReport
from lienthong.common.signing import SignedBytes
from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.expiry import judge_after_expiry
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.domain.states import DeliveryState, Fit, History, Said, judge_status
from lienthong.exchange.domain.symbols import AxisId, Symbol, read_axis_id, read_symbol

MessageKey = tuple[UUID, UUID]
"""Sender's agency id and message id: unique for ever."""

DeliveryKey = tuple[UUID, UUID, UUID]
"""Recipient's agency id, sender's agency id and message id: one document at one recipient."""

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
    event: DocumentSent | StatusReported
    traceparent: str | None = None

    @property
    def key(self) -> MessageKey:
        """The token's agency, never the claimed source: nobody learns anything about another agency's ids."""
        return self.agency_id, self.event.id

    @property
    def is_status(self) -> bool:
        """Whether it reports a status; else it sends a document."""
        return isinstance(self.event, StatusReported)

    @property
    def document(self) -> Document:
        """The document that is sent. Raises TypeError where a status is reported."""
        if not isinstance(self.event, DocumentSent):
            raise TypeError("a status carries no document")
        return self.event.data

    @property
    def report(self) -> StatusReport:
        """The status that is reported. Raises TypeError where a document is sent."""
        if not isinstance(self.event, StatusReported):
            raise TypeError("a document is no status")
        return self.event.data

    @property
    def said(self) -> Said:
        """The status and when it happened. Raises TypeError where a document is sent."""
        return Said(self.event.time, self.report.status)

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
        """What no other document of the sender has; None for a status, and where number or symbol are malformed."""
        if self.is_status or self.symbol is None:
            return None
        return self.agency_id, self.document.promulgation.date.year, self.symbol.text

    @cached_property
    def sha256(self) -> bytes:
        """Hash of the exact bytes."""
        return hashlib.sha256(self.signed.payload).digest()

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The attached files; a status has none."""
        return () if self.is_status else self.document.attachments

    @property
    def hashes(self) -> list[str]:
        """The hashes of the attached files."""
        return [attachment.sha256 for attachment in self.attachments]

    @property
    def delivery(self) -> DeliveryKey:
        """The delivery that a status is about, by the token's agency: nobody reports for another."""
        return self.agency_id, self.report.to[0].agency_id, self.report.message_id


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
class DeliveredDocument:
    """A document at one recipient: which (by the id of its row and its subject), since when, what became of it."""

    message: UUID
    subject: UUID
    lane: Lane
    accepted_at: datetime
    history: History = field(default_factory=History)
    expired_at: datetime | None = None
    """When it expired, if it is still so."""

    def judge(self, submission: Submission) -> Fit | Refusal:
        """Whether a status fits what is known of this delivery."""
        if self.expired_at is None:
            return judge_status(self.history, submission.said)
        late = submission.report.late_entry
        occurred_at = None if late is None else late.occurred_at
        return judge_after_expiry(self.history, self.expired_at, submission.said, occurred_at)

    def with_status(self, said: Said, fit: Fit) -> Self:
        """The same delivery with a status that fits."""
        statuses = (*self.history.statuses, said)
        if self.expired_at is None or fit.state is DeliveryState.EXPIRED:
            return replace(self, history=replace(self.history, statuses=statuses))
        return replace(self, history=replace(self.history, statuses=statuses, end=None), expired_at=None)


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
    lapsed: Mapping[str, LienthongError] = field(default_factory=dict[str, LienthongError])
    """Seals that have ceased to be good since they were verified, and why."""
    deliveries: dict[DeliveryKey, DeliveredDocument] = field(default_factory=dict[DeliveryKey, DeliveredDocument])
    """Those that statuses are about; their statuses grow while a page is judged."""
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

    def add_status(self, submission: Submission) -> "AdmittedStatus":
        """A status was admitted: what comes of it, and what later lines of the page are judged with."""
        delivery = self.deliveries[submission.delivery]
        fit = delivery.judge(submission)
        if isinstance(fit, Refusal):
            raise TypeError("a status was admitted that does not fit its delivery")
        self.deliveries[submission.delivery] = delivery.with_status(submission.said, fit)
        return AdmittedStatus(delivery.message, fit)

    def add_number(self, submission: Submission) -> None:
        """A message was admitted: later lines of the page are judged with its number, if it has one."""
        key = submission.number_key
        if key is not None:
            self.numbers.setdefault(key, FirstUse(submission.event.subject or "", self.now))


@dataclass(frozen=True, slots=True)
class AdmittedStatus:
    """The document that an admitted status is about (by the id of its row), and how the status fits."""

    document: UUID
    fit: Fit
