"""Asked to stop in the middle: what is under way is answered first. (Killed in the middle: `crashing/`.)"""

import asyncio
import random
from collections.abc import AsyncGenerator

import httpx
import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import World


@pytest.fixture
async def running(province: Province, exchange: Running) -> AsyncGenerator[Running]:
    """An exchange of the test's own."""
    running = await asyncio.to_thread(province.start(f"stopped{random.randrange(10**9)}").wait_ready)
    yield running
    await asyncio.to_thread(running.child.kill)


@pytest.fixture
async def world(province: Province, running: Running) -> AsyncGenerator[World]:
    async with province.world(running.url, running.name) as world:
        yield world


async def test_a_clean_stop_answers_what_is_under_way(world: World, running: Running, province: Province) -> None:
    sender, recipient = await world.agencies(2)
    messages = [sender.message(recipient) for _ in range(40)]
    posts = [asyncio.create_task(sender.post(message)) for message in messages]
    await asyncio.sleep(0.05)
    assert await asyncio.to_thread(running.child.terminate) == 0
    answers = await asyncio.gather(*posts, return_exceptions=True)
    assert {answer.status_code for answer in answers if isinstance(answer, httpx.Response)} <= {201}
    running.child = province.start(running.name, port=running.port).child
    await asyncio.to_thread(running.wait_ready)
    inbox = {entry.message.payload for entry in await recipient.read_all()}
    for message, answer in zip(messages, answers, strict=True):
        if isinstance(answer, httpx.Response):
            assert message.payload in inbox


async def test_a_clean_stop_keeps_no_reader_waiting(world: World, running: Running) -> None:
    readers = await world.agencies(2)
    waiting = [asyncio.create_task(reader.read(wait=50)) for reader in readers]
    await asyncio.sleep(0.5)
    async with asyncio.timeout(10):
        stopping = asyncio.create_task(asyncio.to_thread(running.child.terminate))
        pages = await asyncio.gather(*waiting)
        assert await stopping == 0
    assert [(entries, head["n"]) for entries, head in pages] == [([], 0)] * 2
