"""What a consumer could not apply is seen and handled by an operator on the service's host."""

import getpass
import json

from tests.integration.inbox.consuming import Bench

from lienthong.common.clock import from_text
from lienthong.common.inbox import HeldState
from lienthong.common.local_time import local_time

from .operating import Operator


async def audited(bench: Bench) -> list[tuple[str, str, str | None]]:
    """Acts with who did them and why, oldest first."""
    async with bench.database.connection() as connection:
        rows = await connection.fetch("SELECT who, act, object, entry FROM audit ORDER BY at, object")
    for row in rows:
        assert row["object"].startswith("/"), "an act names what was acted on"
    return [(row["act"], row["who"].partition("@")[0], json.loads(row["entry"])["details"]["reason"]) for row in rows]


async def test_waiting_and_dead_events_are_listed_with_cause_and_without_content(
    bench: Bench, operator: Operator
) -> None:
    await bench.break_("bad")
    await bench.send("bad", 4711, 4712, 4713)
    async with bench.consuming():
        await bench.until_held("dead", 1)
        await bench.until_held("waiting", 2)
        (dead,) = await operator.value("dead", "list")
        waiting = await operator.value("waiting", "list")
    assert (dead["consumer"], dead["topic"], dead["key"]) == (bench.consumer, bench.topic, "bad")
    assert (dead["attempts"], dead["state"], dead["behind"], dead["retry_at"]) == (5, "dead", 2, None)
    assert "23514" in dead["cause"]
    assert [(one["attempts"], one["cause"], one["behind"]) for one in waiting] == [(0, None, 1), (0, None, 0)]
    shown = await operator.value("show", dead["position"])
    assert shown == {**dead, "failed": shown["failed"]}
    assert await operator.value("dead", "list", "--consumer", "another") == []

    table = await operator.ops("dead", "list", lang="vi")
    assert "Nguyên nhân" in table.out
    for told in (table.out, json.dumps(dead), (await operator.ops("show", dead["position"])).out):
        assert "4711" not in told, "content is not shown"
    assert await audited(bench) == [], "looking at what is no content is no act"


async def test_the_causes_of_all_attempts_are_told_over_replays_the_first_and_the_latest(
    bench: Bench, operator: Operator
) -> None:
    await bench.break_("bad")
    await bench.send("bad", 4711)
    async with bench.consuming():
        await bench.until_held("dead", 1)
        (dead,) = await operator.value("dead", "list")
        for _ in range(5):
            await operator.value("dead", "replay", dead["position"])
            await bench.until_held("dead", 1)
        shown = await operator.value("show", dead["position"])
    assert (shown["attempts"], len(shown["failed"])) == (5, 20)
    assert [one["number"] for one in shown["failed"]] == [1, *range(12, 31)], "none but the middle ones are forgotten"
    assert all("23514" in one["cause"] and one["tried_at"].endswith("Z") for one in shown["failed"])
    told = await operator.ops("show", dead["position"], lang="vi")
    assert ("đã chết" in told.out, "Lần thử" in told.out, "4711" in told.out) == (True, True, False)
    moment = from_text(shown["failed"][-1]["tried_at"])
    assert local_time(moment) in told.out, "people read the time of Vietnam"


async def test_a_dead_event_is_replayed_once_the_cause_is_gone_and_once_only(bench: Bench, operator: Operator) -> None:
    await bench.break_("bad")
    await bench.send("bad", 1, 2)
    async with bench.consuming():
        await bench.until_held("dead", 1)
        (dead,) = await operator.value("dead", "list")
        await bench.heal("bad")
        first = await operator.value("dead", "replay", dead["position"], "--reason", "bảng đã sửa")
        await bench.until_applied(2)
    assert first == {"replayed": [dead["position"]]}
    assert await bench.applied() == [("bad", 1), ("bad", 2)]
    again = await operator.ops("dead", "replay", dead["position"])
    assert (again.code, "no_held_event" in again.err) == (1, True)
    assert await audited(bench) == [("held_event.replay", f"/operators/{getpass.getuser()}", "bảng đã sửa")]


async def test_replaying_an_event_that_waits_changes_nothing(bench: Bench, operator: Operator) -> None:
    await bench.break_("bad")
    await bench.send("bad", 1)
    async with bench.consuming():
        await bench.until_held("dead", 1)
    (dead,) = await operator.value("dead", "list")
    assert await operator.value("dead", "replay", dead["position"]) == {"replayed": [dead["position"]]}
    before = await bench.held.list()
    assert await operator.value("dead", "replay", dead["position"]) == {"replayed": []}
    assert await operator.value("dead", "replay", "--all") == {"replayed": []}
    assert await bench.held.list() == before
    assert [held.state for held in before] == [HeldState.WAITING]
    assert len(await audited(bench)) == 1


async def test_all_dead_events_are_replayed_at_once(bench: Bench, operator: Operator) -> None:
    for name in ("a", "b", "c"):
        await bench.break_(name)
        await bench.send(name, 1, 2)
    async with bench.consuming():
        await bench.until_held("dead", 3)
        assert await operator.value("dead", "replay", "--all", "--consumer", "another") == {"replayed": []}
        for name in ("a", "b", "c"):
            await bench.heal(name)
        dead = [held.position for held in await bench.held.list(state=HeldState.DEAD)]
        assert await operator.value("dead", "replay", "--all") == {"replayed": dead}
        await bench.until_applied(6)
    assert sorted(await bench.applied()) == [(name, number) for name in "abc" for number in (1, 2)]
    assert [act for act, _, _ in await audited(bench)] == ["held_event.replay"] * 3


async def test_a_dead_event_is_given_up_only_by_one_who_agrees(bench: Bench, operator: Operator) -> None:
    await bench.break_("bad")
    await bench.send("bad", 1, 2)
    async with bench.consuming():
        await bench.until_held("dead", 1)
        await bench.until_held("waiting", 1)
        (dead,) = await operator.value("dead", "list")
        (behind,) = await operator.value("waiting", "list")
        asked = ("dead", "skip", dead["position"], "--reason", "cơ quan đã giải thể")

        for answer in ("n\n", ""):
            refused = await operator.ops(*asked, answer=answer)
            assert refused.code != 0, refused.out
        assert (await operator.ops(*asked, "--json")).code == 2, "programs are asked nothing"
        assert (await operator.ops(*asked[:3], "--yes")).code == 2, "a reason is needed"
        early = await operator.ops("dead", "skip", behind["position"], "--reason", "x", "--yes")
        assert (early.code, "held_event_not_dead" in early.err) == (1, True)
        assert len(await bench.held.list()) == 2
        assert await audited(bench) == []

        await bench.heal("bad")
        agreed = await operator.ops(*asked, answer="y\n")
        assert agreed.code == 0, agreed.out + agreed.err
        await bench.until_applied(1)
    assert await bench.applied() == [("bad", 2)]
    again = await operator.ops(*asked, "--yes")
    assert (again.code, "no_held_event" in again.err) == (1, True)
    assert await audited(bench) == [("held_event.skip", f"/operators/{getpass.getuser()}", "cơ quan đã giải thể")]
