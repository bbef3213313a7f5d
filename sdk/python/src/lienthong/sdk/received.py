"""Which letter or request came under which number: so that people may name one by its message or by a symbol.

Only for finding; what is found is read again from the inbox and verified. A line lost in a crash costs a look-up, and
an item that is read again is noted again only where it is behind the last one noted.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from lienthong.common.messages.document import Lane
from lienthong.sdk.files import private_folder
from lienthong.sdk.items import Letter, Withheld
from lienthong.sdk.notices import TakeBackNotice
from lienthong.sdk.statuses import ChangeKind

WITHHELD = "withheld"
"""Stands for `change` where an entry was withheld before it was ever read here."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Where an item stands, and by what it is named; the last three are empty in lines of earlier versions."""

    n: int
    lane: str
    source: str
    message_id: str
    symbol: str
    sender_code: str
    subject: str = ""
    """The document."""
    change: str = ""
    """What it asks for, as `ChangeKind`; empty of a new document."""
    about: tuple[str, ...] = ()
    """Symbols and message ids of the documents that are to change."""

    @property
    def is_letter(self) -> bool:
        """Whether it brings a document."""
        return self.change not in (ChangeKind.TAKE_BACK, WITHHELD)

    @property
    def names(self) -> tuple[str, ...]:
        """By what people name a request."""
        return self.message_id, self.symbol, *self.about

    @property
    def agency_id(self) -> str:
        """The sender's id."""
        return self.source.removeprefix("/agencies/")


class Received:
    """One lane's letters and take-backs, a line each, in `received/`."""

    def __init__(self, folder: Path, lane: Lane) -> None:
        self._path = folder / "received" / f"{lane}.jsonl"
        self._last: int | None = None

    def note(self, item: Letter | TakeBackNotice | Withheld) -> None:
        """Add an item that was not noted yet."""
        if self._last is None:
            self._last = max((noted.n for noted in self._all()), default=0)
        if item.n <= self._last:
            return
        noted = _noted(item)
        private_folder(self._path.parent)
        with self._path.open("ab") as handle:
            handle.write(json.dumps(asdict(noted), ensure_ascii=False).encode() + b"\n")
        self._last = item.n

    def find(self, name: str) -> list[Noted]:
        """Letters of this message id or symbol, each once."""
        found = {each.n: each for each in self._all() if each.is_letter and name in (each.message_id, each.symbol)}
        return list(found.values())

    def find_requests(self, name: str) -> list[Noted]:
        """What asks for a change: by its own message or symbol, or by what it is about; each once, in order."""
        found = {
            each.n: each
            for each in self._all()
            if each.change not in ("", WITHHELD)
            and name in (each.message_id, *each.about, *([each.symbol] if each.is_letter else []))
        }
        return [found[n] for n in sorted(found)]

    def find_versions(self, source: str, subjects: set[str], messages: set[str]) -> list[Noted]:
        """Letters of one sender that brought one of these documents, by subject or message."""
        found = {
            each.n: each
            for each in self._all()
            if each.is_letter and each.source == source and (each.subject in subjects or each.message_id in messages)
        }
        return [found[n] for n in sorted(found)]

    def is_withheld_by(self, request: UUID) -> bool:
        """Whether a message has ended a delivery before it was read here."""
        return any(each.change == WITHHELD and each.message_id == str(request) for each in self._all())

    def find_number(self, n: int) -> Noted | None:
        """What was noted under a number, or None."""
        found = [each for each in self._all() if each.n == n]
        return found[-1] if found else None

    def sources(self, message_id: UUID) -> set[str]:
        """Who sent letters of this message id."""
        return {each.source for each in self.find(str(message_id)) if each.message_id == str(message_id)}

    def _all(self) -> Iterator[Noted]:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().splitlines():
            try:
                told: dict[str, Any] = json.loads(line)
                told["about"] = tuple(told.get("about", ()))
                yield Noted(**told)
            except (ValueError, TypeError, AttributeError):
                continue  # a line that a crash cut off


def _noted(item: Letter | TakeBackNotice | Withheld) -> Noted:
    if isinstance(item, Withheld):
        # Of the document nothing is known, only which message has ended it.
        request = str(item.request_message_id)
        return Noted(item.n, item.lane.value, item.request_source, request, "", "", change=WITHHELD)
    if isinstance(item, Letter):
        change, about = item.change, tuple(each.symbol for each in item.concerns)
    else:
        change, about = ChangeKind.TAKE_BACK, (item.symbol, str(item.document_message_id))
    return Noted(
        n=item.n,
        lane=item.lane.value,
        source=item.source,
        message_id=str(item.message_id),
        symbol=item.symbol,
        sender_code=item.sender.code,
        subject=str(item.event.subject or ""),
        change=change or "",
        about=about,
    )
