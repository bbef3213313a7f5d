"""While others are at work one caller has its share of the time; alone it has all of it."""

import asyncio
import time
from collections.abc import Coroutine, Hashable
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.exchange.api.fair_share import FairShare

BUSY_SECONDS = 0.002
ENOUGH, ATTEMPTS = 0.6, 4


def scope_of(name: Hashable, length: int = 0) -> Scope:
    headers = [(b"content-length", str(length).encode())]
    return {"type": "http", "method": "GET", "path": "/v1/x", "headers": headers, "name": name}


HELD: dict[Hashable, float] = {}
"""How long the requests of each caller held the loop: on a busy machine longer than they meant to."""


def hold_the_loop(name: Hashable, seconds: float) -> None:
    begun = time.monotonic()
    while time.monotonic() < begun + seconds:
        pass
    HELD[name] = HELD.get(name, 0) + time.monotonic() - begun


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """A request that takes the loop for some milliseconds, in two steps."""
    for _ in range(2):
        hold_the_loop(scope["name"], BUSY_SECONDS / 2)
        await asyncio.sleep(0)


def door(app: ASGIApp = busy, *, share: float = 0.25, most: int = 200) -> FairShare:
    return FairShare(app, who=lambda scope: scope["name"], share=share, most=most)


async def ask(app: ASGIApp, name: Hashable) -> float:
    """Seconds until the answer."""
    begun = time.monotonic()
    await app(scope_of(name), _receive, _send)
    return time.monotonic() - begun


async def _receive() -> Message:
    return {"type": "http.disconnect"}


async def _send(_: Message) -> None:
    return


async def flood(app: ASGIApp, name: Hashable, streams: int, stop: asyncio.Event) -> None:
    """Requests of one caller, as many at a time as there are streams."""

    async def stream() -> None:
        while not stop.is_set():
            await ask(app, name)

    await asyncio.gather(*(stream() for _ in range(streams)))


async def share_of(*floods: Coroutine[Any, Any, None], seconds: float, stop: asyncio.Event) -> float:
    """The share of the time that the loop was held, once the floods are under way."""
    flooding = asyncio.gather(*floods)
    await asyncio.sleep(1.5)  # at first nobody is known to want all
    HELD.clear()
    begun = time.monotonic()
    await asyncio.sleep(seconds)
    held = sum(HELD.values()) / (time.monotonic() - begun)
    stop.set()
    await flooding
    return held


async def waits_beside_a_flood(app: ASGIApp) -> tuple[list[float], float]:
    """What another caller waits, and the share of the time that the flood had."""
    stop = asyncio.Event()
    flooding = asyncio.create_task(flood(app, "flooder", 20, stop))
    begun = 0.0
    waits: list[float] = []
    for turn in range(25):
        if turn == 5:  # by now it is known how long the flooder's requests take
            HELD.clear()
            begun = time.monotonic()
        waits.append(await ask(app, "other"))
        await asyncio.sleep(0.01)
    share = HELD.get("flooder", 0.0) / (time.monotonic() - begun)  # on a busy machine it may have had no turn
    stop.set()
    await flooding
    return sorted(waits), share


async def test_a_flood_leaves_the_time_to_the_others_that_it_would_have_taken() -> None:
    unfair, _ = await waits_beside_a_flood(busy)
    fair, share = await waits_beside_a_flood(door())
    assert fair[12] < unfair[12] / 4
    assert share < 0.4, "a quarter, and some for the machine"


async def best_share_of(app: ASGIApp, *streams: int, pause: float = 0.0) -> float:
    """The largest share of some attempts: whatever else the machine does makes it smaller, never larger."""
    shares: list[float] = []
    while len(shares) < ATTEMPTS and max(shares, default=0) < ENOUGH:
        stop = asyncio.Event()
        floods = [flood(app, f"caller {place}", number, stop) for place, number in enumerate(streams)]
        shares.append(await share_of(*floods, stand_still(pause, stop), seconds=0.5, stop=stop))
    return max(shares)


async def stand_still(seconds: float, stop: asyncio.Event) -> None:
    """The machine is busy with something else now and then."""
    while not stop.is_set():
        await asyncio.sleep(0.2)
        time.sleep(seconds)  # noqa: ASYNC251 - nothing in the process goes on


async def test_who_is_alone_waits_for_nobody() -> None:
    assert await best_share_of(door(), 8) >= ENOUGH


@pytest.mark.parametrize("pause", [0.0, 0.03])
async def test_two_who_take_what_they_can_get_wait_for_nobody_either(pause: float) -> None:
    assert await best_share_of(door(share=0.1), 8, 4, pause=pause) >= ENOUGH


async def test_requests_of_one_caller_go_on_in_the_order_they_came() -> None:
    order: list[int] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        order.append(scope.get("number", -1))
        await busy(scope, receive, send)

    app = door(note)
    await ask(app, "other")
    asking = [asyncio.create_task(app({**scope_of("one"), "number": n}, _receive, _send)) for n in range(40)]
    for _ in range(20):
        await ask(app, "other")
        await asyncio.sleep(0.005)
    await asyncio.gather(*asking)
    assert [n for n in order if n >= 0] == list(range(40))


async def test_what_a_request_raises_and_its_cancellation_pass_through() -> None:
    cleaned: list[str] = []

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)
        raise LookupError("here")

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("yes")

    with pytest.raises(LookupError):
        await ask(door(failing), "one")
    asking = asyncio.create_task(ask(door(endless), "one"))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert cleaned == ["yes"]
    async with asyncio.timeout(1):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await ask(door(endless), "one")


async def test_more_than_may_wait_of_one_are_told_to_come_again_and_others_find_room() -> None:
    go, statuses = asyncio.Event(), list[int]()

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["name"] == "one":
            await go.wait()

    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    app = door(waiting, most=5)
    asking = [asyncio.create_task(app(scope_of("one"), _receive, note)) for _ in range(8)]
    await asyncio.sleep(0.01)
    assert statuses == [429] * 3
    await ask(app, "other")
    go.set()
    await asyncio.gather(*asking)
    assert statuses == [429] * 3
