"""The relay of one process: holds shards, lets both lanes send, keeps count."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer

from lienthong.common.database import Database, DatabaseAway
from lienthong.common.messages.document import Lane
from lienthong.common.outbox import Bell, Contents, own_events
from lienthong.common.pauses import wait_at_most
from lienthong.common.relay import store
from lienthong.common.relay.holder import Holder, open_holder
from lienthong.common.relay.lane import LaneRelay, Shared
from lienthong.common.relay.publisher import Publisher
from lienthong.common.relay.settings import RelaySettings
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry

PUBLISHED = MetricSpec("lienthong_relay_published_total", MetricKind.COUNTER, "Outbox rows that Kafka acknowledged")
REFUSALS = MetricSpec("lienthong_relay_refusals_total", MetricKind.COUNTER, "Attempts that Kafka refused for good")
REPLACED = MetricSpec(
    "lienthong_relay_producers_replaced_total", MetricKind.COUNTER, "Producers given up after a fault"
)
SHARDS_HELD = MetricSpec("lienthong_relay_shards_held", MetricKind.GAUGE, "Shards held by this process")
OLDEST = MetricSpec(
    "lienthong_outbox_oldest_seconds",
    MetricKind.GAUGE,
    "Age of the oldest outbox row of the lane, 0 when empty",
    ("lane",),
)
BLOCKED = MetricSpec("lienthong_outbox_blocked_keys", MetricKind.GAUGE, "Keys that wait after a refusal: must be 0")
RELAY_METRICS = (PUBLISHED, REFUSALS, REPLACED, SHARDS_HELD, OLDEST, BLOCKED)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Relay:
    """Sends the outbox of one database; any number of processes may run one, each key has one sender at a time.

    `contents` are asked in turn for what a row refers to. `bell` is shared with the `Outbox` of this process.
    """

    def __init__(
        self,
        database: Database,
        make_producer: Callable[[], AIOKafkaProducer],
        telemetry: Telemetry,
        *,
        contents: Sequence[Contents] = (own_events,),
        bell: Bell | None = None,
        settings: RelaySettings | None = None,
    ) -> None:
        self._settings = settings or RelaySettings()
        self._database = database
        self._bell = bell or Bell()
        metrics = telemetry.metrics
        self._shards = metrics.gauge(SHARDS_HELD)
        self._oldest = metrics.gauge(OLDEST)
        self._blocked = metrics.gauge(BLOCKED)
        replaced = metrics.counter(REPLACED).inc
        self._shared = Shared(database, contents, self._settings, metrics.counter(PUBLISHED), metrics.counter(REFUSALS))
        self._lanes = [
            LaneRelay(lane, self._shared, Publisher(make_producer, self._settings, replaced), self._bell.ear())
            for lane in Lane
        ]
        self._stopping = False
        self._over = asyncio.Event()  # of the present hold: both lanes come to an end
        self._prune_at = time.monotonic() + self._settings.prune_every

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`, then finish the pages under way, or leave them after `stop_within` seconds."""
        sending = asyncio.create_task(self._send_for_ever())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._stopping = True
            self._end_hold()
            await asyncio.wait({sending}, timeout=self._settings.stop_within)
        finally:
            sending.cancel()
            stopping.cancel()
            await asyncio.gather(sending, stopping, return_exceptions=True)
            await asyncio.gather(*(lane.close() for lane in self._lanes))
        if not sending.cancelled():
            sending.result()

    async def _send_for_ever(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                async with open_holder(self._database, self._settings, self._bell.ring) as holder:
                    await self._say_doubtful_again()
                    failures = 0
                    await self._hold(holder)
            except DatabaseAway as error:
                failures += 1
                log.warning("relay waits for the database", exc_info=error)
                await asyncio.sleep(self._settings.away_pause.delay(failures))
            finally:
                self._bell.held = frozenset()
                self._shards.set(0)

    async def _hold(self, holder: Holder) -> None:
        """Send both lanes until the end, or until one finds the connection of the holder gone: so does the other."""
        self._over.clear()
        if self._stopping:
            return
        works = [*(lane.send(holder, self._over) for lane in self._lanes), self._keep_share(holder)]
        ends = await asyncio.gather(*(self._last_of_all(work) for work in works), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    async def _last_of_all(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self._end_hold()

    def _end_hold(self) -> None:
        self._over.set()
        self._bell.ring()

    async def _keep_share(self, holder: Holder) -> None:
        while not self._over.is_set():
            await holder.assert_current()
            await self._take_share(holder)
            await wait_at_most(self._over, self._settings.beat)

    async def _take_share(self, holder: Holder) -> None:
        async def finish_pages() -> None:
            self._bell.held = holder.held
            for lane in self._lanes:
                async with lane.page_under_way:
                    continue

        before = holder.held
        await holder.take_share(finish_pages)
        self._bell.held = holder.held
        if holder.held - before:
            self._bell.ring()
        self._shards.set(len(holder.held))
        async with self._database.connection() as connection:
            state = await store.measure(connection)
            if time.monotonic() >= self._prune_at and await store.prune(connection, self._settings) == 0:
                self._prune_at = time.monotonic() + self._settings.prune_every
        for lane, oldest in state.oldest.items():
            self._oldest.labels(lane).set(oldest)
        self._blocked.set(state.refused)

    async def _say_doubtful_again(self) -> None:
        """Records whose acknowledgement came when the shards may have been another's: their newest goes last."""
        doubtful = self._shared.doubtful
        if not doubtful:
            return
        async with self._database.transaction() as connection:
            await store.say_again(connection, sorted(doubtful))
        log.warning("relay says the newest of some keys again", keys=len(doubtful))
        doubtful.clear()
