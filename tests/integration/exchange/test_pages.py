"""Pages in the database: a bad line fails alone, circles of waiting do not form, gaps cannot be committed."""

import asyncio
import random
from collections import Counter

import asyncpg
import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World

from lienthong.common.ids import new_id

_BREAK = """
    CREATE FUNCTION break_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.message_id = '{message_id}' THEN RAISE EXCEPTION 'provoked'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER break_{name} BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION break_{name}();
"""


async def test_a_line_that_the_database_does_not_take_fails_alone(world: World) -> None:
    sender, recipient = await world.agencies(2)
    events = [sender.event(sender.document([recipient])) for _ in range(20)]
    messages = [sender.seal(event) for event in events]
    name = new_id().hex
    await _execute(world, _BREAK.format(name=name, message_id=events[7].id))
    try:
        answers = await asyncio.gather(*(sender.post(message) for message in messages))
    finally:
        await _execute(world, f"DROP TRIGGER break_{name} ON message; DROP FUNCTION break_{name}")
    found = [answer.status_code for answer in answers]
    assert (found[7], answers[7].json()["code"]) == (500, "unexpected_fault")
    assert Counter(found) == {201: 19, 500: 1}
    assert len(await recipient.read_all()) == 19
    assert (await sender.post(messages[7])).status_code == 201
    assert len(await recipient.read_all()) == 20


async def test_everyone_sends_to_everyone_through_two_processes(
    world: World, province: Province, exchange: Running
) -> None:
    run = str(province.folder / "mutual" / "run")
    second = await asyncio.to_thread(province.start(exchange.name, "api", LIENTHONG_RUN_DIR=run).wait_ready)
    agencies = await world.agencies(5)
    async with province.world(second.url, exchange.name) as elsewhere:
        there = [Agency(elsewhere, each.identity, each.client_id, each.code, each.name) for each in agencies]
        for agency in there:
            await elsewhere.until(lambda agency=agency: elsewhere.is_trusted(agency), "the second process knows all")
        posts = [
            random.choice((agencies[number], there[number])).post(agencies[number].message(*_shuffled(agencies)))
            for number in range(5)
            for _ in range(30)
        ]
        answers = await asyncio.gather(*posts)
    assert Counter(answer.status_code for answer in answers) == {201: 150}
    for agency in agencies:
        assert len(await agency.read_all()) == 150
    await asyncio.to_thread(second.child.terminate)


async def test_a_gap_cannot_be_committed(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    gap = """
        INSERT INTO delivery (recipient, lane, n, message, chain)
        SELECT $1, 'ordinary', 3, message, chain FROM delivery WHERE recipient = $2
    """
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.rows(gap, sender.id, recipient.id)


async def test_who_finds_its_inbox_held_is_told_to_come_again(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    await recipient.read_all()
    holding = await asyncpg.connect(world.dsn)
    try:
        async with holding.transaction():
            await holding.execute("SELECT FROM inbox_reading WHERE agency_id = $1 FOR UPDATE", recipient.id)
            answer = await recipient.acknowledge(1)
    finally:
        await holding.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
    assert (await recipient.acknowledge(1)).status_code == 200


def _shuffled(agencies: list[Agency]) -> list[Agency]:
    return random.sample(agencies, len(agencies))


async def _execute(world: World, statement: str) -> None:
    connection = await asyncpg.connect(world.dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
