"""An authority of time over HTTP: what it answers is taken as it is, what it does not answer is named."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from lienthong.common.audit_log.authority import AuthorityAway, open_authority
from lienthong.common.pki import generate_key, issue_tsa, make_training_authority, own_key
from lienthong.common.signing import LocalKey
from lienthong.common.timestamps import TimeStampQuery, TrainingTimeStamper, read_response

AT = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)
Answer = Callable[[bytes], Awaitable[bytes]]


def stamper() -> TrainingTimeStamper:
    ca, key = make_training_authority(AT - timedelta(days=1)), generate_key()
    certificate = issue_tsa(ca.issuing, own_key(key), name="TSA", at=AT - timedelta(hours=1))
    return TrainingTimeStamper(LocalKey.of(key, certificate, ca.issuing.chain), lambda: AT)


@asynccontextmanager
async def serving(answer: Answer) -> AsyncGenerator[str]:
    """A server that reads a whole request and answers with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert head.startswith("post /tsa ")
        assert "content-type: application/timestamp-query" in head
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        writer.write(await answer(await reader.readexactly(length)))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/tsa"


def http(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body


async def test_its_answer_is_taken_as_it_is() -> None:
    authority = stamper()

    async def answer(query: bytes) -> bytes:
        return http(authority.answer(query))

    query = TimeStampQuery.over(hashlib.sha256(b"head").digest())
    async with serving(answer) as url, open_authority(url, 5) as asked:
        assert read_response(await asked.ask(query.to_bytes()), query)


@pytest.mark.parametrize(
    "said", [http(b"", "503 Unavailable"), http(b"x" * (65 << 10)), b"nonsense\r\n\r\n", b"", http(b"", "302 Found")]
)
async def test_what_is_no_answer_is_named(said: bytes) -> None:
    async def answer(_: bytes) -> bytes:
        return said

    async with serving(answer) as url, open_authority(url, 5) as asked:
        with pytest.raises(AuthorityAway):
            await asked.ask(b"query")


async def test_one_that_says_nothing_is_left_in_time() -> None:
    async def answer(_: bytes) -> bytes:
        await asyncio.sleep(3)
        return b""

    async with serving(answer) as url, open_authority(url, 0.2) as asked:
        with pytest.raises(AuthorityAway):
            await asked.ask(b"query")
    async with open_authority("http://127.0.0.1:9/tsa", 1) as asked:
        with pytest.raises(AuthorityAway):
            await asked.ask(b"query")
