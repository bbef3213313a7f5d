"""What lies in an inbox: documents, status reports about documents of ours, and what a later version may bring."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.messages.document import Document, Lane
from lienthong.common.messages.envelope import Event, MalformedEvent, MalformedJson, event_type, read
from lienthong.common.messages.exchange import DocumentSent, StatusReported, SubmissionReceipt
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.verifier import Verified
from lienthong.common.strict_json import loads
from lienthong.sdk.errors import InboxChanged, NoticeRefused, SealRefused
from lienthong.sdk.statuses import STATUS_WORDS

FindSent = Callable[[UUID], DocumentSent | None]
"""A document that this profile has sent, by its message; None where another system of the agency may have sent it."""

_MINOR = re.compile(r"urn:lienthong:schema:[a-z0-9_.]+:[0-9]+\.([0-9]+)")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry whose chain, receipt and seal hold; what it says was not read yet."""

    n: int
    lane: Lane
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Item):
    """A document received."""

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
    def title(self) -> str:
        """Trích yếu."""
        return self.document.subject

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


InboxItem = Letter | StatusNotice | UnknownMessage


def read_item(place: Place, *, recipient: UUID, find_sent: FindSent) -> InboxItem:
    """What an entry says. Raises SealRefused where it is malformed, InboxChanged, NoticeRefused."""
    common: dict[str, Any] = {each.name: getattr(place, each.name) for each in fields(Place)}
    payload = place.seal.payload
    try:
        named = event_type(payload)
        if named == DocumentSent.TYPE:
            letter = Letter(event=read(payload, DocumentSent, tolerant=True), **common)
            _check(letter, letter.event, [to.agency_id for to in letter.document.to], recipient)
            return letter
        if named == StatusReported.TYPE:
            notice = StatusNotice(event=read(payload, StatusReported, tolerant=True), **common)
            _check(notice, notice.event, [to.agency_id for to in notice.report.to], recipient)
            _check_notice(notice, find_sent(notice.document_message_id))
            return notice
    except (MalformedEvent, MalformedJson) as error:
        if not _is_later(_members(payload)):
            words = entry_words(place.n, "sai cấu trúc", "malformed")
            raise SealRefused(words, n=place.n, reason=error.code) from error
    return _unknown(place, _members(payload), common)


def symbol_of(document: Document) -> str:
    """Số và ký hiệu as the document id writes it; where that has another form, number/notation."""
    _, _, symbol = document.document_id.rpartition(",")
    return symbol if "," in document.document_id else f"{document.code.number}/{document.code.notation}"


def entry_words(n: int, vi: str, en: str) -> Words:
    """What is wrong with one entry."""
    return Words(f"Văn bản số {n}: {vi}", f"Entry {n}: {en}")


def _check(item: Letter | StatusNotice, event: Event[Any], to: list[UUID], recipient: UUID) -> None:
    n = item.n
    if (event.source, event.id) != (item.receipt.source, item.receipt.message_id):
        raise InboxChanged(entry_words(n, "biên nhận của văn bản khác", "the receipt is of another message"))
    if event.source != f"/agencies/{item.sender.agency_id}":
        raise SealRefused(entry_words(n, "sai nơi gửi", "another sender is named"), n=n, reason="sender")
    if recipient not in to:
        raise InboxChanged(entry_words(n, "không gửi cho cơ quan này", "it is not addressed to this agency"))


def _check_notice(notice: StatusNotice, sent: DocumentSent | None) -> None:
    n = notice.n
    if notice.report.lane != notice.lane:
        raise NoticeRefused(entry_words(n, "sai luồng", "it came in another lane"), n=n, reason="lane")
    if sent is None:
        return
    if notice.event.subject != sent.subject or notice.lane != sent.data.lane:
        raise NoticeRefused(entry_words(n, "về văn bản khác", "it is of another document"), n=n, reason="document")
    if notice.sender.agency_id not in {to.agency_id for to in sent.data.to}:
        words = entry_words(n, "nơi báo không phải nơi nhận", "the document was not sent to the one who reports")
        raise NoticeRefused(words, n=n, reason="recipient")


def _unknown(place: Place, told: dict[str, Any], common: dict[str, Any]) -> UnknownMessage:
    if (told.get("source"), told.get("id")) != (place.receipt.source, str(place.receipt.message_id)):
        raise InboxChanged(entry_words(place.n, "biên nhận của văn bản khác", "the receipt is of another message"))
    return UnknownMessage(type=str(told.get("type")), value=told, **common)


def _members(payload: bytes) -> dict[str, Any]:
    try:
        value = loads(payload)
    except MalformedJson:
        return {}
    return value if isinstance(value, dict) else {}


def _is_later(told: dict[str, Any]) -> bool:
    """Whether a later minor version wrote what this reader cannot read, as a status that came after it."""
    classes = [each for each in (DocumentSent, StatusReported) if told.get("type") == each.TYPE]
    return any(_minor(str(told.get("dataschema"))) > _minor(each.SCHEMA) for each in classes)


def _minor(schema: str) -> int:
    found = _MINOR.fullmatch(schema)
    return int(found[1]) if found else -1
