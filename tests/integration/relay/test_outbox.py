"""Ids of one key are drawn in the order in which its writers commit, whoever they are."""

import asyncio
from collections.abc import AsyncGenerator

import asyncpg
import pytest
from pydantic import BaseModel

from lienthong.common.database import Connection, Database
from lienthong.common.ids import new_id
from lienthong.common.messages.envelope import Event
from lienthong.common.outbox import SHARDS, Bell, Outbox, Outgoing, Sent, bucket_of, own_events
from lienthong.common.signing import SignedBytes

from .harness import outbox_database


@pytest.fixture
async def database(postgres_dsn: str) -> AsyncGenerator[Database]:
    async with outbox_database(postgres_dsn) as opened:
        yield opened


async def ids(database: Database) -> list[tuple[int, str, str]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT id, topic, key FROM outbox ORDER BY id")
    return [tuple(row) for row in rows]


def row(key: str, topic: str = "topic") -> Outgoing:
    return Outgoing(topic, key, new_id())


async def test_a_second_writer_of_a_key_waits_for_the_first_to_commit(database: Database) -> None:
    outbox = Outbox(database)
    first_has_put, first_may_commit = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.transaction() as connection:
            await outbox.put(connection, [row("key", "first")])
            first_has_put.set()
            await first_may_commit.wait()

    async def second() -> None:
        await first_has_put.wait()
        async with database.transaction() as connection:
            await outbox.put(connection, [row("key", "second")])

    writers = asyncio.gather(first(), second())
    await first_has_put.wait()
    await asyncio.sleep(0.2)
    assert await ids(database) == [], "the second writer did not wait"
    first_may_commit.set()
    await writers
    assert [topic for _, topic, _ in await ids(database)] == ["first", "second"]


async def test_writers_of_many_keys_in_any_order_never_deadlock(database: Database) -> None:
    outbox = Outbox(database)
    keys = [f"key-{number}" for number in range(60)]

    async def write(order: list[str]) -> None:
        async with database.transaction() as connection:
            await outbox.put(connection, [row(key) for key in order])

    async with asyncio.timeout(20):
        await asyncio.gather(*(write(keys if number % 2 else keys[::-1]) for number in range(40)))
    assert len(await ids(database)) == 40 * 60


async def test_rows_keep_the_order_in_which_they_were_put(database: Database) -> None:
    async with database.transaction() as connection:
        await Outbox(database).put(connection, [row(f"key-{number:03}") for number in range(500)])
    assert [key for _, _, key in await ids(database)] == [f"key-{number:03}" for number in range(500)]


async def test_a_rolled_back_transaction_says_nothing(database: Database) -> None:
    async def put_and_fail() -> None:
        async with database.transaction() as connection:
            await Outbox(database).put(connection, [row("key")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await put_and_fail()
    assert await ids(database) == []


async def test_the_database_puts_a_key_into_the_shard_of_its_bucket(database: Database) -> None:
    keys = [f"key-{number}" for number in range(300)] + ["Đà Nẵng", "ủy ban"]
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT key, outbox_shard(key) FROM unnest($1::text[]) AS key", keys)
    assert {row["key"]: row["outbox_shard"] for row in rows} == {key: bucket_of(key) % SHARDS for key in keys}


async def test_no_writer_can_choose_a_shard(database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(asyncpg.GeneratedAlwaysError):
            await connection.execute(
                "INSERT INTO outbox (topic, key, reference, shard) VALUES ('t', 'k', gen_random_uuid(), 1)"
            )


async def test_an_own_event_is_stored_as_it_was_signed(database: Database, service_event: Event[BaseModel]) -> None:
    payload = '{"id":  "not re-serialised", "name": "Đắk Lắk"}'.encode()
    async with database.transaction() as connection:
        signed = SignedBytes(payload, "protected..signature")
        await Outbox(database).say(connection, "accounts.agency.v1", "key", signed, service_event)
        sent = Sent("accounts.agency.v1", "key", service_event.id)
        found = await own_events(connection, [sent, sent._replace(reference=new_id())])
        references = await _references(connection)
    assert references == [service_event.id]
    assert set(found) == {sent}
    assert found[sent].value == payload
    assert found[sent].headers[0] == ("jws-signature", b"protected..signature")


async def test_an_event_of_an_agency_is_never_an_own_one(database: Database, agency_event: Event[BaseModel]) -> None:
    async with database.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await Outbox(database).say(connection, "topic", "key", SignedBytes(b"{}", "a..b"), agency_event)


async def test_waking_without_a_relay_beside_notifies_once(postgres_dsn: str, database: Database) -> None:
    heard: list[object] = []

    def hear(*what: object) -> None:
        heard.append(what)

    async with database.session("listener") as listener:
        await listener.add_listener("lienthong_outbox", hear)
        await Outbox(database).wake()
        bell = Bell()
        ears = [bell.ear(), bell.ear()]
        bell.held = frozenset(range(SHARDS))
        await Outbox(database, bell).wake()
        await listener.fetchval("SELECT 1")
        await asyncio.sleep(0.05)
    assert len(heard) == 1, "a relay of the same process that holds everything needs no NOTIFY"
    for ear in ears:
        await asyncio.wait_for(ear.wait(60), 1)
        ear.quiet()


async def _references(connection: Connection) -> list[object]:
    return [found["reference"] for found in await connection.fetch("SELECT reference FROM outbox")]
