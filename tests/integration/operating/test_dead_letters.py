"""Records that could not be verified are shown to operators, read again when they ask, and taken off their list."""

import getpass
from typing import Any

from tests.integration.inbox.consuming import Bench

from .operating import Operator


def of(bench: Bench, *command: object) -> tuple[object, ...]:
    return ("dead-letters", *command, "--consumer", bench.consumer)


async def put_unsigned(bench: Bench, name: str, number: int) -> None:
    await bench.put(name, bench.speaker.say(name, number).payload, [("odd", None), ("jws-signature", b"none")])


async def acts(bench: Bench) -> list[tuple[str, ...]]:
    async with bench.database.connection() as connection:
        rows = await connection.fetch("SELECT act, who, object FROM audit ORDER BY at")
    return [(row["act"], row["who"].partition("@")[0], row["object"]) for row in rows]


async def letters(bench: Bench, operator: Operator, count: int, *options: str) -> list[dict[str, Any]]:
    """The list, once the worker has put so many."""
    await bench.dead_letters(count)
    return await operator.value(*of(bench, "list", *options))


async def test_a_dead_letter_is_listed_with_its_cause_and_place_and_without_content(
    bench: Bench, operator: Operator
) -> None:
    await put_unsigned(bench, "secret", 4711)
    async with bench.consuming():
        (letter,) = await letters(bench, operator, 1)
    assert (letter["number"], letter["state"], letter["error"]) == (0, "open", "jws.part_count")
    assert (letter["origin"].startswith(f"{bench.topic}-"), letter["key"]) == (True, "secret")
    assert letter["headers"] == ["odd", "jws-signature"], "names of headers, as the record had them"
    assert await operator.value(*of(bench, "show", 0)) == letter
    told = await operator.ops(*of(bench, "list"), lang="vi")
    assert ("chưa xử lý" in told.out, "4711" in told.out) == (True, False)
    missing = await operator.ops(*of(bench, "show", 1))
    assert (missing.code, "no_dead_letter" in missing.err) == (1, True)
    assert await acts(bench) == [], "looking at what is no content is no act"


async def test_what_is_good_after_all_is_applied_through_the_same_inbox_and_once(
    bench: Bench, operator: Operator
) -> None:
    unknown = bench.speaker.believed(knows=False)
    await bench.send("a", 1, headers=[("x-time", b"a header of its own")])
    async with bench.consuming(bench.inbox(believed=unknown)):
        (letter,) = await letters(bench, operator, 1)
        assert letter["error"] == "cannot_tell"
        again = await operator.value(*of(bench, "replay", 0))
        assert (again["state"], again["error"]) == ("refused", "cannot_tell"), "it waits for an operator again"
        unknown.certificates.put(bench.speaker.known)
        done = await operator.value(*of(bench, "replay", 0, "--reason", "chứng thư đã công bố"))
        assert done["state"] == "applied"
        assert await bench.applied() == [("a", 1)]
        assert (await operator.value(*of(bench, "replay", 0)))["state"] == "applied", "a repeat tells what became of it"
        assert await operator.value(*of(bench, "list")) == []
        assert [one["state"] for one in await operator.value(*of(bench, "list", "--all"))] == ["applied"]
        late = await operator.ops(*of(bench, "skip", 0, "--reason", "x", "--yes"))
        assert (late.code, "dead_letter_decided" in late.err) == (1, True)
    assert await bench.applied() == [("a", 1)]
    who = f"/operators/{getpass.getuser()}"
    assert await acts(bench) == [("dead_letter.replay", who, f"/topics/{bench.consumer}.dead/0")] * 2


async def test_an_event_that_fails_when_it_is_read_again_is_held_like_any_other(
    bench: Bench, operator: Operator
) -> None:
    unknown = bench.speaker.believed(knows=False)
    await bench.break_("bad")
    await bench.send("bad", 1)
    async with bench.consuming(bench.inbox(believed=unknown)):
        await letters(bench, operator, 1)
        unknown.certificates.put(bench.speaker.known)
        assert (await operator.value(*of(bench, "replay", 0)))["state"] == "held"
        await bench.heal("bad")
        await operator.value("dead", "replay", "--all")  # if it was tried often enough meanwhile
        await bench.until_applied(1)
    async with bench.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM dead_letter WHERE value IS NOT NULL") == 0


async def test_without_a_worker_the_request_waits_for_one(bench: Bench, operator: Operator) -> None:
    unknown = bench.speaker.believed(knows=False)
    await bench.send("a", 1)
    async with bench.consuming(bench.inbox(believed=unknown)):
        await letters(bench, operator, 1)
    assert (await operator.value(*of(bench, "replay", 0)))["state"] == "asked"
    unknown.certificates.put(bench.speaker.known)
    async with bench.consuming(bench.inbox(believed=unknown)):
        await bench.until_applied(1)


async def test_a_dead_letter_is_taken_off_the_list_only_by_one_who_agrees(bench: Bench, operator: Operator) -> None:
    await put_unsigned(bench, "a", 1)
    await put_unsigned(bench, "a", 2)
    async with bench.consuming():
        first, second = await letters(bench, operator, 2)
        asked = of(bench, "skip", 0, "--reason", "thử nghiệm")
        assert (await operator.ops(*asked, answer="n\n")).code != 0
        assert (await operator.ops(*asked, "--json")).code == 2, "programs are asked nothing"
        assert await acts(bench) == []
        assert (await operator.ops(*asked, answer="y\n")).code == 0
        assert await operator.value(*of(bench, "list")) == [second]
        (skipped, _) = await operator.value(*of(bench, "list", "--all"))
        assert skipped == {**first, "state": "skipped", "decided_at": skipped["decided_at"]}
        again = await operator.ops(*asked, "--yes")
        assert (again.code, "dead_letter_decided" in again.err) == (1, True)
        missing = await operator.ops(*of(bench, "skip", 7, "--reason", "x", "--yes"))
        assert (missing.code, "no_dead_letter" in missing.err) == (1, True)
    assert [act for act, *_ in await acts(bench)] == ["dead_letter.skip"]
