"""What this profile has sent: found by its message, or by the symbol that people know it by."""

from dataclasses import dataclass
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.document import Document
from lienthong.common.messages.envelope import event_type, read
from lienthong.common.messages.exchange import DocumentSent, TakeBackRequested
from lienthong.sdk.compose import symbol_of
from lienthong.sdk.errors import BadInput
from lienthong.sdk.outgoing import Kept, Outgoing
from lienthong.sdk.reading import Asked


@dataclass(frozen=True, slots=True)
class SentDocument:
    """The newest version of a document that this profile has sent."""

    message_id: UUID
    event: DocumentSent
    kept: Kept

    @property
    def document(self) -> Document:
        """What was sent."""
        return self.event.data

    @property
    def subject(self) -> UUID:
        """The document, the same through its updates."""
        return parse_id(self.event.subject or "")


class SentDocuments:
    """Documents and requests of one profile."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def find(self, message_id: UUID) -> Asked | None:
        """A document or take-back, or None."""
        kept = self._outgoing.find(message_id)
        return _asked(kept.sealed.signed.payload) if kept else None

    def find_document(self, message_id: UUID) -> DocumentSent | None:
        """A document, or None."""
        found = self.find(message_id)
        return found if isinstance(found, DocumentSent) else None

    def find_symbol(self, symbol: str) -> list[UUID]:
        """Documents sent under a symbol, newest first; of one that was updated, only the newest version."""
        newest: dict[str, UUID] = {}
        for found in self._of_symbol(symbol):
            newest.setdefault(str(found.event.subject), found.message_id)
        return list(newest.values())

    def named(self, name: UUID | str) -> SentDocument:
        """The one document of this message id, or the newest version of this symbol. Raises BadInput."""
        try:
            message_id = name if isinstance(name, UUID) else parse_id(name.strip())
        except MalformedId:
            message_id = None
        if message_id is None:
            message_id = self._one(str(name).strip())
        kept, event = self._outgoing.find(message_id), self.find_document(message_id)
        if kept is None or event is None:
            raise _not_sent(str(name))
        return SentDocument(message_id, event, kept)

    def _one(self, symbol: str) -> UUID:
        found = self.find_symbol(symbol)
        if not found:
            raise _not_sent(symbol)
        if len(found) > 1:
            ids = ", ".join(map(str, found))
            vi = f"{symbol!r} đã gửi nhiều lần; nêu một mã thông điệp, mới nhất trước: {ids}"
            raise BadInput(
                Words(vi, f"{symbol!r} was sent more than once; name one by its message, the newest first: {ids}")
            )
        return found[0]

    def _of_symbol(self, symbol: str) -> list[SentDocument]:
        told = symbol.encode()
        # Most files hold another document: looking at the bytes first makes a year's documents a matter of seconds.
        found = [kept for kept in self._outgoing.newest_first() if told in kept.sealed.signed.payload]
        asked = [(kept, _asked(kept.sealed.signed.payload)) for kept in found]
        return [
            SentDocument(kept.sealed.message_id, event, kept)
            for kept, event in asked
            if isinstance(event, DocumentSent) and symbol_of(event.data) == symbol
        ]


def _asked(payload: bytes) -> Asked | None:
    named = event_type(payload)
    if named == DocumentSent.TYPE:
        return read(payload, DocumentSent, tolerant=True)
    return read(payload, TakeBackRequested, tolerant=True) if named == TakeBackRequested.TYPE else None


def _not_sent(name: str) -> BadInput:
    return BadInput(
        Words(
            f"Máy này chưa gửi văn bản {name!r}; làm việc này trên máy đã gửi",
            f"No document {name!r} was sent from here; do this where it was sent",
        )
    )
