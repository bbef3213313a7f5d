"""Many readers wait: they are given what came for them together, each its own, and nobody waits for another's sake."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
from tests.integration.exchange.world import Agency, Entry, World

from lienthong.common.messages.document import Lane

_HELD = "SELECT 1 FROM inbox_reading WHERE agency_id = $1 FOR UPDATE"
_EAR = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%inbox bell'"
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


async def test_what_one_of_two_readers_of_an_inbox_was_given_can_be_acknowledged(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    await read_once(recipient)
    for n in (1, 4, 7, 10, 13):
        small = [asyncio.create_task(recipient.read(after=n, wait=20, limit=1)) for _ in range(6)]
        whole = asyncio.create_task(wait_behind(recipient, n))
        await asyncio.sleep(0.15)
        await sender.post_batch([sender.message(recipient) for _ in range(3)])
        last = (await whole)[-1].n
        await asyncio.gather(*small)
        assert (await recipient.acknowledge(last)).status_code == 200
        await recipient.read(after=n)


async def test_who_loses_its_grant_while_it_is_served_gets_nothing(world: World) -> None:
    sender, reader = await world.agencies(2)
    await sender.send(reader)
    await read_once(reader)
    await sender.send(reader)
    headers = reader.headers
    async with inbox_held(world, reader):
        asking = asyncio.create_task(world.http.get("/v1/inbox/ordinary", params={"after": 1}, headers=headers))
        await asyncio.sleep(0.3)
        await world.tell([world.voice.client(reader.client_id, [sender.id], version=2)])

        async def is_known() -> bool:
            return (await world.http.get(f"/v1/inbox/{Lane.URGENT}", headers=headers)).status_code == 403

        await world.until(is_known, "the consent is withdrawn", seconds=2)
        assert not asking.done()
    answer = await asking
    assert (answer.status_code, answer.json()["code"]) == (403, "agency_not_granted")


async def test_a_process_that_loses_its_ear_listens_again_at_once(world: World) -> None:
    (ear,) = await world.rows(_EAR)
    await world.rows("SELECT pg_terminate_backend($1)", ear["pid"])

    async def listens() -> bool:
        return [row["pid"] for row in await world.rows(_EAR)] not in ([], [ear["pid"]])

    await world.until(listens, "somebody listens again", seconds=3)
