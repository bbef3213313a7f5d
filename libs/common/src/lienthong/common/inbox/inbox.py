"""One consumer's inbox: pages in, effects out. The steps are told in the package's docstring."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from lienthong.common.broker import DeadLetter, Record
from lienthong.common.clock import Clock
from lienthong.common.database import Database, DatabaseAway
from lienthong.common.inbox import store
from lienthong.common.inbox.causes import cause_of, refusal_code
from lienthong.common.inbox.events import CannotTellYet, DeadLetterBox, Effect, ReadRecord
from lienthong.common.inbox.held import HeldState
from lienthong.common.inbox.pages import ArrivalWriter, PageResult
from lienthong.common.inbox.rereading import CANNOT_TELL, Rereading
from lienthong.common.inbox.retries import Retries
from lienthong.common.inbox.settings import InboxSettings
from lienthong.common.inbox.store import Arrival
from lienthong.common.messages.envelope import UnknownEventType
from lienthong.common.pauses import wait_at_most
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry

EVENTS = MetricSpec(
    "lienthong_inbox_events_total",
    MetricKind.COUNTER,
    "Events by outcome: applied, duplicate, ignored (a type not listened to), held, failed (an attempt), dead, refused",
    ("consumer", "outcome"),
)
HELD = MetricSpec(
    "lienthong_inbox_held_events", MetricKind.GAUGE, "Events kept until they can be applied", ("consumer", "state")
)
INBOX_METRICS = (EVENTS, HELD)

_READ_AT_ONCE = 50

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Inbox:
    """Applies the events that one consumer listens to; `effects` by type, other types are passed over.

    `committed` is awaited after a commit that applied something (usually `Outbox.wake`).
    """

    def __init__(
        self,
        consumer: str,
        database: Database,
        *,
        effects: Mapping[str, Effect],
        read: ReadRecord,
        dead_letters: DeadLetterBox,
        clock: Clock,
        telemetry: Telemetry,
        settings: InboxSettings | None = None,
        committed: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.consumer = consumer
        self._settings = settings or InboxSettings()
        self._database = database
        self._effects = effects
        self._read = read
        self._dead_letters = dead_letters
        self._clock = clock
        self._committed = committed
        self._pages = ArrivalWriter(consumer, effects, clock, self._settings)
        self._retries = Retries(consumer, database, effects=effects, read=read, clock=clock, settings=self._settings)
        self._rereading = Rereading(
            consumer, database, self._pages, effects=effects, read=read, clock=clock, account=self._count_page
        )
        self._events = telemetry.metrics.counter(EVENTS)
        self._held = telemetry.metrics.gauge(HELD)
        self._first_seen: dict[tuple[str, int, int], float] = {}

    async def page(self, records: Sequence[Record]) -> None:
        """Store a page: on return every record is applied, held, known or a dead letter, and offsets may be committed.

        Raises DatabaseAway, CannotTellYet or what the dead letters' producer raised: the page must come again.
        """
        arrivals, refused = await self._read_page(records)
        refused += await self._store_patiently(arrivals)
        if refused:
            await self._dead_letters.put(refused)
            self._count("refused", len(refused))
        for record in records:
            self._first_seen.pop(_place(record), None)

    async def retry_waiting(self) -> int:
        """Try held events whose pause is over; answers how many were applied. Raises DatabaseAway."""
        result = await self._retries.run_once()
        self._count("applied", result.applied)
        self._count("failed", result.failed)
        self._count("dead", result.dead)
        if result.applied:
            await self._tell_committed()
        if result.dead:
            log.error("inbox events are dead: replay or skip them", consumer=self.consumer, number=result.dead)
        return result.applied

    async def reread(self) -> int:
        """Read the dead letters that operators asked for; answers how many. Raises DatabaseAway."""
        number = 0
        while await self._rereading.run_once():
            number += 1
        if number:
            await self._tell_committed()
        return number

    async def run_retries(self, stop: asyncio.Event) -> None:
        """Retry held events, read dead letters again, measure and prune until `stop`.

        A duty of the worker role, in any number of processes.
        """
        failures = 0
        pruned_at = -self._settings.prune_every
        while not stop.is_set():
            try:
                await self.retry_waiting()
                await self.reread()
                await self._measure()
                if time.monotonic() - pruned_at >= self._settings.prune_every:
                    await self.prune()
                    pruned_at = time.monotonic()
                failures = 0
            except DatabaseAway as error:
                failures += 1
                log.warning("inbox retries wait for the database", consumer=self.consumer, exc_info=error)
            pause = self._settings.away_pause.delay(failures) if failures else self._settings.poll
            await wait_at_most(stop, pause)

    async def prune(self) -> int:
        """Forget identities that came longer ago than they are kept; answers how many."""
        before = self._clock.now() - self._settings.remembered_for
        await self._rereading.forget(before)
        forgotten = 0
        while True:
            async with self._database.transaction() as connection:
                number = await store.forget(connection, self.consumer, before)
            forgotten += number
            if number == 0:
                return forgotten

    async def _read_page(self, records: Sequence[Record]) -> tuple[list[Arrival], list[DeadLetter]]:
        arrivals: list[Arrival] = []
        refused: list[DeadLetter] = []
        for number, record in enumerate(records, 1):
            try:
                arrivals.append(Arrival.of(record, self._read(record)))
            except CannotTellYet:
                if not self._patience_is_over(record):
                    raise
                refused.append(DeadLetter(record, CANNOT_TELL))
            except UnknownEventType:
                # Well signed by the topic's owner, but of a type that came after this program: others read it.
                self._count("ignored", 1)
            except Exception as error:  # noqa: BLE001  whatever is wrong with one record must not stop the others
                refused.append(DeadLetter(record, refusal_code(error)))
            if number % _READ_AT_ONCE == 0:
                await asyncio.sleep(0)
        return arrivals, refused

    def _patience_is_over(self, record: Record) -> bool:
        first = self._first_seen.setdefault(_place(record), time.monotonic())
        return time.monotonic() - first >= self._settings.patience

    async def _store_patiently(self, arrivals: Sequence[Arrival]) -> list[DeadLetter]:
        """Store the page, waiting a little for a database that is away. Raises DatabaseAway."""
        listened = [arrival for arrival in arrivals if arrival.verified.event.type in self._effects]
        self._count("ignored", len(arrivals) - len(listened))
        failures = 0
        while listened:
            try:
                result = await self._store(listened)
            except DatabaseAway as error:
                failures += 1
                if failures >= self._settings.away_attempts:
                    raise
                log.warning("inbox waits for the database", consumer=self.consumer, exc_info=error)
                await asyncio.sleep(self._settings.away_pause.delay(failures))
            else:
                await self._account(result)
                return result.refused
        return []

    async def _store(self, arrivals: Sequence[Arrival]) -> PageResult:
        try:
            async with self._database.transaction() as connection:
                return await self._pages.write(connection, arrivals, one_by_one=False)
        except DatabaseAway:
            raise
        except Exception as error:  # noqa: BLE001  the second run finds, holds and counts the event that fails
            log.info("inbox page again, event by event", consumer=self.consumer, cause=cause_of(error))
        async with self._database.transaction() as connection:
            return await self._pages.write(connection, arrivals, one_by_one=True)

    async def _account(self, result: PageResult) -> None:
        self._count_page(result)
        if result.applied:
            await self._tell_committed()

    def _count_page(self, result: PageResult) -> None:
        self._count("applied", result.applied)
        self._count("duplicate", result.duplicates)
        self._count("failed", result.failed)
        self._count("held", result.held)

    async def _tell_committed(self) -> None:
        if self._committed is None:
            return
        try:
            await self._committed()
        except DatabaseAway as error:
            log.warning("inbox could not tell of its commit", consumer=self.consumer, exc_info=error)

    async def _measure(self) -> None:
        async with self._database.connection() as connection:
            held = await store.count_held(connection, self.consumer)
        for state in HeldState:
            self._held.labels(self.consumer, state.value).set(held.get(state, 0))

    def _count(self, outcome: str, number: int) -> None:
        if number:
            self._events.labels(self.consumer, outcome).inc(number)


def _place(record: Record) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset
