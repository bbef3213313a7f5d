"""clamd, the virus scanner: one file per connection, streamed (`zINSTREAM` of clamd(8)), every wait limited.

No library kept for this does it all: streams from a coroutine, Unix sockets, and the answer that clamd gives, and then
hangs up, while the file is still being sent.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

_PIECE_BYTES: Final = 1 << 18
_MOST_ANSWER_BYTES: Final = 4096
_CONNECT_SECONDS: Final = 5.0

_ADDRESS = re.compile(r"clamd:(?://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>\d{1,5})|(?P<path>/[^/\s]\S*))")
_FOUND = re.compile(r"stream: (?P<name>[\x21-\x7e]{1,300}?)(?:\([0-9a-f]{32}:\d+\))? FOUND")
_TOO_LARGE = "INSTREAM size limit exceeded. ERROR"
_LIMITS = "Heuristics.Limits.Exceeded"
"""What clamd finds, with `AlertExceedsMax yes`, in a file that it has not looked through to its end."""


class ScannerUnreachable(Exception):
    """clamd cannot be reached, broke off, took too long, or said what is not of its protocol."""


class BeyondLimits(Exception):
    """clamd does not look through a file like this one."""


@dataclass(frozen=True, slots=True)
class ClamdAddress:
    """A host and port, or a Unix socket."""

    host: str | None
    port: int | None
    path: str | None

    @classmethod
    def parse(cls, uri: str) -> Self:
        """`clamd://host:port` or `clamd:/unix/socket`. Raises ValueError for another form."""
        found = _ADDRESS.fullmatch(uri)
        if found is None or int(found["port"] or 1) not in range(1, 65536):
            raise ValueError("a scanner is clamd://host:port or clamd:/unix/socket")
        host = found["host"]
        return cls(host.strip("[]") if host else None, int(found["port"]) if found["port"] else None, found["path"])


class Clamd:
    """`seconds` is the longest that one file may take."""

    def __init__(self, address: ClamdAddress, *, seconds: float) -> None:
        self._address = address
        self._seconds = seconds

    async def scan(self, content: AsyncIterator[bytes]) -> str | None:
        """The name of what was found in the file; None where it is clean. Raises ScannerUnreachable, BeyondLimits."""
        async with self._connection(self._seconds) as (reader, writer):
            writer.write(b"zINSTREAM\0")
            answering = asyncio.ensure_future(_read_answer(reader))
            try:
                sent = await _send(writer, content, answering)
                answer = await answering
            finally:
                answering.cancel()
        if not answer:
            raise ScannerUnreachable(f"broke off after {sent} bytes (is its StreamMaxLength smaller?)")
        return _verdict(answer)

    async def ping(self) -> None:
        """Raises ScannerUnreachable where clamd does not answer."""
        async with self._connection(_CONNECT_SECONDS) as (reader, writer):
            writer.write(b"zPING\0")
            answer = await _read_answer(reader)
        if answer != "PONG":
            raise ScannerUnreachable("does not answer a PING")

    @asynccontextmanager
    async def _connection(self, seconds: float) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        try:
            async with asyncio.timeout(seconds):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    reader, writer = await self._open()
                try:
                    yield reader, writer
                finally:
                    writer.transport.abort()
        except TimeoutError as late:
            raise ScannerUnreachable(f"no answer within {seconds:g} s") from late
        except OSError as error:
            raise ScannerUnreachable(f"{type(error).__name__}: {error.strerror or error}") from error

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.path is not None:
            return await asyncio.open_unix_connection(self._address.path)
        return await asyncio.open_connection(self._address.host, self._address.port)


async def _send(writer: asyncio.StreamWriter, content: AsyncIterator[bytes], answering: "asyncio.Future[str]") -> int:
    """Send the file, until its end or clamd's answer, whichever is first; how many bytes."""
    sent = 0
    with contextlib.suppress(ConnectionError):  # it hung up: its last words, if any, are in `answering`
        async for piece in content:
            for start in range(0, len(piece), _PIECE_BYTES):
                part = piece[start : start + _PIECE_BYTES]
                await _write(writer, len(part).to_bytes(4, "big"), part)
                sent += len(part)
            if answering.done():
                return sent
        await _write(writer, bytes(4))
    return sent


async def _write(writer: asyncio.StreamWriter, *parts: bytes) -> None:
    if writer.is_closing():  # uvloop raises RuntimeError for a write to what is lost
        raise ConnectionResetError
    writer.writelines(parts)
    await writer.drain()


async def _read_answer(reader: asyncio.StreamReader) -> str:
    """Everything until the closing zero byte, or until clamd hangs up."""
    answer = b""
    with contextlib.suppress(ConnectionError):
        while not answer.endswith(b"\0") and (more := await reader.read(_MOST_ANSWER_BYTES)):
            answer += more
            if len(answer) > _MOST_ANSWER_BYTES:
                raise ScannerUnreachable("answers without end")
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(answer: str) -> str | None:
    if answer == "stream: OK":
        return None
    if answer == _TOO_LARGE:
        raise BeyondLimits(answer)
    found = _FOUND.fullmatch(answer)
    if found is None:
        raise ScannerUnreachable(f"says {answer[:200]!r}")
    if found["name"].startswith(_LIMITS):
        raise BeyondLimits(found["name"])
    return found["name"]
