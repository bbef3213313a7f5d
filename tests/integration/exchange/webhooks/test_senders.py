"""Several processes send, and die: one request at a time for each inbox, nothing passed over, repeats known."""

import asyncio
import random
from collections.abc import AsyncGenerator

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.webhooks.agency import attempts, put, state, until_taken
from tests.integration.exchange.webhooks.conftest import MakeEndpoint
from tests.integration.exchange.webhooks.endpoint import TAKES, Endpoint, answering
from tests.integration.exchange.world import Agency, World

pytestmark = [pytest.mark.requirement("N5"), pytest.mark.timeout(300)]


@pytest.fixture
def name(province: Province, quick: dict[str, str]) -> str:
    """A database of the test's own."""
    return f"senders{random.randrange(10**9)}"


@pytest.fixture
async def roles(province: Province, quick: dict[str, str], name: str) -> AsyncGenerator[list[Running]]:
    """A front door, then two workers."""
    run = province.folder / "run"

    def start(role: str, place: int) -> Running:
        settings = quick | {"LIENTHONG_RUN_DIR": str(run / f"{name}-{role}-{place}")}
        return province.start(name, role, port=None, **settings)

    assert await asyncio.to_thread(start("migrate", 0).child.popen.wait, 60) == 0
    started = [start("api", 0), start("worker", 1), start("worker", 2)]
    for running in started:
        await asyncio.to_thread(running.wait_live)
    yield started
    for running in started:
        running.child.thaw()
        await asyncio.to_thread(running.child.kill)


@pytest.fixture
async def world(province: Province, roles: list[Running]) -> AsyncGenerator[World]:
    async with province.world(roles[0].url, roles[0].name) as world:
        await world.begin()
        for running in roles:
            await asyncio.to_thread(running.wait_ready)
        yield world


async def feed(sender: Agency, recipient: Agency, number: int) -> None:
    for _ in range(number):
        await sender.send(recipient)


def assert_whole(place: Endpoint, last: int) -> None:
    """Everything, in order; and what came more than once came under one id."""
    assert place.numbers == list(range(1, last + 1))
    pages: dict[int, set[str]] = {}
    for request in place.taken:
        for n in request.numbers:
            pages.setdefault(n, set()).add(request.id)
    assert all(len(ids) == 1 for ids in pages.values())


async def test_two_workers_send_one_request_at_a_time(world: World, endpoint: MakeEndpoint) -> None:
    sender, *recipients = await world.agencies(5)
    places = [await endpoint(answering(204, after=0.02)) for _ in recipients]
    for recipient, place in zip(recipients, places, strict=True):
        await put(recipient, place)
    for _ in range(40):
        await sender.send(*recipients)
    for recipient, place in zip(recipients, places, strict=True):
        await until_taken(recipient, 40, seconds=40)
        assert_whole(place, 40)
        assert place.most_in_flight == 1
        assert all(each["outcome"] == "taken" for each in await attempts(recipient))


async def test_killed_workers_lose_nothing(
    world: World, endpoint: MakeEndpoint, roles: list[Running], province: Province, quick: dict[str, str]
) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint(answering(204, after=0.05))
    await put(recipient, place)
    feeding = asyncio.create_task(feed(sender, recipient, 60))
    for victim in (1, 2, 1):
        await asyncio.sleep(0.7)
        await asyncio.to_thread(roles[victim].child.kill)
        settings = quick | {"LIENTHONG_RUN_DIR": str(province.folder / "run" / f"again{random.randrange(10**9)}")}
        roles[victim] = province.start(roles[0].name, "worker", port=None, **settings)
    await feeding
    await until_taken(recipient, 60, seconds=60)
    assert_whole(place, 60)


async def test_a_worker_that_stands_still_is_followed_by_the_next(
    world: World, endpoint: MakeEndpoint, roles: list[Running]
) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint(answering(204, after=1.8))  # the limit is 2 s
    await put(recipient, place)
    await sender.send(recipient)
    await world.until(lambda: _has_come(place), "the request is on its way")
    holder = await _holder(world, roles)
    await asyncio.to_thread(holder.child.freeze)
    place.behave = TAKES
    await feed(sender, recipient, 5)
    await until_taken(recipient, 6, seconds=40)
    await asyncio.to_thread(holder.child.thaw)
    await asyncio.sleep(2.5)
    await feed(sender, recipient, 5)
    await until_taken(recipient, 11)
    assert_whole(place, 11)
    first, second, *_ = place.requests
    assert (first.numbers, first.id) == (second.numbers, second.id), "what was on its way went again under its id"


async def test_a_worker_that_is_asked_to_stop_finishes_what_is_on_its_way(
    world: World, endpoint: MakeEndpoint, roles: list[Running]
) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint(answering(204, after=1.0))
    await put(recipient, place)
    await sender.send(recipient)
    await world.until(lambda: _has_come(place), "the request is on its way")
    for worker in roles[1:]:
        assert await asyncio.to_thread(worker.child.terminate) == 0
    assert (await state(recipient))["taken"] == 1
    assert len(place.requests) == 1


async def _has_come(place: Endpoint) -> bool:
    return bool(place.requests)


async def _holder(world: World, roles: list[Running]) -> Running:
    """The worker that sends: the one whose metric says so."""
    for worker in roles[1:]:
        text = (await world.http.get(f"{worker.url}/metrics")).text
        if "lienthong_webhooks_sending 1.0" in text:
            return worker
    raise AssertionError("nobody sends")
