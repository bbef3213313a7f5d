"""Many readers wait: they are given what came for them together, each its own, and nobody waits for another's sake."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
from tests.integration.exchange.world import Agency, Entry, World

_HELD = "SELECT 1 FROM inbox_reading WHERE agency_id = $1 FOR UPDATE"
_ON_RECORD = "SELECT count(*) FROM audit WHERE act = 'inbox.read' AND who = ANY($1)"


async def read_once(agency: Agency) -> None:
    """Whoever has read before has a row that says how far."""
    assert len(await agency.read_all()) == 1


async def wait_behind(agency: Agency, after: int) -> list[Entry]:
    """What comes next."""
    entries, head = await agency.read(after=after, wait=30)
    assert head["n"] == entries[-1].n
    return entries


@asynccontextmanager
async def inbox_held(world: World, agency: Agency) -> AsyncGenerator[None]:
    """Somebody else is about to note how far the inbox was read, for as long as the block runs."""
    connection = await asyncpg.connect(world.dsn)
    try:
        async with connection.transaction():
            await connection.fetch(_HELD, agency.id)
            yield
    finally:
        await connection.close()


async def test_each_waiting_reader_gets_its_own_entries_and_they_are_on_record(world: World) -> None:
    sender, *recipients = await world.agencies(13)
    await sender.send(*recipients)
    await asyncio.gather(*map(read_once, recipients))
    waiting = [asyncio.create_task(wait_behind(recipient, 1)) for recipient in recipients]
    await asyncio.sleep(0.5)
    sent = await sender.send(*recipients)
    async with asyncio.timeout(5):
        given = await asyncio.gather(*waiting)
    assert [[entry.message for entry in entries] for entries in given] == [[sent]] * len(recipients)
    (row,) = await world.rows(_ON_RECORD, [recipient.identity.source for recipient in recipients])
    assert row["count"] == 2 * len(recipients)
    answers = await asyncio.gather(*(recipient.acknowledge(2) for recipient in recipients))
    assert {answer.status_code for answer in answers} == {200}


async def test_a_reader_goes_on_from_entry_to_entry(world: World) -> None:
    sender, recipient = await world.agencies(2)

    async def follow() -> list[Entry]:
        entries = list[Entry]()
        while len(entries) < 30:
            entries += await wait_behind(recipient, len(entries))
        return entries

    following = asyncio.create_task(follow())
    sent = [await sender.send(recipient) for _ in range(30)]
    async with asyncio.timeout(10):
        entries = await following
    assert [entry.message for entry in entries] == sent
    assert [entry.n for entry in entries] == list(range(1, 31))


async def test_nobody_waits_for_an_inbox_that_somebody_holds(world: World) -> None:
    sender, held, free = await world.agencies(3)
    await sender.send(held, free)
    await asyncio.gather(read_once(held), read_once(free))
    async with inbox_held(world, held):
        waiting, other = (asyncio.create_task(wait_behind(each, 1)) for each in (held, free))
        await asyncio.sleep(0.5)
        sent = await sender.send(held, free)
        async with asyncio.timeout(2):
            entries = await other
        assert [entry.message for entry in entries] == [sent]
        assert not waiting.done()
    async with asyncio.timeout(3):
        entries = await waiting
    assert [entry.message for entry in entries] == [sent]
