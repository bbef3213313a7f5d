"""What the relay's tests share: a database with an outbox, numbered rows by key, and what a topic holds in the end."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from lienthong.common.broker import Backoff, BrokerSettings, make_producer
from lienthong.common.database import COMMON_MIGRATIONS, Connection, Database, DatabaseAway, migrate
from lienthong.common.ids import new_id
from lienthong.common.outbox import Bell, Outbox, Outgoing
from lienthong.common.relay import Relay, RelaySettings
from lienthong.common.telemetry import Telemetry, make_telemetry
from lienthong.common.testing.processes import ChildProcess, Processes

QUICK = RelaySettings(
    page=200,
    slice=50,
    poll=0.1,
    beat=0.1,
    silence=2.0,
    away_pause=Backoff(first=0.05, cap=0.5),
    refusal_first=0.5,
    stop_within=5.0,
)
Record = ConsumerRecord[bytes, bytes]

_STORE = """
    INSERT INTO event (id, source, type, payload, jws, said_at)
    SELECT id, '/services/test', 'test', payload, 'protected..signature', now()
    FROM unnest($1::uuid[], $2::bytea[]) AS new (id, payload)
"""


@asynccontextmanager
async def outbox_database(dsn: str) -> AsyncGenerator[Database]:
    """A database with the common tables."""
    await migrate(dsn, COMMON_MIGRATIONS)
    async with Database.open(dsn, name="test") as database:
        yield database


async def put(connection: Connection, outbox: Outbox, topic: str, records: Iterable[tuple[str, bytes]]) -> list[UUID]:
    """Store (key, value) pairs as own events and put their rows, in this order."""
    pairs = [(new_id(), key, value) for key, value in records]
    await connection.execute(_STORE, [one for one, _, _ in pairs], [value for _, _, value in pairs])
    await outbox.put(connection, [Outgoing(topic, key, reference) for reference, key, _ in pairs])
    return [reference for reference, _, _ in pairs]


async def put_numbered(
    database: Database, topic: str, keys: Sequence[str], first: int, last: int, *, page: int = 200
) -> None:
    """For every key the values first…last-1, number by number, in transactions of `page` rows."""
    outbox = Outbox(database)
    wanted = [(key, str(number).encode()) for number in range(first, last) for key in keys]
    for start in range(0, len(wanted), page):
        async with database.transaction() as connection:
            await put(connection, outbox, topic, wanted[start : start + page])
        await outbox.wake()


@asynccontextmanager
async def relaying(
    database: Database,
    kafka: str,
    *,
    settings: RelaySettings = QUICK,
    bell: Bell | None = None,
    telemetry: Telemetry | None = None,
    relay: Callable[..., Relay] = Relay,
) -> AsyncGenerator[asyncio.Task[None]]:
    """A relay in this process until the block ends."""
    broker = BrokerSettings(kafka, "relay", request_timeout_ms=5000)
    made = relay(
        database, lambda: make_producer(broker), telemetry or make_telemetry("test"), settings=settings, bell=bell
    )
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    try:
        yield running
    finally:
        stop.set()
        await running


def start_relay(processes: Processes, name: str, dsn: str, kafka: str, silence: float) -> ChildProcess:
    """A relay in a process of its own."""
    program = Path(__file__).with_name("relay_process.py")
    return processes.start([sys.executable, str(program), dsn, kafka, str(silence)], name=name)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30.0, pause: float = 0.05) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  another process may make it true
            await asyncio.sleep(pause)


async def count(database: Database, table: str) -> int:
    """Rows of a table."""
    async with database.connection() as connection:
        return await connection.fetchval(f"SELECT count(*) FROM {table}") or 0


async def until_empty(database: Database, seconds: float = 60.0, pause: float = 0.05) -> None:
    """Wait until the outbox has no row."""

    async def is_empty() -> bool:
        try:
            return await count(database, "outbox") == 0
        except DatabaseAway:  # a test that restarts the server
            return False

    await until(is_empty, seconds, pause)


async def everything_in(kafka: str, topic: str) -> list[Record]:
    """All records of a topic; each partition in its order."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        records: list[Record] = []
        while any([await consumer.position(one) < ends[one] for one in ends]):
            for page in (await consumer.getmany(timeout_ms=500)).values():
                records += page
        return records
    finally:
        await consumer.stop()


def first_occurrences(records: Sequence[Record]) -> dict[str, list[int]]:
    """The numbers of each key in the order in which they appeared for the first time."""
    seen: dict[str, list[int]] = {}
    known: set[tuple[bytes, bytes]] = set()
    for record in records:
        assert record.key is not None
        assert record.value is not None
        if (record.key, record.value) not in known:
            known.add((record.key, record.value))
            seen.setdefault(record.key.decode(), []).append(int(record.value))
    return seen
