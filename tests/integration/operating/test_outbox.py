"""A key that Kafka refused is seen with its cause, and tried at once when an operator says so."""

from dataclasses import replace

from tests.integration.relay.harness import QUICK, count, everything_in, outbox_database, put, relaying, until

from lienthong.common.database import Database
from lienthong.common.outbox import Outbox
from lienthong.common.testing.plugin import MakeTopic
from lienthong.common.testing.topics import create_topic

from .operating import Operator

PATIENT = replace(QUICK, refusal_first=3600.0, refusal_cap=7200.0, poll=30.0)
"""A relay that would try a refused key again in an hour, and reads its outbox when it is told to."""


async def say(database: Database, topic: str, *keys: str) -> None:
    async with database.transaction() as connection:
        await put(connection, Outbox(database), topic, [(key, str(n).encode()) for n, key in enumerate(keys)])


async def test_a_blocked_key_is_listed_and_tried_when_an_operator_says_so(
    kafka: str, operator: Operator, make_topic: MakeTopic, topic_prefix: str
) -> None:
    topic, missing = await make_topic(), f"{topic_prefix}missing"
    async with outbox_database(operator.dsn) as database:
        assert await operator.value("outbox", "list") == []
        await say(database, missing, "a", "a", "-b", "a")
        await say(database, topic, "a")
        async with relaying(database, kafka, settings=PATIENT):
            await until(lambda: _blocked(database, 2))
            first, second = sorted(await operator.value("outbox", "list"), key=lambda one: one["key"])
            assert (first["topic"], first["key"], first["behind"]) == (missing, "-b", 0)
            assert (second["topic"], second["key"], second["behind"]) == (missing, "a", 2)
            assert second["cause"] == "UnknownTopicOrPartitionError"
            assert second["retry_at"] > second["since"]
            assert "Thử tiếp" in (await operator.ops("outbox", "list", lang="vi")).out

            await create_topic(kafka, missing)
            other = await operator.ops("outbox", "retry", "a", "--topic", topic)
            assert (other.code, "no_blocked_key" in other.err) == (1, True)
            assert await operator.value("outbox", "retry", "a") == {"retried": [missing], "key": "a"}
            await until(lambda: _blocked(database, 1))
            assert await operator.value("outbox", "retry", "-b") == {"retried": [missing], "key": "-b"}
            await until(lambda: _blocked(database, 0))
        assert (await operator.ops("outbox", "retry", "a")).code == 1
        assert await audited(database) == [
            ("outbox.retry", f"/outbox/{missing}/a"),
            ("outbox.retry", f"/outbox/{missing}/-b"),
        ]
    assert [r.value for r in await everything_in(kafka, missing) if r.key == b"a"] == [b"0", b"1", b"3"]


async def test_a_key_that_is_refused_again_waits_again(kafka: str, operator: Operator, topic_prefix: str) -> None:
    missing = f"{topic_prefix}missing"
    async with outbox_database(operator.dsn) as database:
        await say(database, missing, "a")
        async with relaying(database, kafka, settings=PATIENT):
            await until(lambda: _blocked(database, 1))
            await operator.value("outbox", "retry", "a")
            await until(lambda: _attempts(database, 2))
        (blocked,) = await operator.value("outbox", "list")
    assert blocked["attempts"] == 2


async def audited(database: Database) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch("SELECT act, object FROM audit ORDER BY at")]


async def _blocked(database: Database, number: int) -> bool:
    return await count(database, "outbox_refusal") == number


async def _attempts(database: Database, number: int) -> bool:
    async with database.connection() as connection:
        return await connection.fetchval("SELECT max(attempts) FROM outbox_refusal") == number
