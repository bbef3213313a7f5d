"""Readers that are slow, or stand still in the middle of an answer, keep nobody waiting but themselves."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import psutil
import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import NDJSON, Agency, World, answered
from tests.integration.failures.latencies import paced
from tests.integration.failures.office import open_office
from tests.integration.failures.test_poison import metric
from tests.integration.failures.test_repeated_and_reordered import message_id

from lienthong.common.messages.document import Lane

pytestmark = pytest.mark.xdist_group("failures")

TIMES_AS_LONG, NOISE = 3.0, 0.05
"""Bounds for a machine that does other things at the same time: a reader that held others up would cost seconds."""


async def test_a_service_that_is_slow_at_its_messages_has_them_all_in_the_end_and_delays_no_other(
    province: Province, world: World
) -> None:
    servers, anchors = province.servers, province.voice.authority.anchors
    sender, recipient = await world.agencies(2)
    slow_at = sender.identity.source  # and not at all that others have sent before
    async with (
        open_office(servers.kafka, servers.postgres, anchors, name="slow", pause=0.15, slow_at=slow_at) as slow,
        open_office(servers.kafka, servers.postgres, anchors, name="swift") as swift,
        slow.working(),
        swift.working(),
    ):
        ids = [message_id(await sender.send(recipient)) for _ in range(40)]
        await swift.until_received(set(ids), 5)
        assert len(await slow.received_from(sender.identity.source)) < len(ids), "it is slow"
        await slow.until_received(set(ids), 40)
        for office in (slow, swift):
            assert await office.received_from(sender.identity.source) == ids
        assert slow.counted("failed") == 0


async def test_readers_that_stop_in_the_middle_of_an_answer_cost_the_others_nothing(
    province: Province, exchange: Running, world: World
) -> None:
    sender, other, stalled, recipient = await world.agencies(4)
    lines = [sender.message(stalled, subject="Báo cáo " + "x" * 400) for _ in range(800)]
    for part in (lines[:400], lines[400:]):
        assert {each["status"] for each in answered(await sender.post_batch(part))} == {201}
    quiet = await sends(other, recipient)
    before = psutil.Process(exchange.child.pid).memory_info().rss
    async with stalled_readers(exchange, stalled, 12) as readers:
        held = await sends(other, recipient)
        assert [each.fileno() for each in readers if each.fileno() < 0] == []
        risen = psutil.Process(exchange.child.pid).memory_info().rss - before
        entries, _ = await stalled.read(limit=5)
        assert [entry.n for entry in entries] == [1, 2, 3, 4, 5], "itself, on another connection"
    print(f"quiet {quiet}; beside stalled readers {held}; {risen / 1e6:.0f} MB")
    assert held.quantile(0.95) <= TIMES_AS_LONG * quiet.quantile(0.95) + NOISE
    assert risen < 150_000_000


async def sends(sender: Agency, recipient: Agency, number: int = 40):
    """How long documents took that somebody else sent meanwhile."""
    messages = [sender.message(recipient) for _ in range(number)]

    async def accepted(place: int) -> None:
        assert (await sender.post(messages[place])).status_code == 201

    return await paced([lambda place=place: accepted(place) for place in range(number)], 0.01)


@asynccontextmanager
async def stalled_readers(exchange: Running, agency: Agency, number: int) -> AsyncGenerator[list[socket.socket]]:
    """Readers that asked for everything, took two bytes of the answer, and take one more now and then."""
    loop = asyncio.get_running_loop()
    asked = f"GET /v1/inbox/{Lane.ORDINARY}?limit=1000 HTTP/1.1\r\nhost: exchange\r\n"
    asked += f"authorization: {agency.headers['Authorization']}\r\n\r\n"
    async with AsyncExitStack() as stack:
        readers: list[socket.socket] = []
        for _ in range(number):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.setblocking(False)
            await loop.sock_connect(reader, ("127.0.0.1", exchange.port))
            await loop.sock_sendall(reader, asked.encode())
            assert await loop.sock_recv(reader, 2) == b"HT"
            readers.append(reader)

        async def sip() -> None:
            while True:
                for reader in readers:
                    await loop.sock_recv(reader, 1)
                await asyncio.sleep(0.1)

        sipping = asyncio.create_task(sip())
        yield readers
        assert not sipping.done(), "nobody was cut off"
        sipping.cancel()


async def test_hundreds_that_wait_for_their_inbox_hold_nobody_up_and_hear_at_once(
    world: World, exchange: Running
) -> None:
    sender, other, *waiting = await world.agencies(22)
    quiet = await sends(sender, other)
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
    async with httpx.AsyncClient(base_url=exchange.url, limits=limits, timeout=90) as http:
        polls = [
            asyncio.create_task(http.get("/v1/inbox/ordinary", params={"wait": 60}, headers=agency.headers))
            for agency in waiting
            for _ in range(15)
        ]

        async def all_wait() -> bool:
            return await metric(exchange.url, "lienthong_exchange_waiting_readers") == len(polls)

        await world.until(all_wait, "all of them wait")
        held = await sends(sender, other)
        print(f"quiet {quiet}; beside {len(polls)} who wait {held}")
        assert held.quantile(0.95) <= TIMES_AS_LONG * quiet.quantile(0.95) + NOISE

        begun = asyncio.get_running_loop().time()
        sent = await sender.send(*waiting)
        answers = await asyncio.gather(*polls)
        assert asyncio.get_running_loop().time() - begun < 30, "they hear of it long before their wait is over"
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["content-type"] for answer in answers} == {NDJSON}
    assert all(message_id(sent) in answer.text for answer in answers)
