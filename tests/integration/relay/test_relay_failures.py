"""Relays that are killed, frozen and thawed, and servers that go away, while events are being said.

Nothing may be lost and no first occurrence may stand out of the order of its key; duplicates are allowed.
"""

import asyncio

import asyncpg

from lienthong.common.database import AdvisoryLock, Database
from lienthong.common.outbox import SHARDS
from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.plugin import MakeTopic
from lienthong.common.testing.processes import Processes
from lienthong.common.testing.topics import create_topic

from .harness import (
    count,
    everything_in,
    first_occurrences,
    outbox_database,
    put_numbered,
    relaying,
    start_relay,
    until,
    until_empty,
)

KEYS = [f"agency-{number}" for number in range(100)]
SILENCE = 1.5


async def sharing(database: Database, relays: int) -> None:
    """Wait until so many relays hold shards."""

    async def do() -> bool:
        async with database.connection() as connection:
            return relays == await connection.fetchval(
                """
                SELECT count(DISTINCT pid) FROM pg_locks
                WHERE locktype = 'advisory' AND classid = $1::bigint::oid
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """,
                int(AdvisoryLock.RELAY_SHARDS),
            )

    await until(do)


async def under_way(database: Database, emitted: int) -> None:
    """Wait until so many rows have been sent, so that the fault falls into the middle of the work."""

    async def do() -> bool:
        return await count(database, "emitted") >= emitted

    await until(do)


async def test_one_relay_killed_and_one_frozen_lose_and_reorder_nothing(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic, processes: Processes
) -> None:
    topic = await make_topic(partitions=4)
    async with outbox_database(postgres_dsn) as database:
        killed = start_relay(processes, "killed", postgres_dsn, kafka, SILENCE)
        frozen = start_relay(processes, "frozen", postgres_dsn, kafka, SILENCE)
        await sharing(database, 2)
        saying = asyncio.create_task(put_numbered(database, topic, KEYS, 0, 80, page=100))

        await under_way(database, 800)
        killed.kill()
        await under_way(database, 1600)
        frozen.freeze()
        third = start_relay(processes, "third", postgres_dsn, kafka, SILENCE)
        # Whoever is first ends the frozen one's session: the third, or PostgreSQL if it froze inside a transaction.
        await asyncio.to_thread(third.wait_until, lambda: str(list(range(SHARDS))) in third.output())
        await under_way(database, 3000)
        frozen.thaw()

        await saying
        # A thawed relay finds its connection ended, sends nothing more of what it had, and goes on as a new holder.
        await asyncio.to_thread(frozen.wait_until, lambda: "relay waits for the database" in frozen.output())
        await sharing(database, 2)
        await until_empty(database)
        assert third.terminate() == 0
        assert frozen.terminate() == 0
    assert first_occurrences(await everything_in(kafka, topic)) == {key: list(range(80)) for key in KEYS}


async def test_a_silent_holder_is_ended_by_the_next(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic, processes: Processes
) -> None:
    topic = await make_topic()
    async with outbox_database(postgres_dsn) as database:
        silent = await asyncpg.connect(postgres_dsn)
        for shard in range(SHARDS):
            await silent.execute("SELECT pg_advisory_lock($1, $2)", int(AdvisoryLock.RELAY_SHARDS), shard)
        await put_numbered(database, topic, KEYS, 0, 1)
        relay = start_relay(processes, "relay", postgres_dsn, kafka, SILENCE)
        await until_empty(database)
        assert "relay ended a silent holder" in relay.output()
        assert silent.is_closed()
        assert relay.terminate() == 0


async def test_a_relay_frozen_again_and_again_never_reorders(
    kafka: str, postgres_dsn: str, make_topic: MakeTopic, processes: Processes
) -> None:
    """Both take turns at being silent for longer than the others wait."""
    topic = await make_topic(partitions=2)
    keys = KEYS[:20]
    async with outbox_database(postgres_dsn) as database:
        relays = [start_relay(processes, name, postgres_dsn, kafka, 0.6) for name in ("left", "right")]
        await sharing(database, 2)
        saying = asyncio.create_task(put_numbered(database, topic, keys, 0, 300, page=20))
        for round_ in range(6):
            relay = relays[round_ % 2]
            relay.freeze()
            await asyncio.sleep(0.9)
            relay.thaw()
            await asyncio.sleep(0.3)
        await saying
        await until_empty(database)
        assert all(relay.terminate() == 0 for relay in relays)
    assert first_occurrences(await everything_in(kafka, topic)) == {key: list(range(300)) for key in keys}


async def test_kafka_killed_in_the_middle(private_servers: PrivateServers) -> None:
    servers = private_servers.addresses
    await create_topic(servers.kafka, "events", partitions=4)
    async with outbox_database(servers.postgres) as database, relaying(database, servers.kafka):
        saying = asyncio.create_task(put_numbered(database, "events", KEYS, 0, 30))
        await under_way(database, 500)
        await asyncio.to_thread(private_servers.kill, "kafka")
        await asyncio.sleep(1)
        await asyncio.to_thread(private_servers.restart, "kafka")
        await saying
        await until_empty(database)
        records = await everything_in(servers.kafka, "events")
    assert first_occurrences(records) == {key: list(range(30)) for key in KEYS}


async def test_postgres_restarted_in_the_middle(private_servers: PrivateServers) -> None:
    servers = private_servers.addresses
    await create_topic(servers.kafka, "events", partitions=4)
    async with outbox_database(servers.postgres) as database:
        await put_numbered(database, "events", KEYS, 0, 60)
        async with relaying(database, servers.kafka):
            await under_way(database, 500)
            await asyncio.to_thread(private_servers.restart, "postgres")
            await until_empty(database)
        records = await everything_in(servers.kafka, "events")
    assert first_occurrences(records) == {key: list(range(60)) for key in KEYS}


async def test_kafka_away_at_the_start_and_at_the_stop(private_servers: PrivateServers) -> None:
    """A relay that cannot reach Kafka waits for it, and stops within its time all the same."""
    servers = private_servers.addresses
    await create_topic(servers.kafka, "events")
    async with outbox_database(servers.postgres) as database:
        await put_numbered(database, "events", KEYS, 0, 1)
        await asyncio.to_thread(private_servers.stop, "kafka")
        async with asyncio.timeout(30), relaying(database, servers.kafka):
            await asyncio.sleep(1)
        assert await count(database, "outbox") == len(KEYS)
        await asyncio.to_thread(private_servers.restart, "kafka")
        async with relaying(database, servers.kafka):
            await until_empty(database)
