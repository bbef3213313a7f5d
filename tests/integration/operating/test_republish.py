"""A broker is lost with its disk, and its topics are built again from what the services know they have said."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.integration.relay.harness import (
    Record,
    count,
    everything_in,
    outbox_database,
    put,
    put_numbered,
    relaying,
    until_empty,
)

from lienthong.common.clock import to_text
from lienthong.common.database import Database
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import own_topic
from lienthong.common.outbox import Outbox
from lienthong.common.relay import RelaySettings, store
from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.plugin import MakeTopic
from lienthong.common.testing.topics import create_topic

from .operating import Operator

KEYS = [f"agency-{number}" for number in range(20)]
LONG_AGO = to_text(datetime(2020, 1, 1, tzinfo=UTC))


def by_key(records: list[Record]) -> dict[str, list[int]]:
    """Everything a reader finds, key by key in its order, repeats and all."""
    found: dict[str, list[int]] = {}
    for record in records:
        assert record.key is not None
        assert record.value is not None
        found.setdefault(record.key.decode(), []).append(int(record.value))
    return found


def sealed(records: list[Record]) -> set[tuple[Any, ...]]:
    """Records as readers check them: key, bytes, headers."""
    return {(record.key, record.value, record.headers) for record in records}


async def test_a_broker_lost_with_its_disk_is_built_again_in_the_order_of_each_key(
    private_servers: PrivateServers,
) -> None:
    servers = private_servers.addresses
    operator = Operator(servers.kafka, servers.postgres)
    command = ("republish", "--topic", "events", "--since", LONG_AGO)
    await create_topic(servers.kafka, "events", partitions=4)
    async with outbox_database(servers.postgres) as database:
        async with relaying(database, servers.kafka):
            await put_numbered(database, "events", KEYS, 0, 30)
            await until_empty(database)
            running = await operator.ops(*command, "--yes")
            assert (running.code, "relay_runs" in running.err) == (1, True)
        before = await everything_in(servers.kafka, "events")
        await put_numbered(database, "events", KEYS, 30, 35)  # nobody sent these yet
        await asyncio.to_thread(private_servers.lose, "kafka")
        await create_topic(servers.kafka, "events", partitions=4)
        assert await everything_in(servers.kafka, "events") == []

        told = await operator.value(*command, "--dry-run")
        assert (told["republished"], told["rows"], told["keys"], told["behind"]) == (False, 600, 20, 100)
        assert (await operator.ops(*command, answer="n\n")).code != 0
        assert (await operator.ops(*command, "--json")).code == 2, "programs are asked nothing"
        assert await count(database, "emitted") == 600
        done = await operator.value(*command, "--yes")
        assert done == {**told, "republished": True}
        again = await operator.value(*command, "--yes")
        assert (again["rows"], await count(database, "outbox")) == (0, 700), "what was moved is not moved again"

        async with relaying(database, servers.kafka):
            await put_numbered(database, "events", KEYS, 35, 37)
            await until_empty(database)
        after = await everything_in(servers.kafka, "events")
        assert by_key(after) == {key: list(range(37)) for key in KEYS}
        assert sealed(before) <= sealed(after), "the same bytes, the same headers"
        assert await count(database, "emitted") == 740
        acts = await _column(database, "SELECT act || ' ' || object FROM audit")
        assert set(acts) == {"outbox.republish /topics/events"}


async def test_only_what_was_sent_since_goes_again_and_of_other_topics_nothing(
    kafka: str, operator: Operator, make_topic: MakeTopic
) -> None:
    topic, other = await make_topic("topic"), await make_topic("other")
    async with outbox_database(operator.dsn) as database:
        async with relaying(database, kafka):
            await put_numbered(database, other, ["a"], 0, 3)
            await put_numbered(database, topic, ["a", "b"], 0, 3)
            await until_empty(database)
            (since,) = await _column(database, "SELECT clock_timestamp()")
            await put_numbered(database, topic, ["a"], 3, 5)
            await until_empty(database)
        assert (await operator.ops("republish", "--topic", topic, "--yes")).code == 2, "a time is needed"
        moment = to_text(since + timedelta(milliseconds=1))
        assert (await operator.value("republish", "--topic", topic, "--since", moment, "--yes"))["rows"] == 2
        async with relaying(database, kafka):
            await until_empty(database)
        assert by_key(await everything_in(kafka, topic)) == {"a": [0, 1, 2, 3, 4, 3, 4], "b": [0, 1, 2]}
        assert by_key(await everything_in(kafka, other)) == {"a": [0, 1, 2]}


async def test_all_own_topics_or_everything_goes_again_each_key_of_each_topic_in_its_order(
    kafka: str, operator: Operator, make_topic: MakeTopic
) -> None:
    everybodys = await make_topic()
    one, other = (str(new_id()) for _ in range(2))
    own = sorted(own_topic(UUID(agency), lane).name for agency in (one, other) for lane in Lane)
    for topic in own:
        await create_topic(kafka, topic, partitions=1)
    async with outbox_database(operator.dsn) as database:
        async with relaying(database, kafka):
            for topic in own:
                await put_numbered(database, topic, [topic.split(".")[1]], 0, 3)
            await put_numbered(database, everybodys, [one, other], 0, 3)
            await until_empty(database)
        await put_numbered(database, own[0], [own[0].split(".")[1]], 3, 4)  # nobody sent this yet
        command = ("republish", "--own-topics", "--since", LONG_AGO)
        people = await operator.ops(*command, "--dry-run")
        assert (people.code, "topics: 4" in people.out) == (0, True), people.out + people.err
        told = await operator.value(*command, "--yes")
        assert (told["topics"], told["rows"], told["keys"], told["behind"]) == (own, 12, 4, 1)
        async with relaying(database, kafka):
            await until_empty(database)
        assert by_key(await everything_in(kafka, own[0])) == {own[0].split(".")[1]: [0, 1, 2, 0, 1, 2, 3]}
        assert len(await everything_in(kafka, everybodys)) == 6
        told = await operator.value("republish", "--all", "--yes")
        assert (told["topics"], told["rows"]) == (sorted([everybodys, *own]), 19)
        acts = await _column(database, "SELECT DISTINCT object FROM audit WHERE act = 'outbox.republish' ORDER BY 1")
        assert acts == sorted(f"/topics/{topic}" for topic in [everybodys, *own])


async def test_the_newest_of_each_key_is_kept_however_old_and_goes_again_to_a_compacted_topic(
    kafka: str, operator: Operator
) -> None:
    topic = "accounts.agency.v1"
    async with outbox_database(operator.dsn) as database:
        async with database.transaction() as connection:
            records = [(key, str(number).encode()) for number in range(3) for key in ("a", "b")]
            await put(connection, Outbox(database), topic, records)
            await connection.execute(_AS_IF_SENT_LAST_YEAR)
            assert await store.prune(connection, RelaySettings()) == 4
            assert await store.prune(connection, RelaySettings()) == 0
        refused = await operator.ops("republish", "--all", "--since", LONG_AGO, "--yes")
        assert (refused.code, "--since" in refused.err) == (2, True), "an older state would be missing"
        assert (await operator.value("republish", "--topic", topic, "--yes"))["rows"] == 2
        values = await _column(
            database, "SELECT convert_from(e.payload, 'UTF8') FROM outbox o JOIN event e ON e.id = o.reference"
        )
        assert values == ["2", "2"]


_AS_IF_SENT_LAST_YEAR = """
    WITH gone AS (DELETE FROM outbox RETURNING id, topic, key, reference)
    INSERT INTO emitted (id, topic, key, reference, header_names, header_values, partition, emitted_at)
    SELECT id, topic, key, reference, '{}', '{}', 0, clock_timestamp() - interval '1 year' FROM gone
"""


async def _column(database: Database, query: str) -> list[Any]:
    async with database.connection() as connection:
        return [row[0] for row in await connection.fetch(query)]
