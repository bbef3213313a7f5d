"""Which letter came under which number: so that people may name one by its message or by its symbol.

Only for finding; what is found is read again from the inbox and verified. A line lost in a crash costs a look-up, and
a letter that is read again is noted again only where it is behind the last one noted.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from lienthong.common.messages.document import Lane
from lienthong.sdk.files import private_folder
from lienthong.sdk.items import Letter


@dataclass(frozen=True, slots=True)
class Noted:
    """Where a letter stands, and by what it is named."""

    n: int
    lane: str
    source: str
    message_id: str
    symbol: str
    sender_code: str


class Received:
    """One lane's letters, a line each, in `received/`."""

    def __init__(self, folder: Path, lane: Lane) -> None:
        self._path = folder / "received" / f"{lane}.jsonl"
        self._last: int | None = None

    def note(self, letter: Letter) -> None:
        """Add a letter that was not noted yet."""
        if self._last is None:
            self._last = max((noted.n for noted in self._all()), default=0)
        if letter.n <= self._last:
            return
        noted = Noted(
            n=letter.n,
            lane=letter.lane.value,
            source=letter.source,
            message_id=str(letter.message_id),
            symbol=letter.symbol,
            sender_code=letter.sender.code,
        )
        private_folder(self._path.parent)
        with self._path.open("ab") as handle:
            handle.write(json.dumps(asdict(noted), ensure_ascii=False).encode() + b"\n")
        self._last = letter.n

    def find(self, name: str) -> list[Noted]:
        """Letters of this message id or symbol, each once."""
        found = {noted.n: noted for noted in self._all() if name in (noted.message_id, noted.symbol)}
        return list(found.values())

    def find_message(self, source: str, message_id: UUID) -> Noted | None:
        """The letter that one message brought, or None."""
        found = [each for each in self.find(str(message_id)) if each.source == source]
        return found[0] if found else None

    def _all(self) -> Iterator[Noted]:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().splitlines():
            try:
                yield Noted(**json.loads(line))
            except (ValueError, TypeError):
                continue  # a line that a crash cut off
