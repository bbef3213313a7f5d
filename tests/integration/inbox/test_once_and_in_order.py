"""Every event is applied once and in the order of its key, however often and through whomever it comes."""

import asyncio
from datetime import timedelta

from lienthong.common.ids import new_id
from lienthong.common.inbox import ID_REUSED
from lienthong.common.testing.clock import FixedClock

from .consuming import Bench, read


def numbers_of(applied: list[tuple[str, int]], name: str) -> list[int]:
    return [number for one, number in applied if one == name]


async def test_each_key_is_applied_in_its_order(bench: Bench) -> None:
    names = [f"key-{number}" for number in range(12)]
    for number in range(15):
        for name in names:
            await bench.send(name, number)
    async with bench.consuming():
        await bench.until_applied(180)
    applied = await bench.applied()
    assert len(applied) == 180
    for name in names:
        assert numbers_of(applied, name) == list(range(15))


async def test_duplicates_change_nothing(bench: Bench) -> None:
    signed = bench.speaker.say("a", 1)
    headers = [("jws-signature", signed.jws.encode())]
    for _ in range(3):
        await bench.put("a", signed.payload, headers)
    async with bench.consuming():
        await bench.until_applied(1)
        await bench.put("a", signed.payload, headers)
        await bench.send("a", 2)
        await bench.until_applied(2)
    assert await bench.applied() == [("a", 1), ("a", 2)]
    assert bench.counted("duplicate") == 3
    assert bench.counted("applied") == 2


async def test_reading_the_topic_again_from_the_start_changes_nothing(bench: Bench) -> None:
    await bench.send("a", 1, 2, 3)
    async with bench.consuming(group="first"):
        await bench.until_applied(3)
    await bench.send("a", 4)
    async with bench.consuming(group="second"):
        await bench.until_applied(4)
    assert await bench.applied() == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]


async def test_a_page_given_to_two_processes_is_applied_once(bench: Bench) -> None:
    """A rebalance can do that: the old owner is still at a page, and the new one begins where nothing is committed."""
    await bench.send("a", *range(20))
    records = await read(bench.kafka, bench.topic, 20)
    first, second = bench.inbox(), bench.inbox()
    await asyncio.gather(first.page(records[:8]), second.page(records), second.page(records[:15]))
    assert await bench.applied() == [("a", number) for number in range(20)]
    assert bench.counted("applied") == 20


async def test_the_same_id_with_other_bytes_is_refused(bench: Bench) -> None:
    event_id = new_id()
    for number in (1, 2):
        signed = bench.speaker.say("a", number, event_id=event_id)
        await bench.put("a", signed.payload, [("jws-signature", signed.jws.encode())])
    await bench.send("a", 3)
    async with bench.consuming():
        await bench.until_applied(2)
        signed = bench.speaker.say("a", 4, event_id=event_id)
        await bench.put("a", signed.payload, [("jws-signature", signed.jws.encode())])
        letters = await bench.dead_letters(2)
    assert await bench.applied() == [("a", 1), ("a", 3)]
    assert [dict(letter.headers)["x-error"] for letter in letters] == [ID_REUSED.encode()] * 2


async def test_what_came_long_ago_is_forgotten_and_nothing_else(bench: Bench) -> None:
    bench.clock = clock = FixedClock(bench.clock.now())
    inbox = bench.inbox()
    await bench.break_("held")
    await bench.send("a", 1)
    await bench.send("held", 1)
    await inbox.page(await read(bench.kafka, bench.topic, 2))
    clock.advance(timedelta(days=91))
    await bench.send("a", 2)
    await inbox.page((await read(bench.kafka, bench.topic, 3))[2:])
    assert await inbox.prune() == 1
    async with bench.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM inbox") == 2
