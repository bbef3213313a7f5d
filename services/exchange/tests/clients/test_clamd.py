"""The client of clamd against a peer that misbehaves in every way; the real one is asked in the integration tests."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from lienthong.exchange.clients.clamd import BeyondLimits, Clamd, ClamdAddress, ScannerUnreachable

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(folder: Path, behave: Peer, *, seconds: float = 5.0) -> AsyncGenerator[Clamd]:
    """A scanner that does what `behave` says with each connection."""
    path = folder / "s"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, path)
    async with server:
        yield Clamd(ClamdAddress.parse(f"clamd:{path}"), seconds=seconds)


async def received(reader: asyncio.StreamReader) -> bytes:
    """The file as it was streamed, after the command."""
    assert await reader.readexactly(10) == b"zINSTREAM\0"
    content = b""
    while size := int.from_bytes(await reader.readexactly(4), "big"):
        content += await reader.readexactly(size)
    return content


def says(answer: bytes) -> Peer:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await received(reader)
        writer.write(answer)
        await writer.drain()

    return behave


async def file(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield bytes(1 << 18)
        await asyncio.sleep(0)


async def test_a_file_arrives_whole_in_pieces_and_is_clean(tmp_path: Path) -> None:
    got: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await received(reader))
        writer.write(b"stream: OK\0")

    large = bytes(range(256)) * 4000
    async with peer(tmp_path, behave) as clamd:
        assert await clamd.scan(file(b"a", large, b"", b"z")) is None
    assert got == [b"a" + large + b"z"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"stream: Eicar-Test-Signature FOUND\0", "Eicar-Test-Signature"),
        (b"stream: Win.Test.EICAR_HDB-1(44d88612fea8a8f36de82e1278abb02f:68) FOUND\0", "Win.Test.EICAR_HDB-1"),
        (b"stream: A.UNOFFICIAL FOUND\n", "A.UNOFFICIAL"),
    ],
)
async def test_what_was_found_is_named(tmp_path: Path, answer: bytes, found: str) -> None:
    async with peer(tmp_path, says(answer)) as clamd:
        assert await clamd.scan(file(b"x")) == found


@pytest.mark.parametrize(
    "answer", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0"]
)
async def test_what_was_not_looked_through_is_not_clean(tmp_path: Path, answer: bytes) -> None:
    async with peer(tmp_path, says(answer)) as clamd:
        with pytest.raises(BeyondLimits):
            await clamd.scan(file(b"x"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"stream: OK and more\0",
        b"other: OK\0",
        b"stream: FOUND\0",
        b"stream: two words FOUND\0",
        b"stream: OK\0stream: A FOUND\0",
        b"COMMAND READ TIMED OUT\0",
        b"stream: Can't allocate memory ERROR\0",
        b"\xff\xfe\0",
        b"stream: " + b"A" * 301 + b" FOUND\0",
        b"x" * 5000,
    ],
)
async def test_an_answer_that_is_not_of_the_protocol_is_never_clean(tmp_path: Path, answer: bytes) -> None:
    async with peer(tmp_path, says(answer)) as clamd:
        with pytest.raises(ScannerUnreachable):
            await clamd.scan(file(b"x"))


async def test_an_answer_that_comes_while_the_file_is_sent_ends_the_sending(tmp_path: Path) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1 << 20)
        writer.write(b"INSTREAM size limit exceeded. ERROR\0")
        await writer.drain()

    async with peer(tmp_path, behave) as clamd:
        with pytest.raises(BeyondLimits):
            await clamd.scan(endless())


def test_one_who_answered_and_has_hung_up_is_written_to_no_more(tmp_path: Path) -> None:
    """uvloop, on which the service runs, raises RuntimeError for a write to a connection that is lost."""
    hung_up = asyncio.Event()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(20)
        writer.write(b"INSTREAM size limit exceeded. ERROR\0")
        await writer.drain()
        writer.transport.abort()
        hung_up.set()

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(1 << 18)  # more than the socket holds: the rest fails when the peer hangs up
        await hung_up.wait()
        await asyncio.sleep(0.05)
        yield bytes(1)

    async def scan() -> None:
        async with peer(tmp_path, behave) as clamd:
            await clamd.scan(slow())

    with pytest.raises(BeyondLimits):
        uvloop.run(scan())


async def test_who_hangs_up_in_the_middle_is_unreachable(tmp_path: Path) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1000)
        writer.transport.abort()

    async with peer(tmp_path, behave) as clamd:
        with pytest.raises(ScannerUnreachable):
            await clamd.scan(endless())


@pytest.mark.parametrize("reads", [True, False])
async def test_who_never_answers_is_not_waited_for_without_end(tmp_path: Path, reads: bool) -> None:
    async def behave(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while reads and await reader.read(1 << 16):
            continue
        await asyncio.sleep(1)

    async with peer(tmp_path, behave, seconds=0.3) as clamd:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(ScannerUnreachable, match="no answer within"):
            await clamd.scan(endless())
        assert asyncio.get_running_loop().time() - begun < 2


async def test_nobody_there_is_unreachable(tmp_path: Path) -> None:
    for address in (f"clamd:{tmp_path}/nobody", "clamd://127.0.0.1:1"):
        clamd = Clamd(ClamdAddress.parse(address), seconds=5)
        with pytest.raises(ScannerUnreachable):
            await clamd.ping()


async def test_what_the_file_itself_raises_goes_to_the_caller(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise LookupError

    async with peer(tmp_path, says(b"stream: OK\0")) as clamd:
        with pytest.raises(LookupError):
            await clamd.scan(broken())


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("clamd://127.0.0.1:3310", ClamdAddress("127.0.0.1", 3310, None)),
        ("clamd://clamav.internal:3310", ClamdAddress("clamav.internal", 3310, None)),
        ("clamd://[::1]:3310", ClamdAddress("::1", 3310, None)),
        ("clamd:/run/clamav/clamd.ctl", ClamdAddress(None, None, "/run/clamav/clamd.ctl")),
    ],
)
def test_an_address_is_read(uri: str, address: ClamdAddress) -> None:
    assert ClamdAddress.parse(uri) == address


@pytest.mark.parametrize(
    "uri", ["clamd", "clamd:", "clamd://host", "clamd://host:0", "clamd://host:99999", "http://host:1", "clamd:run/x"]
)
def test_another_form_of_address_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="a scanner is"):
        ClamdAddress.parse(uri)
