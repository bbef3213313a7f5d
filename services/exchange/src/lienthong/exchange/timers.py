"""Duties that come with time: uploads that no message adopted end, files that nobody may have are removed, attempts of
webhooks are forgotten, deliveries that were not received in time expire, and what is late or hangs is counted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from lienthong.common.database import DatabaseAway
from lienthong.common.pauses import wait_at_most

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to be done again and again: in every round, or at the earliest `every` seconds after the last time."""

    act: Callable[[], Awaitable[object]]
    every: float = 0.0


async def run_timers(duties: Sequence[Duty], pause: float, stop: asyncio.Event) -> None:
    """One round every `pause` seconds until `stop`; safe in several processes. A duty that fails stops no other."""
    clock = asyncio.get_running_loop()
    last: dict[int, float] = {}
    while not stop.is_set():
        for place, duty in enumerate(duties):
            if stop.is_set():
                return
            if clock.time() - last.get(place, -duty.every) >= duty.every:
                last[place] = clock.time()
                await _act(duty)
        await wait_at_most(stop, pause)


async def _act(duty: Duty) -> None:
    try:
        await duty.act()
    except DatabaseAway as away:
        log.warning("timers wait for the database", exc_info=away)
    except Exception:
        log.exception("a duty of the timers failed")
