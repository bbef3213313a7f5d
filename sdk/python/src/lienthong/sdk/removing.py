"""Removing what was given back (Decision 28/2018 Art 8.2, 9): the content goes, metadata stay.

Of a saved letter its text and files go; its metadata (`removed.json`), signature and receipt stay: they show what was
received, and that it was, without its content. Nothing is removed that the exchange still gives out.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lienthong.common.clock import Clock, to_text
from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import MalformedEvent, MalformedJson, read
from lienthong.common.messages.exchange import DocumentSent
from lienthong.sdk.answering import GIVES_BACK, Request, kind_of
from lienthong.sdk.compose import symbol_of
from lienthong.sdk.errors import BadInput
from lienthong.sdk.files import sync_folder, write_atomically
from lienthong.sdk.inbox import Inbox
from lienthong.sdk.items import Letter, Withheld

MESSAGE, DOCUMENT, FILES, REMOVED = "message.json", "document.json", "files", "removed.json"
"""What a saved letter is made of, and what is left of its content."""


def place_of(folder: Path, lane: Lane, n: int) -> Path:
    """Where an item of the inbox is saved below a folder."""
    return folder / f"{lane}-{n:06}"


class Saved:
    """The folders that items of the inbox were saved into, in `saved.json`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "saved.json"
        self._known: set[str] | None = None

    def note(self, folder: Path) -> None:
        """Remember a folder, before anything is saved into it."""
        known = self._known if self._known is not None else set(self._load())
        self._known = known
        if str(folder.absolute()) not in known:
            known |= {*self._load(), str(folder.absolute())}
            write_atomically(self._path, json.dumps(sorted(known), ensure_ascii=False).encode())

    def places(self, lane: Lane, n: int) -> list[Path]:
        """Where an item may have been saved."""
        return [place_of(Path(folder), lane, n) for folder in self._load()]

    def _load(self) -> list[str]:
        try:
            told = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return []
        return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the document of a take-back or revocation.

    `awaits`: whether it still waits for an answer, None where this profile cannot know; `removed`: the folders whose
    content was removed, None where the document was not read here, so that its content, if any, is elsewhere.
    """

    awaits: bool | None
    removed: tuple[Path, ...] | None


class Removing:
    """Removes what one profile has saved."""

    def __init__(self, saved: Saved, inbox: Callable[[Lane], Inbox], clock: Clock) -> None:
        self._saved = saved
        self._inbox = inbox
        self._clock = clock

    async def settle(self, request: Request) -> Settled:
        """Remove what a request has ended already; of what is still given out nothing. Raises as `Inbox.fetch`.

        The request is the sealed word of the document's sender: on the exchange's alone nothing is removed.
        """
        if kind_of(request) not in GIVES_BACK:
            return Settled(None, None)
        inbox = self._inbox(request.lane)
        noted = inbox.received.find_versions(request.source, *_documents(request))
        if not noted:
            return Settled(False if inbox.received.is_withheld_by(request.message_id) else None, None)
        items = [await inbox.fetch(each.n) for each in noted]
        gone = [place for item in items if isinstance(item, Withheld) for place in self._remove_entry(item)]
        return Settled(not isinstance(items[-1], Withheld), tuple(gone))

    async def remove(self, request: Request) -> tuple[Path, ...] | None:
        """The folders of `settle`, None where nobody here has read the document.

        Raises BadInput where the exchange still gives it out.
        """
        settled = await self.settle(request)
        if settled.awaits:
            raise BadInput(
                Words(
                    "Trục vẫn phát văn bản này: chưa đồng ý trả lại, nên không xóa gì",
                    "The exchange still gives this document out: it was not given back, so nothing was removed",
                )
            )
        return settled.removed

    def _remove_entry(self, withheld: Withheld) -> list[Path]:
        places = self._saved.places(withheld.lane, withheld.n)
        return [place for place in places if place.is_dir() and self._remove(place, withheld)]

    def _remove(self, place: Path, withheld: Withheld) -> bool:
        message = place / MESSAGE
        if message.exists():
            content = message.read_bytes()
            if hashlib.sha256(content).hexdigest() != withheld.sha256:
                return False  # another inbox's letter of this number
            # First what stays: after a crash the rest is removed, and this is not made anew.
            write_atomically(place / REMOVED, self._metadata(content, withheld))
        elif not (place / REMOVED).exists() and not (place / FILES).exists():
            return False
        gone = [each for each in (place / FILES, place / DOCUMENT, message) if each.exists()]
        for each in gone:
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        sync_folder(place)
        return bool(gone)

    def _metadata(self, content: bytes, withheld: Withheld) -> bytes:
        told: dict[str, Any] = {
            "n": withheld.n,
            "lane": withheld.lane.value,
            "sha256": withheld.sha256,
            "withheld": withheld.how,
            "request": {"source": withheld.request_source, "message_id": str(withheld.request_message_id)},
            "removed_at": to_text(self._clock.now()),
        }
        try:
            event = read(content, DocumentSent, tolerant=True)
        except (MalformedEvent, MalformedJson):
            return _readable(told)
        document = event.data
        return _readable(
            told
            | {
                "message_id": str(event.id),
                "subject": event.subject,
                "from": document.sender.model_dump(mode="json", exclude_none=True),
                "document_id": document.document_id,
                "symbol": symbol_of(document),
                "promulgated": document.promulgation.date.isoformat(),
                "type_name": document.document_type.name,
                "title": document.subject,
            }
        )


def _documents(request: Request) -> tuple[set[str], set[str]]:
    """Subjects and messages of the documents that a request is about."""
    if isinstance(request, Letter):
        return {str(each.subject) for each in request.concerns if each.subject}, set()
    return {str(request.event.subject or "-")}, {str(request.document_message_id)}


def _readable(members: object) -> bytes:
    return json.dumps(members, ensure_ascii=False, indent=2).encode()
