"""A consumer as a worker role has it: real subscriber, real inbox, effects that write one row per event."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from lienthong.common.broker import (
    Backoff,
    BrokerSettings,
    DeadLetters,
    Record,
    ensure_topics,
    make_broker,
    make_producer,
    run_subscriptions,
    subscribe,
)
from lienthong.common.clock import Clock, SystemClock
from lienthong.common.database import COMMON_MIGRATIONS, Connection, Database, migrate
from lienthong.common.inbox import Effect, HeldEvents, Inbox, InboxSettings, VerifiedEvent
from lienthong.common.inbox.inbox import EVENTS
from lienthong.common.messages.topics import dead_letters
from lienthong.common.reading import ServiceEvents
from lienthong.common.telemetry import Telemetry, make_telemetry

from .signed_events import CATALOGUE, TOPIC, Believed, Numbered, Speaker, speaker

QUICK = InboxSettings(
    most_attempts=5,
    pause=Backoff(first=0.05, cap=0.2),
    away_pause=Backoff(first=0.05, cap=0.2),
    away_attempts=3,
    patience=2.0,
    poll=0.05,
)
# `broken` names provoke the failure where it hurts: in the statement of the effect.
_TABLES = """
    CREATE TABLE applied (place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, number int);
    CREATE TABLE broken (name text PRIMARY KEY);
    CREATE FUNCTION refuse_broken() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM broken WHERE name = NEW.name) THEN
            RAISE EXCEPTION 'broken' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse_broken BEFORE INSERT ON applied FOR EACH ROW EXECUTE FUNCTION refuse_broken();
"""


async def apply_number(connection: Connection, verified: VerifiedEvent[Any]) -> None:
    """The effect: one row."""
    data = verified.event.data
    await connection.execute("INSERT INTO applied (name, number) VALUES ($1, $2)", data.name, data.number)


@dataclass
class Bench:
    """Everything a test of the inbox needs, with the acts it is told by."""

    kafka: str
    prefix: str
    database: Database
    producer: AIOKafkaProducer
    telemetry: Telemetry = field(default_factory=lambda: make_telemetry("test"))
    speaker: Speaker = field(default_factory=speaker)
    clock: Clock = field(default_factory=SystemClock)

    @property
    def topic(self) -> str:
        return self.prefix + TOPIC.name

    @property
    def consumer(self) -> str:
        return self.prefix + "consumer"

    @property
    def held(self) -> HeldEvents:
        return HeldEvents(self.database, self.clock)

    async def send(self, name: str, *numbers: int, headers: Sequence[tuple[str, bytes | None]] = ()) -> None:
        """Say numbers under a key that is the name."""
        for number in numbers:
            signed = self.speaker.say(name, number)
            await self.put(name, signed.payload, [("jws-signature", signed.jws.encode()), *headers])

    async def put(self, key: str, value: bytes, headers: Sequence[tuple[str, bytes | None]]) -> None:
        """Any record at all."""
        await self.producer.send_and_wait(self.topic, value, key=key.encode(), headers=list(headers))  # pyright: ignore[reportArgumentType]

    def inbox(
        self, *, effect: Effect = apply_number, believed: Believed | None = None, settings: InboxSettings = QUICK
    ) -> Inbox:
        """An inbox whose only effect is the one given."""
        return Inbox(
            self.consumer,
            self.database,
            effects={Numbered.TYPE: effect},
            read=ServiceEvents(believed or self.speaker.believed(), CATALOGUE, prefix=self.prefix),
            dead_letters=DeadLetters(self.producer, self.consumer, self.telemetry),
            clock=self.clock,
            telemetry=self.telemetry,
            settings=settings,
        )

    @asynccontextmanager
    async def consuming(
        self, inbox: Inbox | None = None, *, group: str = "g", retries: bool = True
    ) -> AsyncGenerator[Inbox]:
        """A worker until the block ends."""
        inbox = inbox or self.inbox()
        broker = make_broker(BrokerSettings(self.kafka, "test"))
        subscription = subscribe(
            broker,
            self.topic,
            self.prefix + group,
            inbox.page,
            telemetry=self.telemetry,
            backoff=Backoff(first=0.05, cap=0.5),
        )
        stop = asyncio.Event()
        running = [asyncio.create_task(run_subscriptions(broker, [subscription], stop))]
        if retries:
            running.append(asyncio.create_task(inbox.run_retries(stop)))
        try:
            yield inbox
        finally:
            stop.set()
            await asyncio.gather(*running)

    async def applied(self) -> list[tuple[str, int]]:
        """What was applied, in order."""
        async with self.database.connection() as connection:
            return [tuple(row) for row in await connection.fetch("SELECT name, number FROM applied ORDER BY place")]

    async def until_applied(self, count: int, seconds: float = 20.0) -> None:
        """Wait until so many events were applied."""
        await until(lambda: self._has_applied(count), seconds)

    async def until_held(self, state: str, count: int, seconds: float = 20.0) -> None:
        """Wait until so many events are held in a state."""

        async def do() -> bool:
            return len([one for one in await self.held.list() if one.state == state]) == count

        await until(do, seconds)

    async def _has_applied(self, count: int) -> bool:
        return len(await self.applied()) >= count

    async def break_(self, name: str) -> None:
        """From now on effects of this name fail."""
        async with self.database.connection() as connection:
            await connection.execute("INSERT INTO broken VALUES ($1)", name)

    async def heal(self, name: str) -> None:
        """Effects of this name succeed again."""
        async with self.database.connection() as connection:
            await connection.execute("DELETE FROM broken WHERE name = $1", name)

    def counted(self, outcome: str) -> float:
        """The counter of an outcome."""
        return self.telemetry.metrics.counter(EVENTS).labels(self.consumer, outcome)._value.get()

    async def dead_letters(self, count: int) -> list[Record]:
        """So many records of the consumer's dead topic."""
        return await read(self.kafka, dead_letters(self.consumer).name, count)


@asynccontextmanager
async def open_bench(kafka: str, dsn: str, prefix: str) -> AsyncGenerator[Bench]:
    """A bench with its topics and tables."""
    await migrate(dsn, COMMON_MIGRATIONS)
    settings = BrokerSettings(kafka, "test")
    producer = make_producer(settings, linger_ms=0)
    await producer.start()
    try:
        async with Database.open(dsn, name="test") as database:
            async with database.connection() as connection:
                await connection.execute(_TABLES)
            bench = Bench(kafka, prefix, database, producer)
            await ensure_topics(settings, [replace(TOPIC, name=bench.topic), dead_letters(bench.consumer)])
            yield bench
    finally:
        await producer.stop()


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  another process may make it true
            await asyncio.sleep(0.05)


async def read(kafka: str, topic: str, count: int, seconds: float = 20.0) -> list[Record]:
    """The first records of a topic."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(seconds):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()
