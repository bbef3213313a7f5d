"""The relay of one process: holds shards, sends pages, keeps count."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer

from lienthong.common.database import Database, DatabaseAway
from lienthong.common.outbox import Bell, Content, Contents, own_events
from lienthong.common.relay import store
from lienthong.common.relay.holder import Holder, open_holder
from lienthong.common.relay.publisher import Outcome, Parcel, Publisher
from lienthong.common.relay.settings import RelaySettings
from lienthong.common.relay.store import OutboxRow, Refused
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry

PUBLISHED = MetricSpec("lienthong_relay_published_total", MetricKind.COUNTER, "Outbox rows that Kafka acknowledged")
REFUSALS = MetricSpec("lienthong_relay_refusals_total", MetricKind.COUNTER, "Attempts that Kafka refused for good")
REPLACED = MetricSpec(
    "lienthong_relay_producers_replaced_total", MetricKind.COUNTER, "Producers given up after a fault"
)
SHARDS_HELD = MetricSpec("lienthong_relay_shards_held", MetricKind.GAUGE, "Shards held by this process")
OLDEST = MetricSpec("lienthong_outbox_oldest_seconds", MetricKind.GAUGE, "Age of the oldest outbox row, 0 when empty")
BLOCKED = MetricSpec("lienthong_outbox_blocked_keys", MetricKind.GAUGE, "Keys that wait after a refusal: must be 0")
RELAY_METRICS = (PUBLISHED, REFUSALS, REPLACED, SHARDS_HELD, OLDEST, BLOCKED)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class PageFailed(Exception):
    """Kafka did not take all of a page; its cause tells why. The rows are in the outbox still."""


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
        self._contents = contents
        self._bell = bell or Bell()
        metrics = telemetry.metrics
        self._published = metrics.counter(PUBLISHED)
        self._refusals = metrics.counter(REFUSALS)
        self._shards = metrics.gauge(SHARDS_HELD)
        self._oldest = metrics.gauge(OLDEST)
        self._blocked = metrics.gauge(BLOCKED)
        self._publisher = Publisher(make_producer, self._settings, metrics.counter(REPLACED).inc)
        self._stopping = False
        self._prune_at = time.monotonic() + self._settings.prune_every
        self._doubtful: set[tuple[str, str]] = set()  # sent, but whether the shard was still ours is not known

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`, then finish the page under way, or leave it after `stop_within` seconds."""
        sending = asyncio.create_task(self._send_for_ever())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._stopping = True
            self._bell.ring()
            await asyncio.wait({sending}, timeout=self._settings.stop_within)
        finally:
            sending.cancel()
            stopping.cancel()
            await asyncio.gather(sending, stopping, return_exceptions=True)
            await self._publisher.close()
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
        failures = 0
        shared_at = -math.inf
        while not self._stopping:
            await holder.assert_current()
            if time.monotonic() - shared_at >= self._settings.beat:
                await self._take_share(holder)
                shared_at = time.monotonic()
            self._bell.quiet()
            try:
                sent = await self._send_page(holder)
                failures = 0
            except PageFailed as error:
                failures += 1
                pause = self._settings.away_pause.delay(failures)
                log.warning("relay page failed", attempt=failures, pause=round(pause, 2), exc_info=error.__cause__)
                await asyncio.sleep(pause)
                continue
            if not sent:
                await self._bell.wait(self._settings.poll)

    async def _take_share(self, holder: Holder) -> None:
        await holder.take_share()
        self._bell.held = holder.held
        self._shards.set(len(holder.held))
        async with self._database.connection() as connection:
            state = await store.measure(connection)
            if time.monotonic() >= self._prune_at and await store.prune(connection, self._settings) == 0:
                self._prune_at = time.monotonic() + self._settings.prune_every
        self._oldest.set(state.oldest)
        self._blocked.set(state.refused)

    async def _send_page(self, holder: Holder) -> bool:
        """Send one page; answers whether there was one. Raises PageFailed, DatabaseAway."""
        if not holder.held:
            return False
        async with holder.transaction() as connection:
            rows = await store.read_page(connection, holder.held, self._settings.page)
        for start in range(0, len(rows), self._settings.slice):
            parcels, lacking = await self._pack(rows[start : start + self._settings.slice])
            outcome = await self._publisher.publish(parcels, holder.assert_current)
            outcome.refused += lacking
            await self._settle(holder, outcome)
            if outcome.failure is not None:
                raise PageFailed from outcome.failure
            if outcome.refused:
                break  # later rows of those keys may stand in this page: the next one is read without them
        return bool(rows)

    async def _pack(self, rows: Sequence[OutboxRow]) -> tuple[list[Parcel], list[Refused]]:
        """Rows with their contents; a row that refers to nothing is refused, and those behind it of its key wait."""
        found = await self._find(rows)
        parcels: list[Parcel] = []
        lacking: dict[tuple[str, str], Refused] = {}
        for row in rows:
            content = found.get(row.reference)
            if content is None:
                lacking.setdefault((row.topic, row.key), Refused(row, "what it refers to is not there"))
            elif (row.topic, row.key) not in lacking:
                parcels.append(Parcel.of(row, content))
        return parcels, list(lacking.values())

    async def _find(self, rows: Sequence[OutboxRow]) -> dict[UUID, Content]:
        found: dict[UUID, Content] = {}
        sought = [row.reference for row in rows]
        async with self._database.connection() as connection:
            for contents in self._contents:
                found |= await contents(connection, sought)
                sought = [reference for reference in sought if reference not in found]
                if not sought:
                    break
        return found

    async def _settle(self, holder: Holder, outcome: Outcome) -> None:
        """Write down what became of the parcels, on the connection that holds their shards."""
        try:
            async with holder.transaction() as connection:
                await store.clear(connection, outcome.emitted)
                if outcome.refused:
                    await store.refuse(connection, outcome.refused, self._settings)
        except DatabaseAway:
            self._doubtful |= {(one.row.topic, one.row.key) for one in outcome.emitted}
            raise
        self._published.inc(len(outcome.emitted))
        self._refusals.inc(len(outcome.refused))
        for refused in outcome.refused:
            log.error("relay: a record is refused, its key waits", topic=refused.row.topic, row=refused.row.id,
                      cause=refused.cause)  # fmt: skip

    async def _say_doubtful_again(self) -> None:
        """Records whose acknowledgement came when the shards may have been another's: their newest goes last."""
        if not self._doubtful:
            return
        async with self._database.transaction() as connection:
            await store.say_again(connection, sorted(self._doubtful))
        log.warning("relay says the newest of some keys again", keys=len(self._doubtful))
        self._doubtful.clear()
