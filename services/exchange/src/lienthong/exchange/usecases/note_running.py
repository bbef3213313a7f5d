"""The exchange notes that it takes documents, and finds the times in which it did not (N4).

One row is written every few seconds by every process that could admit a document now. Who finds it older than a
restart takes writes the gap into the ledger of outages: after a crash, after the database was away, after a time
without trust. Several processes find one gap once, because the first moves the row.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from lienthong.common.clock import Clock
from lienthong.common.database import Database, DatabaseAway
from lienthong.common.pauses import wait_at_most
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.domain.outages import gap
from lienthong.exchange.store import hotline, outages
from lienthong.exchange.store.outages import Outage, OutageOrigin

HOTLINE_OPEN = MetricSpec(
    "lienthong_exchange_hotline_open", MetricKind.GAUGE, "Entries of the hotline that nobody has answered"
)
HOTLINE_OLDEST = MetricSpec(
    "lienthong_exchange_hotline_oldest_seconds", MetricKind.GAUGE, "Age of the oldest of them; 0 without one"
)
OUTAGES_FOUND = MetricSpec(
    "lienthong_exchange_outages_found_total",
    MetricKind.COUNTER,
    "Gaps of its own running that the exchange has found",
)
_BEAT_SECONDS: Final = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class NoteRunning:
    """`takes_documents` tells whether this process could admit one now."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        telemetry: Telemetry,
        *,
        longest_gap: timedelta,
        takes_documents: Callable[[], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._longest_gap = longest_gap
        self._takes_documents = takes_documents
        self._open = telemetry.metrics.gauge(HOTLINE_OPEN)
        self._oldest = telemetry.metrics.gauge(HOTLINE_OLDEST)
        self._found = telemetry.metrics.counter(OUTAGES_FOUND)

    async def __call__(self) -> Outage | None:
        """Note it now; answers the outage that is over thereby. Raises DatabaseAway."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            away = gap(await outages.last_beat(connection), now, self._longest_gap)
            found = None
            if away is not None:
                found = await outages.add(
                    connection,
                    OutageOrigin.DETECTED,
                    began_at=away[0],
                    ended_at=away[1],
                    cause=None,
                    recorded_at=now,
                )
            await outages.beat(connection, now)
        if found is not None:
            self._found.inc()
            log.error("the exchange was away", outage=found.number, began_at=found.began_at, ended_at=found.ended_at)
        return found

    async def run(self, stop: asyncio.Event) -> None:
        """Note it every few seconds until `stop`."""
        while not stop.is_set():
            try:
                if self._takes_documents():
                    await self()
                await self._measure()
            except DatabaseAway as away:
                log.warning("cannot note that the exchange runs", exc_info=away)
            await wait_at_most(stop, _BEAT_SECONDS)

    async def _measure(self) -> None:
        async with self._database.connection() as connection:
            waiting = await hotline.count_waiting(connection)
        self._open.set(waiting.number)
        age = timedelta() if waiting.oldest is None else self._clock.now() - waiting.oldest
        self._oldest.set(max(0.0, age.total_seconds()))
