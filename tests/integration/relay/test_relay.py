"""The relay sends what the outbox holds: everything, in the order of each key, and remembers what it sent."""

import time
from dataclasses import replace

from lienthong.common.database import Database
from lienthong.common.outbox import Bell, Outbox
from lienthong.common.testing.plugin import MakeTopic

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


async def test_everything_arrives_in_the_order_of_its_key(kafka: str, postgres_dsn: str, make_topic: MakeTopic) -> None:
    topic = await make_topic(partitions=4)
    keys = [f"key-{number}" for number in range(50)]
    async with outbox_database(postgres_dsn) as database:
        await put_numbered(database, topic, keys, 0, 20)
        async with relaying(database, kafka):
            await until_empty(database)
        assert await count(database, "emitted") == 1000
    records = await everything_in(kafka, topic)
    assert len(records) == 1000
    assert first_occurrences(records) == {key: list(range(20)) for key in keys}
    assert dict(records[0].headers) == {
        "jws-signature": b"protected..signature",
        "content-type": b"application/cloudevents+json",
    }


async def test_emitted_rows_tell_where_each_record_lies(kafka: str, postgres_dsn: str, make_topic: MakeTopic) -> None:
    topic = await make_topic(partitions=3)
    async with outbox_database(postgres_dsn) as database:
        async with database.transaction() as connection:
            references = await put(connection, Outbox(database), topic, [(f"k{n}", str(n).encode()) for n in range(30)])
        async with relaying(database, kafka):
            await until_empty(database)
        async with database.connection() as connection:
            rows = await connection.fetch("SELECT * FROM emitted ORDER BY id")
    assert [row["reference"] for row in rows] == references
    log = {(record.partition, record.offset): record for record in await everything_in(kafka, topic)}
    for number, row in enumerate(rows):
        record = log[row["partition"], row["log_offset"]]
        assert (record.key, record.value) == (row["key"].encode(), str(number).encode())
        assert list(record.headers) == list(zip(row["header_names"], row["header_values"], strict=True))


async def test_the_bell_wakes_the_relay_of_the_same_process_at_once(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    bell = Bell()
    async with outbox_database(postgres_dsn) as database, relaying(database, kafka, bell=bell):
        await until(lambda: _holds_all(bell))
        await put_numbered(database, topic, ["warm"], 0, 1)
        await until_empty(database)
        begun = time.monotonic()
        outbox = Outbox(database, bell)
        async with database.transaction() as connection:
            await put(connection, outbox, topic, [("k", b"1")])
        await outbox.wake()
        await until_empty(database, pause=0.002)
        assert time.monotonic() - begun < 0.09, "the relay waited for its poll"


async def _holds_all(bell: Bell) -> bool:
    return bell.reaches_everything


async def test_a_relay_elsewhere_is_notified_instead_of_polling(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    """Two pools stand for two processes: the writer's outbox has no bell."""
    topic = await make_topic()
    bell = Bell()
    slow = replace(QUICK, poll=30.0)
    async with (
        outbox_database(postgres_dsn) as database,
        Database.open(postgres_dsn, name="other") as other,
        relaying(database, kafka, bell=bell, settings=slow),
    ):
        await until(lambda: _holds_all(bell))
        async with other.transaction() as connection:
            await put(connection, Outbox(other), topic, [("k", b"1")])
        await Outbox(other).wake()
        await until_empty(database, 5)


async def test_two_relays_share_the_shards(kafka: str, postgres_dsn: str, make_topic: MakeTopic) -> None:
    first, second = Bell(), Bell()

    async def shared() -> bool:
        return len(first.held) == len(second.held) == 4 and not first.held & second.held

    async with outbox_database(postgres_dsn) as database, relaying(database, kafka, bell=first):
        await until(lambda: _holds_all(first))
        async with relaying(database, kafka, bell=second):
            await until(shared)
        await until(lambda: _holds_all(first))


async def test_a_stopped_relay_leaves_nothing_behind(kafka: str, postgres_dsn: str, make_topic: MakeTopic) -> None:
    async with outbox_database(postgres_dsn) as database:
        bell = Bell()
        async with relaying(database, kafka, bell=bell):
            await until(lambda: _holds_all(bell))
        assert await count(database, "relay_holder") == 0
        assert bell.held == frozenset()
