"""What Kafka refuses for good blocks its key, shows with its cause, and heals once the cause is gone."""

from dataclasses import replace

from lienthong.common.database import Database
from lienthong.common.ids import new_id
from lienthong.common.outbox import Outbox, Outgoing
from lienthong.common.relay.relay import BLOCKED, REFUSALS
from lienthong.common.telemetry import make_telemetry
from lienthong.common.testing.plugin import MakeTopic
from lienthong.common.testing.topics import create_topic

from .harness import QUICK, count, everything_in, outbox_database, put, relaying, until, until_empty

LARGE = b"x" * 3000


async def say(database: Database, topic: str, *records: tuple[str, bytes]) -> None:
    async with database.transaction() as connection:
        await put(connection, Outbox(database), topic, records)


async def causes(database: Database) -> list[str]:
    async with database.connection() as connection:
        return [row["cause"] for row in await connection.fetch("SELECT cause FROM outbox_refusal ORDER BY outbox_id")]


async def test_a_record_that_is_too_large_stops_only_its_key(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    telemetry = make_telemetry("test")
    async with outbox_database(postgres_dsn) as database:
        await say(database, topic, ("a", b"1"), ("large", LARGE), ("a", b"2"), ("large", b"after"), ("b", b"1"))
        settings = replace(QUICK, largest_record=2000)
        async with relaying(database, kafka, settings=settings, telemetry=telemetry):
            await until(lambda: _left(database, 2))
            assert await causes(database) == ["larger than 2000 bytes"]
            await until(lambda: _measured(telemetry.metrics.gauge(BLOCKED), 1))
            assert telemetry.metrics.counter(REFUSALS)._value.get() >= 1
        assert [(r.key, r.value) for r in await everything_in(kafka, topic)] == [
            (b"a", b"1"),
            (b"a", b"2"),
            (b"b", b"1"),
        ]
        async with relaying(database, kafka):
            await until_empty(database)
        assert await count(database, "outbox_refusal") == 0
    assert [r.value for r in await everything_in(kafka, topic)][3:] == [LARGE, b"after"]


async def test_a_record_the_broker_finds_too_large_is_singled_out(
    kafka: str, postgres_dsn: str, topic_prefix: str
) -> None:
    """The client lets it pass, the broker refuses the whole batch: no later record of the key may get before it."""
    topic = f"{topic_prefix}small"
    await create_topic(kafka, topic, settings={"max.message.bytes": "2000"})
    async with outbox_database(postgres_dsn) as database:
        await say(database, topic, ("a", b"1"), ("large", LARGE), ("large", b"after"), ("a", b"2"), ("b", b"1"))
        async with relaying(database, kafka):
            await until(lambda: _left(database, 2))
        assert await causes(database) == ["MessageSizeTooLargeError"]
    values = [(r.key, r.value) for r in await everything_in(kafka, topic)]
    assert values == [(b"a", b"1"), (b"a", b"2"), (b"b", b"1")]


async def test_an_unknown_topic_waits_until_it_exists(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic, topic_prefix: str
) -> None:
    topic, missing = await make_topic(), f"{topic_prefix}missing"
    async with outbox_database(postgres_dsn) as database:
        await say(database, missing, ("a", b"1"), ("a", b"2"), ("b", b"1"))
        await say(database, topic, ("a", b"1"))
        async with relaying(database, kafka):
            await until(lambda: _left(database, 3))
            assert await causes(database) == ["UnknownTopicOrPartitionError"] * 2
            await create_topic(kafka, missing)
            await until_empty(database)
        records = await everything_in(kafka, missing)
    assert [r.value for r in records if r.key == b"a"] == [b"1", b"2"]


async def test_a_reference_to_nothing_stops_only_its_key(kafka: str, postgres_dsn: str, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    async with outbox_database(postgres_dsn) as database:
        async with database.transaction() as connection:
            await Outbox(database).put(connection, [Outgoing(topic, "a", new_id())])
        await say(database, topic, ("a", b"behind"), ("b", b"1"))
        async with relaying(database, kafka):
            await until(lambda: _left(database, 2))
        assert await causes(database) == ["what it refers to is not there"]
    assert [r.value for r in await everything_in(kafka, topic)] == [b"1"]


async def _left(database: Database, rows: int) -> bool:
    return await count(database, "outbox") == rows


async def _measured(gauge: object, value: float) -> bool:
    return gauge._value.get() == value  # type: ignore[attr-defined]
