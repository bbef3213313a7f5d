"""What lies in an inbox: documents, reports about ours, what is withheld, and what a later version may bring.

What concerns a change of a document is in `notices.py`; `reading.py` makes items of entries.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.document import Document, Lane
from lienthong.common.messages.exchange import DocumentSent, StatusReported, SubmissionReceipt
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.verifier import Verified
from lienthong.sdk.compose import symbol_in, symbol_of
from lienthong.sdk.statuses import CHANGE_WORDS, DOES, STATUS_WORDS, ChangeKind, state_words


@dataclass(frozen=True, slots=True)
class Numbered:
    """A place in the inbox: reading up to it can be acknowledged."""

    n: int
    lane: Lane


@dataclass(frozen=True, slots=True)
class Place(Numbered):
    """An entry whose chain, receipt and seal hold; what it says was not read yet."""

    seal: Verified
    receipt: SubmissionReceipt
    signed: SignedBytes
    receipt_signed: SignedBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Place):
    """An entry in its place in the inbox: sealed by its sender, accepted by the exchange, both verified."""

    @property
    def message_id(self) -> UUID:
        """The message; (source, message_id) is unique."""
        return self.receipt.message_id

    @property
    def source(self) -> str:
        """Who says it: `/agencies/<agency_id>`."""
        return self.receipt.source

    @property
    def title(self) -> str:
        """One line for people."""
        return self.receipt.type

    @property
    def sender_name(self) -> str:
        """Who says it, for people."""
        return self.source


@dataclass(frozen=True, slots=True)
class Concerned:
    """A document that a change is about, as far as the message that asks for it names it."""

    document_id: str | None
    subject: UUID | None
    code: str | None = None

    @property
    def symbol(self) -> str:
        """Số và ký hiệu, else whatever names it."""
        return self.code or symbol_in(self.document_id or "") or self.document_id or str(self.subject or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Item):
    """A document received: a new one, or one that revokes, updates or replaces what was sent before."""

    event: DocumentSent

    @property
    def document(self) -> Document:
        """What was sent."""
        return self.event.data

    @property
    def sender(self) -> Organization:
        """Who sent it."""
        return self.document.sender

    @property
    def symbol(self) -> str:
        """Số và ký hiệu: `15/STC-QLNS`."""
        return symbol_of(self.document)

    @property
    def subject(self) -> UUID | None:
        """The document, the same through its updates."""
        return _subject(self.event)

    @property
    def change(self) -> ChangeKind | None:
        """What it does to documents sent before; None of a new one."""
        return DOES.get(self.document.business.type)

    @property
    def concerns(self) -> tuple[Concerned, ...]:
        """The documents that it revokes, updates or replaces."""
        return _concerned(self.event)

    @property
    def title(self) -> str:
        """Trích yếu; before it, what it does to which document."""
        if self.change is None:
            return self.document.subject
        about = ", ".join(each.symbol for each in self.concerns)
        return f"{CHANGE_WORDS[self.change].vi} {about}: {self.document.subject}"

    @property
    def sender_name(self) -> str:
        """The sending agency's name."""
        return self.sender.name


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusNotice(Item):
    """A recipient says how it handles a document that this agency sent it."""

    event: StatusReported

    @property
    def report(self) -> StatusReport:
        """What was said."""
        return self.event.data

    @property
    def sender(self) -> Organization:
        """The recipient of the document, who reports."""
        return self.report.sender

    @property
    def status(self) -> StatusCode:
        """The state that the document reached."""
        return self.report.status

    @property
    def document_message_id(self) -> UUID:
        """The message that brought the document there."""
        return self.report.message_id

    @property
    def happened_at(self) -> datetime:
        """When it happened, as the recipient says; when it was accepted is in the receipt."""
        return self.event.time

    @property
    def title(self) -> str:
        """`03 Đã tiếp nhận: 15/STC-QLNS`."""
        words, document = STATUS_WORDS[self.status].vi, self.report.response_for
        return f"{self.status} {words}: {document.code or document.document_id or self.document_message_id}"

    @property
    def sender_name(self) -> str:
        """The reporting agency's name."""
        return self.sender.name


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage(Item):
    """A message of a kind that this SDK does not know: a later version of the platform brings it.

    Its place, seal and receipt are verified; nothing is known of its meaning. Keep the bytes (`signed.payload`) and
    acknowledge it to read on, or update the SDK first.
    """

    type: str
    value: dict[str, Any]

    @property
    def title(self) -> str:
        """Its type."""
        return self.type

    @property
    def sender_name(self) -> str:
        """The name it gives its sender, where it does as other messages do."""
        data = self.value.get("data")
        sender = data.get("from") if isinstance(data, dict) else None
        name = sender.get("name") if isinstance(sender, dict) else None
        return name if isinstance(name, str) and name else self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld(Numbered):
    """An entry that is given out no more: its sender withdrew it, or this agency agreed to give it back.

    The chain holds over its hash, so it is no gap; acknowledge it to read on. What was saved of it is to be removed.
    """

    sha256: str
    """Of the message that stood here."""
    how: str
    """`withdrawn`, `taken_back` or `revoked`, as the track names the delivery's state."""
    request_source: str
    """Who asked for it: `/agencies/<agency_id>`."""
    request_message_id: UUID
    """The message that asked for it."""
    symbol: str = ""
    """Số và ký hiệu, where this profile had read it."""
    sender_code: str = ""
    """Its sender's code, where this profile had read it."""

    @property
    def title(self) -> str:
        """One line for people."""
        words = state_words(self.how).vi
        return f"{words}: {self.symbol}" if self.symbol else words

    @property
    def sender_name(self) -> str:
        """Who asked for it, for people."""
        return self.sender_code or self.request_source


def entry_words(n: int, vi: str, en: str) -> Words:
    """What is wrong with one entry."""
    return Words(f"Văn bản số {n}: {vi}", f"Entry {n}: {en}")


def _concerned(event: DocumentSent) -> tuple[Concerned, ...]:
    document, kind = event.data, DOES.get(event.data.business.type)
    if kind is ChangeKind.REVOKE:
        return tuple(Concerned(each.document_id, each.subject, each.code) for each in document.response_for)
    if kind is ChangeKind.REPLACE:
        return tuple(Concerned(each.document_id, each.subject) for each in document.business.replacements)
    if kind is ChangeKind.UPDATE:
        return (Concerned(document.business.document_id, _subject(event)),)
    return ()


def _subject(event: DocumentSent) -> UUID | None:
    try:
        return parse_id(event.subject or "")
    except MalformedId:
        return None
