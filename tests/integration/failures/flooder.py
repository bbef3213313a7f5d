"""One agency's system run wild: hundreds of requests at once on every route, without a pause, deaf to Retry-After.

`python -m tests.integration.failures.flooder FOLDER` floods as `flood.json` in the folder says, while the file `go` is
there, and leaves what it was answered in `told.json` when it ends (SIGTERM). A process of its own, and the least
favoured one of the machine: what is to be measured is the exchange, not the fight for the test machine's cores. For the
same reason it writes bytes that are ready and reads no more of an answer than its length.
"""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path

STREAMS = {"single": 64, "batch": 6, "upload": 12, "inbox": 32, "poll": 32, "track": 32}
"""How many requests of each sort are under way at once."""
_BATCH_LINES = 300


@dataclass(frozen=True, slots=True)
class Orders:
    """Where to flood and with what: whole HTTP requests, as latin-1 text."""

    host: str
    port: int
    requests: dict[str, list[str]]

    def write(self, folder: Path) -> None:
        """Leave them where the flooder looks."""
        (folder / "flood.json").write_text(json.dumps(asdict(self)), encoding="utf-8")


@dataclass(slots=True)
class Flood:
    """Every stream sends its next request as soon as the one before is answered."""

    orders: Orders
    go: Path
    told: Counter[str] = field(default_factory=Counter[str])

    async def run(self) -> None:
        """Flood until cancelled."""
        async with asyncio.TaskGroup() as group:
            for sort, number in STREAMS.items():
                requests = cycle([each.encode("latin-1") for each in self.orders.requests[sort]])
                for _ in range(number):
                    group.create_task(self._stream(sort, requests))

    async def _stream(self, sort: str, requests: Iterator[bytes]) -> None:
        while True:
            while not self.go.exists():  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.02)
            try:
                await self._connected(sort, requests)
            except (OSError, ValueError, asyncio.IncompleteReadError):
                self.told[f"{sort} broken"] += 1
                await asyncio.sleep(0.01)

    async def _connected(self, sort: str, requests: Iterator[bytes]) -> None:
        reader, writer = await asyncio.open_connection(self.orders.host, self.orders.port)
        try:
            while self.go.exists():
                writer.write(next(requests))
                self.told[f"{sort} {await _answer(reader)}"] += 1
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> str:
    """The status of an answer that is read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    _, _, length = head.partition("content-length:")
    await reader.readexactly(int(length.split("\r\n", 1)[0]))
    return head.split(" ", 2)[1]


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> str:
    """A whole request as text."""
    lines = [f"{method} {path} HTTP/1.1", "host: exchange", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body.decode("latin-1")])


def batches(lines: Sequence[bytes]) -> list[bytes]:
    """The lines in bodies of batches."""
    return [b"\n".join(lines[at : at + _BATCH_LINES]) for at in range(0, len(lines), _BATCH_LINES)]


async def main(folder: Path) -> None:
    """Flood until SIGTERM, then tell."""
    os.nice(19)
    orders = Orders(**json.loads((folder / "flood.json").read_text("utf-8")))
    flood = Flood(orders, folder / "go")
    running = asyncio.create_task(flood.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    await asyncio.wait({running})
    (folder / "told.json").write_text(json.dumps(flood.told), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
