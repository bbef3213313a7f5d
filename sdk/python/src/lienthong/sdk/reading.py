"""From an entry whose receipt and seal hold to what it says: whose word it is, and that it concerns this agency."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeAlias
from uuid import UUID

from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import Event, MalformedEvent, MalformedJson, event_type, read
from lienthong.common.messages.exchange import (
    EXCHANGED,
    ChangeAnswered,
    ChangeLapsed,
    ContentRemoved,
    DeliveryEnded,
    DocumentSent,
    StatusReported,
    TakeBackRequested,
)
from lienthong.common.messages.parts import Organization
from lienthong.common.sources import EXCHANGE
from lienthong.common.strict_json import loads
from lienthong.sdk.errors import InboxChanged, NoticeRefused, SealRefused
from lienthong.sdk.items import Item, Letter, Place, StatusNotice, UnknownMessage, Withheld, entry_words
from lienthong.sdk.notices import ChangeAnswerNotice, EndedNotice, LapsedNotice, RemovalNotice, TakeBackNotice

Asked: TypeAlias = DocumentSent | TakeBackRequested
"""What this agency says that others answer."""

Notice: TypeAlias = StatusNotice | TakeBackNotice | ChangeAnswerNotice | RemovalNotice | EndedNotice | LapsedNotice
"""Everything that is said of a document."""

InboxItem: TypeAlias = Letter | Notice | UnknownMessage | Withheld

_MINOR = re.compile(r"urn:lienthong:schema:[a-z0-9_.]+:[0-9]+\.([0-9]+)")
_KNOWN: tuple[type[Event[Any]], ...] = (*EXCHANGED, DeliveryEnded, ChangeLapsed)


@dataclass(frozen=True, slots=True)
class Known:
    """What this profile knows of its own; None, or nothing, where another system of the agency may know it."""

    recipient: UUID
    find_sent: Callable[[UUID], Asked | None]
    """A document or request that this profile has sent, by its message."""
    find_received: Callable[[UUID], set[str]]
    """The sources of letters of this message id that this profile has read."""


def read_item(place: Place, known: Known) -> Letter | Notice | UnknownMessage:
    """What an entry says. Raises SealRefused where it is malformed, InboxChanged, NoticeRefused."""
    payload = place.seal.payload
    try:
        opens = _OPENS.get(event_type(payload))
        if opens is not None:
            return opens(place, known)
    except (MalformedEvent, MalformedJson) as error:
        if not _is_later(members_of(payload)):
            words = entry_words(place.n, "sai cấu trúc", "malformed")
            raise SealRefused(words, n=place.n, reason=error.code) from error
    return _unknown(place, members_of(payload))


def _letter(place: Place, known: Known) -> Letter:
    letter = Letter(event=read(place.seal.payload, DocumentSent, tolerant=True), **_common(place))
    _check(letter, letter.event, letter.document.sender, letter.document.to, known)
    return letter


def _status(place: Place, known: Known) -> StatusNotice:
    notice = StatusNotice(event=read(place.seal.payload, StatusReported, tolerant=True), **_common(place))
    _check(notice, notice.event, notice.sender, notice.report.to, known)
    _check_lane(notice, notice.report.lane)
    _check_about(notice, notice.event, notice.sender, known.find_sent(notice.document_message_id))
    return notice


def _take_back(place: Place, known: Known) -> TakeBackNotice:
    notice = TakeBackNotice(event=read(place.seal.payload, TakeBackRequested, tolerant=True), **_common(place))
    _check(notice, notice.event, notice.sender, notice.request.to, known)
    _check_lane(notice, notice.request.lane)
    sources = known.find_received(notice.document_message_id)
    if sources and notice.source not in sources:
        raise _refused(notice, "document", "về văn bản của nơi khác", "it is of another agency's document")
    return notice


def _answer(place: Place, known: Known) -> ChangeAnswerNotice:
    notice = ChangeAnswerNotice(event=read(place.seal.payload, ChangeAnswered, tolerant=True), **_common(place))
    _check(notice, notice.event, notice.sender, notice.answer.to, known)
    _check_lane(notice, notice.answer.lane)
    _check_about(notice, notice.event, notice.sender, known.find_sent(notice.request_message_id))
    return notice


def _removal(place: Place, known: Known) -> RemovalNotice:
    notice = RemovalNotice(event=read(place.seal.payload, ContentRemoved, tolerant=True), **_common(place))
    _check(notice, notice.event, notice.sender, notice.removal.to, known)
    _check_lane(notice, notice.removal.lane)
    _check_about(notice, notice.event, notice.sender, known.find_sent(notice.request_message_id))
    return notice


def _ended(place: Place, known: Known) -> EndedNotice:
    notice = EndedNotice(event=read(place.seal.payload, DeliveryEnded, tolerant=True), **_common(place))
    _check_exchange(notice, notice.event, notice.ended.sender, known)
    _check_lane(notice, notice.ended.lane)
    _check_about(notice, notice.event, notice.recipient, known.find_sent(notice.document_message_id))
    return notice


def _lapsed(place: Place, known: Known) -> LapsedNotice:
    notice = LapsedNotice(event=read(place.seal.payload, ChangeLapsed, tolerant=True), **_common(place))
    _check_exchange(notice, notice.event, notice.lapsed.sender, known)
    _check_lane(notice, notice.lapsed.lane)
    _check_about(notice, notice.event, notice.recipient, known.find_sent(notice.request_message_id))
    return notice


_OPENS: dict[str, Callable[[Place, Known], Letter | Notice]] = {
    DocumentSent.TYPE: _letter,
    StatusReported.TYPE: _status,
    TakeBackRequested.TYPE: _take_back,
    ChangeAnswered.TYPE: _answer,
    ContentRemoved.TYPE: _removal,
    DeliveryEnded.TYPE: _ended,
    ChangeLapsed.TYPE: _lapsed,
}


def _common(place: Place) -> dict[str, Any]:
    return {each.name: getattr(place, each.name) for each in fields(Place)}


def _check(item: Item, event: Event[Any], sender: Organization, to: tuple[Organization, ...], known: Known) -> None:
    _check_receipt(item, event)
    if event.source != f"/agencies/{sender.agency_id}":
        raise _other_sender(item)
    if known.recipient not in {each.agency_id for each in to}:
        raise _not_ours(item)


def _check_exchange(item: Item, event: Event[Any], told: Organization, known: Known) -> None:
    """What the exchange says itself is under its own key; nobody else may say it, sealed or not."""
    _check_receipt(item, event)
    if event.source != EXCHANGE:
        raise _other_sender(item)
    if told.agency_id != known.recipient:
        raise _not_ours(item)


def _check_receipt(item: Item, event: Event[Any]) -> None:
    if (event.source, event.id) != (item.receipt.source, item.receipt.message_id):
        raise InboxChanged(entry_words(item.n, "biên nhận của văn bản khác", "the receipt is of another message"))


def _check_lane(notice: Notice, lane: Lane) -> None:
    if lane != notice.lane:
        raise _refused(notice, "lane", "sai luồng", "it came in another lane")


def _check_about(notice: Notice, event: Event[Any], other: Organization, ours: Asked | None) -> None:
    """That it is about a message of ours, and said of, or by, one to whom that went."""
    if ours is None:
        return
    if event.subject != ours.subject or notice.lane != ours.data.lane:
        raise _refused(notice, "document", "về văn bản khác", "it is of another document")
    if other.agency_id not in {to.agency_id for to in ours.data.to}:
        words = "nơi báo không phải nơi nhận", "the document was not sent to the one who reports"
        raise _refused(notice, "recipient", *words)


def _refused(notice: Notice, reason: str, vi: str, en: str) -> NoticeRefused:
    return NoticeRefused(entry_words(notice.n, vi, en), n=notice.n, reason=reason)


def _other_sender(item: Item) -> SealRefused:
    return SealRefused(entry_words(item.n, "sai nơi gửi", "another sender is named"), n=item.n, reason="sender")


def _not_ours(item: Item) -> InboxChanged:
    return InboxChanged(entry_words(item.n, "không gửi cho cơ quan này", "it is not addressed to this agency"))


def _unknown(place: Place, told: dict[str, Any]) -> UnknownMessage:
    if (told.get("source"), told.get("id")) != (place.receipt.source, str(place.receipt.message_id)):
        raise InboxChanged(entry_words(place.n, "biên nhận của văn bản khác", "the receipt is of another message"))
    return UnknownMessage(type=str(told.get("type")), value=told, **_common(place))


def members_of(payload: bytes) -> dict[str, Any]:
    """A message's members as they stand; none where it cannot be read."""
    try:
        value = loads(payload)
    except MalformedJson:
        return {}
    return value if isinstance(value, dict) else {}


def _is_later(told: dict[str, Any]) -> bool:
    """Whether a later minor version wrote what this reader cannot read, as a status that came after it."""
    classes = [each for each in _KNOWN if told.get("type") == each.TYPE]
    return any(_minor(str(told.get("dataschema"))) > _minor(each.SCHEMA) for each in classes)


def _minor(schema: str) -> int:
    found = _MINOR.fullmatch(schema)
    return int(found[1]) if found else -1
