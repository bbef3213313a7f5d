"""What is urgent waits for nothing ordinary, and what is ordinary goes on beside whatever is urgent."""

import asyncio
import time
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from lienthong.common.broker import Backoff
from lienthong.common.database import Database
from lienthong.common.outbox import Bell, Outbox
from lienthong.common.relay import RelaySettings
from lienthong.common.testing.plugin import MakeTopic
from lienthong.common.testing.topics import create_topic

from .harness import (
    QUICK,
    count,
    everything_in,
    first_occurrences,
    outbox_database,
    put,
    put_numbered,
    relaying,
    until,
    until_empty,
)

BULK = 50_000
KEYS = [f"agency-{number}" for number in range(40)]

_SEED = """
    WITH new AS (
        INSERT INTO event (id, source, type, payload, jws, said_at)
        SELECT gen_random_uuid(), '/services/test', 'test', convert_to(repeat('x', 2000), 'UTF8'), 'a..b', now()
        FROM generate_series(1, $1)
        RETURNING id
    )
    INSERT INTO outbox (topic, key, reference)
    SELECT $2, 'agency-' || row_number() OVER () % 40, id FROM new
"""


async def waiting(database: Database, topic: str) -> int:
    async with database.connection() as connection:
        return await connection.fetchval("SELECT count(*) FROM outbox WHERE topic = $1", topic) or 0


async def time_to_kafka(database: Database, bell: Bell, topic: str, consumer: AIOKafkaConsumer, number: int) -> float:
    """Seconds from the commit until a reader has the record."""
    outbox = Outbox(database, bell)
    async with database.transaction() as connection:
        await put(connection, outbox, topic, [("agency-1", str(number).encode())])
    begun = time.monotonic()
    await outbox.wake()
    async with asyncio.timeout(60):
        record = await consumer.getone()
    assert record.value == str(number).encode()
    return time.monotonic() - begun


@pytest.mark.requirement("QD28-6")
async def test_fifty_thousand_ordinary_records_do_not_delay_an_urgent_one(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    ordinary, urgent = await make_topic("x.ordinary.v1", partitions=8), await make_topic("x.urgent.v1")
    bell = Bell()
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    consumer.assign([TopicPartition(urgent, 0)])
    await consumer.seek_to_beginning()
    async with (
        outbox_database(postgres_dsn) as database,
        relaying(database, kafka, bell=bell, settings=RelaySettings()),
    ):
        await until(lambda: _holds_all(bell))
        await put_numbered(database, ordinary, KEYS, 0, 1)
        alone = [await time_to_kafka(database, bell, urgent, consumer, number) for number in range(6)][1:]
        async with database.transaction() as connection:
            await connection.execute(_SEED, BULK, ordinary)
        bell.ring()
        await until(lambda: _has_begun(database, ordinary))
        behind = [await time_to_kafka(database, bell, urgent, consumer, number) for number in range(6, 11)]
        left = await waiting(database, ordinary)
        print(f"alone {alone}, behind {BULK} {behind}, {left} left")
        assert left > BULK // 5, "the bulk was gone before the urgent records were measured"
        assert sorted(behind)[2] < max(0.5, 10 * sorted(alone)[2])
        assert max(behind) < 2
    await consumer.stop()


async def _holds_all(bell: Bell) -> bool:
    return bell.reaches_everything


async def _has_begun(database: Database, topic: str) -> bool:
    return await waiting(database, topic) < BULK - 500


async def test_what_is_ordinary_flows_under_a_steady_stream_of_urgent_records(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    ordinary, urgent = await make_topic("x.ordinary.v1", partitions=2), await make_topic("x.urgent.v1", partitions=2)
    async with outbox_database(postgres_dsn) as database:
        await put_numbered(database, urgent, KEYS, 0, 25)
        over = asyncio.Event()

        async def stream() -> int:
            number = 25
            while not over.is_set():  # never fewer than a page of urgent rows waits
                if await waiting(database, urgent) < 1000:
                    await put_numbered(database, urgent, KEYS, number, number + 25)
                    number += 25
                await asyncio.sleep(0.005)
            return number

        streaming = asyncio.create_task(stream())
        async with relaying(database, kafka):
            await put_numbered(database, ordinary, KEYS, 0, 50)
            await until(lambda: _is_sent(database, ordinary))
            assert await waiting(database, urgent) > 0
            over.set()
            last = await streaming
            await until_empty(database)
    assert first_occurrences(await everything_in(kafka, ordinary)) == {key: list(range(50)) for key in KEYS}
    assert first_occurrences(await everything_in(kafka, urgent)) == {key: list(range(last)) for key in KEYS}


async def test_a_lane_whose_pages_fail_does_not_hold_the_other_up(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic, topic_prefix: str
) -> None:
    """The broker refuses batch after batch of the ordinary lane, and its relay pauses for a minute."""
    ordinary, urgent = f"{topic_prefix}small.ordinary.v1", await make_topic("x.urgent.v1")
    await create_topic(kafka, ordinary, settings={"max.message.bytes": "2000"})
    patient = replace(QUICK, away_pause=Backoff(first=60.0, cap=60.0))
    async with outbox_database(postgres_dsn) as database, relaying(database, kafka, settings=patient):
        async with database.transaction() as connection:
            await put(connection, Outbox(database), ordinary, [("large", b"x" * 3000), ("a", b"1")])
        await asyncio.sleep(1)
        assert await waiting(database, ordinary) == 2
        await put_numbered(database, urgent, KEYS, 0, 3)
        await until(lambda: _is_sent(database, urgent), 5)
        assert await waiting(database, ordinary) == 2


async def _is_sent(database: Database, topic: str) -> bool:
    return await waiting(database, topic) == 0


async def test_shards_change_hands_between_the_pages_of_both_lanes(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    topics = [await make_topic(f"x.{lane}.v1", partitions=2) for lane in ("ordinary", "urgent")]
    async with outbox_database(postgres_dsn) as database, relaying(database, kafka):
        saying = [asyncio.create_task(put_numbered(database, topic, KEYS, 0, 100, page=100)) for topic in topics]
        for _ in range(4):
            async with relaying(database, kafka):
                await asyncio.sleep(0.4)
            await asyncio.sleep(0.2)
        await asyncio.gather(*saying)
        await until_empty(database)
        assert await count(database, "emitted") == 2 * 100 * len(KEYS)
    for topic in topics:
        records = await everything_in(kafka, topic)
        assert first_occurrences(records) == {key: list(range(100)) for key in KEYS}
        assert len(records) == 100 * len(KEYS), "nobody died: nothing was sent twice"
