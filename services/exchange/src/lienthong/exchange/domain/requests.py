"""What a message asks to have changed, as it names it: a take-back by message, documents of type 1 to 3 by subject."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.change import TakeBack
from lienthong.common.messages.document import BusinessType, Document
from lienthong.common.messages.exchange import DocumentSent, Exchanged, TakeBackRequested
from lienthong.common.messages.parts import Organization
from lienthong.exchange.domain.changes import ChangeKind

KIND_OF: Final = {
    BusinessType.REVOKE: ChangeKind.REVOKE,
    BusinessType.UPDATE: ChangeKind.UPDATE,
    BusinessType.REPLACE: ChangeKind.REPLACE,
}


@dataclass(frozen=True, slots=True)
class Named:
    """One document that is to be changed.

    Named by the message that brought it, or by its subject; `document_id` is what it is called beside. `pointer` is
    where it is named, `places` are the recipients concerned, by their places in `to`.
    """

    pointer: str
    places: Sequence[int]
    subject: UUID | None
    message_id: UUID | None = None
    document_id: str | None = None


def kind_of(event: Exchanged) -> ChangeKind | None:
    """What is asked; None where nothing is."""
    if isinstance(event, TakeBackRequested):
        return ChangeKind.TAKE_BACK
    return KIND_OF.get(event.data.business.type) if isinstance(event, DocumentSent) else None


def reason_of(event: Exchanged) -> str | None:
    """Why it is asked."""
    if isinstance(event, TakeBackRequested):
        return event.data.reason
    return event.data.business.reason if isinstance(event, DocumentSent) else None


def read_request(event: Exchanged) -> tuple[Named, ...]:
    """The documents that are to be changed; one that is not named as its kind demands is left out."""
    if isinstance(event, TakeBackRequested):
        return (_taken_back(event.data, event.subject),)
    if not isinstance(event, DocumentSent):
        return ()
    document, everywhere = event.data, range(len(event.data.to))
    match kind_of(event):
        case ChangeKind.REVOKE:
            return tuple(_revoked(document, everywhere))
        case ChangeKind.UPDATE:
            return tuple(_updated(document, event.subject, everywhere))
        case ChangeKind.REPLACE:
            return tuple(_replaced(document))
        case _:
            return ()


def subject_of(event: Exchanged) -> UUID | None:
    """The document that the event is about; None where its id is malformed."""
    return _parsed(event.subject)


def _taken_back(asked: TakeBack, subject: str | None) -> Named:
    return Named(
        pointer="/data/message_id",
        places=range(len(asked.to)),
        subject=_parsed(subject),
        message_id=asked.message_id,
        document_id=asked.response_for.document_id,
    )


def _revoked(document: Document, everywhere: Sequence[int]) -> Iterator[Named]:
    if len(document.response_for) == 1 and document.response_for[0].subject is not None:
        (named,) = document.response_for
        called = named.document_id or document.business.document_id
        yield Named("/data/response_for/0", everywhere, named.subject, document_id=called)


def _updated(document: Document, subject: str | None, everywhere: Sequence[int]) -> Iterator[Named]:
    known = _parsed(subject)
    if known is not None and document.business.document_id is not None:
        yield Named("/data/business", everywhere, known, document_id=document.business.document_id)


def _replaced(document: Document) -> Iterator[Named]:
    for index, each in enumerate(document.business.replacements):
        if each.subject is not None:
            places = _places(document.to, frozenset(each.organ_ids))
            pointer = f"/data/business/replacements/{index}"
            yield Named(pointer, places, each.subject, document_id=each.document_id)


def _places(to: Sequence[Organization], codes: frozenset[str]) -> Sequence[int]:
    return [place for place, organization in enumerate(to) if organization.code in codes]


def _parsed(subject: str | None) -> UUID | None:
    try:
        return parse_id(subject or "")
    except MalformedId:
        return None
