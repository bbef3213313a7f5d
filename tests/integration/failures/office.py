"""A service that reads what agencies say on the bus, as services of the platform do: follower, subscriptions, inbox."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integration.failures.records import read_all

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
from lienthong.common.clock import SystemClock
from lienthong.common.database import COMMON_MIGRATIONS, Connection, Database, migrate
from lienthong.common.inbox import Effect, Inbox, InboxSettings, VerifiedEvent
from lienthong.common.inbox.inbox import EVENTS
from lienthong.common.messages.exchange import EXCHANGED
from lienthong.common.messages.topics import DOCUMENTS, STATUSES, dead_letters
from lienthong.common.reading import AgencyMessages
from lienthong.common.signing import TrustStore
from lienthong.common.signing.certificate import Certificate
from lienthong.common.telemetry import Telemetry, make_telemetry
from lienthong.common.testing.databases import create_database, drop_database
from lienthong.common.trust import TrustFollower

TOPICS = (*DOCUMENTS.values(), *STATUSES.values())
_QUICK = InboxSettings(
    pause=Backoff(first=0.05, cap=0.5), away_pause=Backoff(first=0.05, cap=0.5), patience=3.0, poll=0.05
)
_TABLE = """
    CREATE TABLE received (
        place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source text, id uuid, UNIQUE (source, id)
    )
"""


@dataclass
class Office:
    """What it has received stands in its own database; `pause` makes it slow, in seconds per message of `slow_at`."""

    kafka: str
    dsn: str
    anchors: Sequence[Certificate]
    consumer: str
    database: Database
    pause: float = 0
    slow_at: str = ""
    telemetry: Telemetry = field(default_factory=lambda: make_telemetry("office"))

    async def received(self) -> list[tuple[str, str]]:
        """Source and id of every message, in the order they were applied."""
        async with self.database.connection() as connection:
            rows = await connection.fetch("SELECT source, id FROM received ORDER BY place")
        return [(row["source"], str(row["id"])) for row in rows]

    async def received_from(self, source: str) -> list[str]:
        """Ids of one sender's messages."""
        return [message_id for sender, message_id in await self.received() if sender == source]

    async def until_received(self, wanted: set[str], seconds: float = 30.0) -> None:
        """Wait until each of these messages is there. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not wanted <= {message_id for _, message_id in await self.received()}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def dead(self, values: set[bytes | None], count: int, seconds: float = 20.0) -> list[Record]:
        """Its dead letters with these values, once there are so many. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                letters = await read_all(self.kafka, dead_letters(self.consumer))
                if len(found := [letter for letter in letters if letter.value in values]) >= count:
                    return found
                await asyncio.sleep(0.1)

    def counted(self, outcome: str) -> float:
        """The inbox's counter of an outcome."""
        return self.telemetry.metrics.counter(EVENTS).labels(self.consumer, outcome)._value.get()

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Read until the block ends."""
        settings, clock, stop = BrokerSettings(self.kafka, self.consumer), SystemClock(), asyncio.Event()
        trust = TrustFollower(settings, TrustStore(self.anchors), clock, self.telemetry)
        running = [asyncio.create_task(trust.run(stop))]
        producer = make_producer(settings)
        await producer.start()
        try:
            await trust.wait_ready()
            inbox = self._inbox(
                AgencyMessages(trust, environment="training"), DeadLetters(producer, self.consumer, self.telemetry)
            )
            broker = make_broker(settings)
            subscriptions = [
                subscribe(broker, topic.name, f"{self.consumer}.{topic.name}", inbox.page, telemetry=self.telemetry)
                for topic in TOPICS
            ]
            running += [
                asyncio.create_task(run_subscriptions(broker, subscriptions, stop)),
                asyncio.create_task(inbox.run_retries(stop)),
            ]
            yield
        finally:
            stop.set()
            await asyncio.gather(*running)
            await producer.stop()

    def _inbox(self, reads: AgencyMessages, dead: DeadLetters) -> Inbox:
        async def keep(connection: Connection, verified: VerifiedEvent[Any]) -> None:
            event = verified.event
            if event.source == self.slow_at:
                await asyncio.sleep(self.pause)
            await connection.execute("INSERT INTO received (source, id) VALUES ($1, $2)", event.source, event.id)

        effects: dict[str, Effect] = {said.TYPE: keep for said in EXCHANGED}
        return Inbox(
            self.consumer,
            self.database,
            effects=effects,
            read=reads,
            dead_letters=dead,
            clock=SystemClock(),
            telemetry=self.telemetry,
            settings=_QUICK,
        )


@asynccontextmanager
async def open_office(
    kafka: str,
    postgres: str,
    anchors: Sequence[Certificate],
    *,
    name: str = "office",
    pause: float = 0,
    slow_at: str = "",
) -> AsyncGenerator[Office]:
    """An office with a database and a topic of dead letters of its own."""
    dsn = await asyncio.to_thread(create_database, postgres, name)
    consumer = dsn.partition("?")[0].rpartition("/")[2]
    await migrate(dsn, COMMON_MIGRATIONS)
    await ensure_topics(BrokerSettings(kafka, consumer), [dead_letters(consumer)])
    async with Database.open(dsn, name=name) as database:
        async with database.connection() as connection:
            await connection.execute(_TABLE)
        yield Office(kafka, dsn, anchors, consumer, database, pause, slow_at)
    await asyncio.to_thread(drop_database, dsn)
