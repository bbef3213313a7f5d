"""What a client may cost before it has said who it is: heads, bodies and answers end within a size and a time."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse

from lienthong.common.http import connections, listen, make_app, make_router, read_body, serve
from lienthong.common.telemetry import Telemetry, make_telemetry

BODY = b"POST /v1/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx"


@pytest.fixture
def telemetry() -> Telemetry:
    return make_telemetry("test")


@asynccontextmanager
async def served(telemetry: Telemetry) -> AsyncGenerator[int]:
    """The port of a server that gives bodies 0.3 s, and works on one request at a time."""
    router = make_router(prefix="/v1")

    @router.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"size": len(await read_body(request))}

    @router.get("/endless")
    async def endless() -> StreamingResponse:
        return StreamingResponse(zeros())

    @router.get("/waiting")
    async def waiting(request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            continue

    async def zeros() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1 << 16)
            await asyncio.sleep(0)

    app = make_app("Test", "1", [router], telemetry=telemetry, body_patience=0.3, most_requests=1)
    sock, stop = listen("127.0.0.1", 0), asyncio.Event()
    port: int = sock.getsockname()[1]
    serving = asyncio.create_task(serve(app, sock, stop, grace_seconds=1))
    try:
        await listening(port)
        yield port
    finally:
        stop.set()
        await serving


async def listening(port: int) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return


async def answered(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Everything that comes back until the server closes, or for a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(1.5):
            return await reader.read(-1)
    finally:
        writer.close()


async def test_an_endless_head_ends_at_its_limit(telemetry: Telemetry) -> None:
    async with served(telemetry) as port:
        answer = await answered(port, b"GET / HTTP/1.1\r\nHost: x\r\nA: ", b"a" * 100_000)
        assert answer.startswith(b"HTTP/1.1 431 ")


async def test_endless_trailers_end_at_the_same_limit(telemetry: Telemetry) -> None:
    head = b"POST /v1/raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: "
    async with served(telemetry) as port:
        assert b"HTTP/1.1 431 " in await answered(port, head, b"a" * 40_000, b"a" * 40_000, pause=0.05)


async def test_who_sends_no_head_is_not_waited_for(telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    async with served(telemetry) as port:
        assert await answered(port) == b""
        assert await answered(port, b"GET / HT", b"TP/1.1\r\n", b"A: a\r\n", pause=0.1) == b""


async def test_behind_an_answer_a_slow_head_is_not_waited_for(
    telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    async with served(telemetry) as port:
        answer = await answered(port, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"G", pause=0.1)
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_of_requests_sent_ahead_a_few_are_answered_in_their_order(telemetry: Telemetry) -> None:
    ahead = b"".join(b"GET /v1/%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(10))
    async with served(telemetry) as port:
        answer = await answered(port, ahead + b"GET /v1/last HTTP/1.0\r\n\r\n")
    places = [answer.find(b'"/v1/%s"' % place) for place in (*map(b"%d".__mod__, range(10)), b"last")]
    assert -1 not in places
    assert places == sorted(places)


async def test_requests_sent_ahead_without_end_fill_no_memory(telemetry: Telemetry) -> None:
    async with served(telemetry) as port:
        with pytest.raises(ConnectionError):
            await answered(port, b"GET /v1/x HTTP/1.1\r\n\r\n" * 100_000)
    counted = telemetry.metrics.exposition().decode()
    (line,) = [line for line in counted.splitlines() if line.startswith("lienthong_http_requests_total")]
    assert float(line.split()[-1]) <= connections.MOST_AHEAD + 1


async def test_rubbish_behind_a_request_is_not_its_answer(telemetry: Telemetry) -> None:
    async with served(telemetry) as port:
        answer = await answered(port, b"GET /v1/waiting HTTP/1.1\r\nHost: x\r\n\r\nrubbish\r\n\r\n")
        assert b"400" not in answer
        assert (await answered(port, b"rubbish\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(("path", "answer"), [("/v1/raw", b"HTTP/1.1 400 "), ("/v1/nowhere", b"HTTP/1.1 404 ")])
async def test_a_body_of_tiny_pieces_is_broken_off(telemetry: Telemetry, path: str, answer: bytes) -> None:
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path.encode()
    async with served(telemetry) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        await asyncio.sleep(0.1)
        for _ in range(3):
            writer.write(b"1\r\nx\r\n" * 5000)
        assert (await reader.readline()).startswith(answer)
        async with asyncio.timeout(5):
            with suppress(ConnectionError):
                await reader.read()
        writer.close()


async def test_a_body_of_short_lines_is_taken(telemetry: Telemetry) -> None:
    async def lines() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield bytes(80)

    async with served(telemetry) as port, httpx.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{port}/v1/raw", content=lines())
        assert (answer.status_code, answer.json()) == (200, {"size": 800_000})


@pytest.mark.parametrize(
    "body", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
async def test_who_offers_another_protocol_is_read_to_its_end(telemetry: Telemetry, body: bytes) -> None:
    head = b"POST /v1/raw HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    async with served(telemetry) as port:
        answer = await answered(port, head + body + b"GET /v1/x HTTP/1.0\r\n\r\n")
        assert b'{"size":5}' in answer
        assert b"HTTP/1.1 404 " in answer
        in_two = await answered(port, head[:-8], head[-8:] + body, pause=0.05)
        assert in_two.startswith(b"HTTP/1.1 400 "), "never with another body than was sent"


async def test_who_hangs_up_is_gone_whatever_it_has_sent_ahead(telemetry: Telemetry) -> None:
    async with served(telemetry) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /v1/waiting HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await asyncio.sleep(0.1)
        assert (await answered(port, b"GET /v1/x HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 404 ")


async def test_a_slow_body_loses_its_place(telemetry: Telemetry) -> None:
    async with served(telemetry) as port:
        slow = asyncio.create_task(answered(port, BODY))
        await asyncio.sleep(0.1)
        assert (await answered(port, b"GET /v1/x HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 429 ")
        answer = await slow
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"body_too_slow" in answer
        assert (await answered(port, b"GET /v1/x HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 404 ")


async def test_a_process_that_stood_still_does_not_call_its_client_slow(telemetry: Telemetry) -> None:
    async with served(telemetry) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(BODY)
            await asyncio.sleep(0.1)
            client.sendall(bytes(99))
            time.sleep(0.5)  # noqa: ASYNC251 - the loop of the server is this one: nothing goes on meanwhile
            client.settimeout(5)
            answer = await asyncio.to_thread(client.recv, 4096)
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_body_that_breaks_off_is_no_fault_of_ours(telemetry: Telemetry) -> None:
    async with served(telemetry) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(BODY)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.1)
    counted = telemetry.metrics.exposition().decode()
    assert 'method="POST",route="/v1/raw",status="400"' in counted
    assert 'status="500"' not in counted


async def test_who_still_sends_a_body_that_is_too_large_reads_why_it_is_refused(telemetry: Telemetry) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield bytes(1 << 16)

    async with served(telemetry) as port, httpx.AsyncClient() as client:
        for headers in ({}, {"content-length": str(400 << 16)}):
            answer = await client.post(f"http://127.0.0.1:{port}/v1/raw", content=pieces(), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_what_is_left_of_a_refused_body_is_not_waited_for_without_end(
    telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REST_SECONDS", 0.2)
    async with served(telemetry) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        async with asyncio.timeout(3):
            with pytest.raises(ConnectionError):  # closed, although a piece comes now and then
                await drip(writer)
        writer.close()


async def drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_an_answer_that_nobody_takes_is_given_up(telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READER_SECONDS", 0.2)
    async with served(telemetry) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 12)
        writer.write(b"GET /v1/endless HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.6)
        assert (await answered(port, b"GET /v1/x HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
        writer.close()
