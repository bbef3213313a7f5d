"""An effect that fails holds its own key and no other, heals by itself, and in the end waits for an operator."""

from typing import Any

import pytest

from lienthong.common.database import Connection
from lienthong.common.inbox import HeldState, NoHeldEvent, NotDead, VerifiedEvent

from .consuming import Bench, apply_number, until
from .test_once_and_in_order import numbers_of

OPERATOR = "/people/operator"


async def test_the_other_keys_go_on_and_the_key_heals_in_its_order(bench: Bench) -> None:
    await bench.break_("bad")
    for number in range(5):
        await bench.send("good", number)
        await bench.send("bad", number)
    async with bench.consuming():
        await bench.until_applied(5)
        await bench.send("good", 5)
        await bench.send("bad", 5)
        await bench.until_applied(6)
        assert numbers_of(await bench.applied(), "bad") == []
        await bench.heal("bad")
        await bench.until_applied(12)
        await bench.send("bad", 6)
        await bench.until_applied(13)
    applied = await bench.applied()
    assert numbers_of(applied, "good") == list(range(6))
    assert numbers_of(applied, "bad") == list(range(7))
    assert await bench.held.list() == []


async def test_a_failure_undoes_its_own_event_only_and_nothing_is_done_twice(bench: Bench) -> None:
    """The page is tried as a whole first; what that attempt had done for the others must not remain."""
    calls: list[int] = []

    async def effect(connection: Connection, verified: VerifiedEvent[Any]) -> None:
        await apply_number(connection, verified)
        calls.append(verified.event.data.number)
        if verified.event.data.name == "bad":
            raise LookupError("after the row was written")

    for number in range(4):
        await bench.send("good", number)
    await bench.send("bad", 4)
    async with bench.consuming(bench.inbox(effect=effect), retries=False):
        await bench.until_applied(4)
        await bench.until_held("waiting", 1)
    assert await bench.applied() == [("good", number) for number in range(4)]
    (held,) = await bench.held.list()
    assert held.attempts == 1
    assert held.cause is not None
    assert "LookupError" in held.cause
    assert "after the row" not in held.cause, "the words of an exception may quote content"


async def test_a_dead_key_waits_for_its_operator_who_replays_it(bench: Bench) -> None:
    await bench.break_("bad")
    await bench.send("bad", 1, 2)
    async with bench.consuming():
        await bench.until_held("dead", 1)
        dead, behind = await bench.held.list()
        assert (dead.attempts, dead.state, dead.key) == (5, HeldState.DEAD, "bad")
        assert (behind.attempts, behind.state) == (0, HeldState.WAITING)
        assert dead.cause is not None
        assert "23514" in dead.cause
        await bench.heal("bad")
        await bench.send("good", 1)
        await bench.until_applied(1)
        assert numbers_of(await bench.applied(), "bad") == [], "a dead key is not tried by itself"

        await bench.held.replay(dead.position, who=OPERATOR, reason="the table was repaired")
        await bench.until_applied(3)
    assert numbers_of(await bench.applied(), "bad") == [1, 2]
    assert bench.counted("dead") == 1
    assert await audited(bench) == [("held_event.replay", OPERATOR)]


async def test_a_dead_event_is_skipped_and_its_key_goes_on(bench: Bench) -> None:
    await bench.break_("bad")
    await bench.send("bad", 1, 2)
    async with bench.consuming():
        await bench.until_held("dead", 1)
        (dead, behind) = await bench.held.list()
        held, payload = await bench.held.show(dead.position, who=OPERATOR)
        assert held == dead
        assert b'"number":1' in payload
        with pytest.raises(NotDead):
            await bench.held.skip(behind.position, who=OPERATOR, reason="too early")
        await bench.heal("bad")
        await bench.held.skip(dead.position, who=OPERATOR, reason="its agency has ended")
        await bench.until_applied(1)
        with pytest.raises(NoHeldEvent):
            await bench.held.replay(dead.position, who=OPERATOR, reason="too late")
    assert await bench.applied() == [("bad", 2)]
    assert await audited(bench) == [("held_event.show", OPERATOR), ("held_event.skip", OPERATOR)]


async def test_a_long_queue_behind_a_failing_event_is_worked_off_in_order(bench: Bench) -> None:
    await bench.break_("bad")
    await bench.send("bad", *range(250))
    async with bench.consuming():
        await bench.until_held("dead", 1)
        await until(lambda: _held(bench, 250))
        await bench.heal("bad")
        await bench.held.replay((await bench.held.list())[0].position, who=OPERATOR, reason="healed")
        await bench.until_applied(250)
    assert numbers_of(await bench.applied(), "bad") == list(range(250))


async def test_two_processes_retry_a_key_once_and_in_order(bench: Bench) -> None:
    await bench.break_("bad")
    await bench.send("bad", *range(120))
    async with bench.consuming(), bench.consuming():
        await until(lambda: _held(bench, 120))
        await bench.heal("bad")
        for dead in await bench.held.list(state=HeldState.DEAD):
            await bench.held.replay(dead.position, who=OPERATOR, reason="healed")
        await bench.until_applied(120)
    assert await bench.applied() == [("bad", number) for number in range(120)]


async def _held(bench: Bench, count: int) -> bool:
    return len(await bench.held.list(most=1000)) == count


async def audited(bench: Bench) -> list[tuple[str, str]]:
    async with bench.database.connection() as connection:
        return [tuple(row) for row in await connection.fetch("SELECT act, who FROM audit ORDER BY id")]
