"""Many documents at once: each has its own outcome, their order stays, and nothing is sent twice."""

import json
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from counterpart import IMPATIENT, Counterpart, Line
from letters import document, opened

from lienthong.common.signing import SignedBytes
from lienthong.sdk import Agency, BadInput, Document, OutcomeUnknown, Refused, Sent, Unreachable
from lienthong.sdk.batch import CHUNK_LINES
from lienthong.sdk.problems import Overloaded

BATCH = "/v1/messages/batch"


def documents(counterpart: Counterpart, count: int) -> list[Document]:
    return [document(counterpart, symbol=f"{number}/STC-QLNS") for number in range(1, count + 1)]


def numbers(messages: Sequence[SignedBytes]) -> list[int]:
    return [int(json.loads(signed.payload)["data"]["code"]["number"]) for signed in messages]


def lines_of(request: httpx.Request) -> list[SignedBytes]:
    return [SignedBytes.from_line(json.loads(line)) for line in request.content.splitlines()]


def silence(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("silence", request=request)


async def test_a_batch_gives_a_verified_receipt_for_each_line_in_order(
    agency: Agency, counterpart: Counterpart
) -> None:
    outcomes = await agency.send_batch(documents(counterpart, 5))
    assert all(isinstance(outcome, Sent) and not outcome.repeated for outcome in outcomes)
    assert numbers(counterpart.messages) == [1, 2, 3, 4, 5]
    assert agency.pending() == []
    assert len(list((agency.profile.folder / "sent").iterdir())) == 5


async def test_a_refused_line_stops_no_other_and_waits_no_more(agency: Agency, counterpart: Counterpart) -> None:
    counterpart.judge = lambda signed: {"code": "message_refused", "rule": "N3"} if numbers([signed]) == [2] else None
    outcomes = await agency.send_batch(documents(counterpart, 3))
    assert [type(outcome) for outcome in outcomes] == [Sent, Refused, Sent]
    assert isinstance(outcomes[1], Refused)
    assert outcomes[1].problem.rule == "N3"
    assert agency.pending() == []


async def test_a_large_batch_travels_in_chunks_in_the_order_of_its_lines(
    agency: Agency, counterpart: Counterpart
) -> None:
    outcomes = await agency.send_batch(documents(counterpart, CHUNK_LINES + 20))
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert [len(lines_of(request)) for request in counterpart.asked("POST", BATCH)] == [CHUNK_LINES, 20]
    assert numbers(counterpart.messages) == list(range(1, CHUNK_LINES + 21))


async def test_a_chunk_that_is_too_large_is_halved(agency: Agency, counterpart: Counterpart) -> None:
    counterpart.fail(BATCH, lambda _: httpx.Response(413, json={"code": "body_too_large"}))
    outcomes = await agency.send_batch(documents(counterpart, 5))
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert [len(lines_of(request)) for request in counterpart.asked("POST", BATCH)] == [5, 2, 2, 1]


async def test_a_lost_answer_is_asked_for_again_with_the_same_lines(agency: Agency, counterpart: Counterpart) -> None:
    def take_and_lose(request: httpx.Request) -> httpx.Response:
        counterpart.accept_lines(request)
        raise httpx.ReadTimeout("the answer was lost", request=request)

    counterpart.fail(BATCH, take_and_lose)
    outcomes = await agency.send_batch(documents(counterpart, 3))
    assert all(isinstance(outcome, Sent) and outcome.repeated for outcome in outcomes)
    first, again = counterpart.asked("POST", BATCH)
    assert first.content == again.content
    assert numbers(counterpart.messages) == [1, 2, 3]


async def test_only_the_lines_without_an_answer_are_repeated(agency: Agency, counterpart: Counterpart) -> None:
    def cut_short(request: httpx.Request) -> httpx.Response:
        whole = counterpart.accept_lines(request)
        return httpx.Response(200, content=b"\n".join(whole.content.splitlines()[:2]))

    counterpart.fail(BATCH, cut_short)
    outcomes = await agency.send_batch(documents(counterpart, 5))
    assert [isinstance(outcome, Sent) and outcome.repeated for outcome in outcomes] == [False] * 2 + [True] * 3
    assert [numbers(lines_of(request)) for request in counterpart.asked("POST", BATCH)] == [[1, 2, 3, 4, 5], [3, 4, 5]]


async def test_a_line_that_found_no_room_is_repeated_before_the_next_chunk_leaves(
    agency: Agency, counterpart: Counterpart
) -> None:
    full: list[Line] = [{"status": 429, "code": "too_many_requests"}]
    counterpart.judge = lambda signed: full.pop() if full and numbers([signed]) == [CHUNK_LINES] else None
    await agency.send_batch(documents(counterpart, CHUNK_LINES + 1))
    assert numbers(counterpart.messages) == list(range(1, CHUNK_LINES + 2))


async def test_an_overloaded_exchange_is_asked_again_after_the_time_it_names(
    agency: Agency, counterpart: Counterpart
) -> None:
    counterpart.fail(BATCH, lambda _: httpx.Response(429, headers={"retry-after": "0"}, json={"code": "overloaded"}))
    assert isinstance((await agency.send_batch(documents(counterpart, 1)))[0], Sent)


async def test_nothing_overtakes_a_chunk_whose_outcome_is_unknown_and_all_of_it_waits(
    agency: Agency, counterpart: Counterpart
) -> None:
    counterpart.fail(BATCH, silence, times=IMPATIENT.attempts)
    outcomes = await agency.send_batch(documents(counterpart, CHUNK_LINES + 1))
    assert {type(outcome) for outcome in outcomes[:CHUNK_LINES]} == {OutcomeUnknown}
    assert isinstance(outcomes[-1], Unreachable)
    assert counterpart.messages == []
    waiting = agency.pending()
    assert numbers([sealed.signed for sealed in waiting]) == list(range(1, CHUNK_LINES + 2))
    assert all(isinstance(outcome, Sent) for outcome in await agency.submit_batch(waiting))
    assert numbers(counterpart.messages) == list(range(1, CHUNK_LINES + 2))
    assert agency.pending() == []


async def test_a_line_that_never_finds_room_says_so_and_waits(agency: Agency, counterpart: Counterpart) -> None:
    counterpart.judge = lambda _: {"status": 429, "code": "too_many_requests"}
    (outcome,) = await agency.send_batch(documents(counterpart, 1))
    assert isinstance(outcome, Overloaded)
    assert len(counterpart.asked("POST", BATCH)) == IMPATIENT.attempts
    assert len(agency.pending()) == 1


async def test_a_forged_receipt_of_one_line_is_that_lines_outcome(agency: Agency, counterpart: Counterpart) -> None:
    def swap(request: httpx.Request) -> httpx.Response:
        lines = [json.loads(line) for line in counterpart.accept_lines(request).content.splitlines()]
        lines[0]["receipt"] = lines[1]["receipt"]
        return httpx.Response(200, content="\n".join(map(json.dumps, lines)).encode())

    counterpart.fail(BATCH, swap)
    forged, good = await agency.send_batch(documents(counterpart, 2))
    assert [type(outcome).__name__ for outcome in (forged, good)] == ["StatementRefused", "Sent"]
    assert len(agency.pending()) == 1


async def test_a_batch_that_is_run_again_under_its_keys_sends_nothing_twice(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    keys = ["a", "b", "c"]
    async with opened(counterpart, tmp_path / "p") as agency:
        counterpart.judge = lambda signed: {"code": "message_refused"} if numbers([signed]) == [2] else None
        await agency.send_batch(documents(counterpart, 3), keys=keys)
    counterpart.judge = lambda _: None
    async with opened(counterpart, tmp_path / "p") as agency:
        assert agency.document_under("a") is not None
        assert agency.document_under("b") is None
        outcomes = await agency.send_batch(documents(counterpart, 3), keys=keys)
    assert [isinstance(outcome, Sent) and outcome.repeated for outcome in outcomes] == [True, False, True]
    assert numbers(counterpart.messages) == [1, 3, 2]


async def test_a_batch_interrupted_before_it_left_goes_out_under_the_ids_it_had(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    counterpart.fail(BATCH, silence, times=IMPATIENT.attempts)
    async with opened(counterpart, tmp_path / "p") as agency:
        await agency.send_batch(documents(counterpart, 2), keys=["a", "b"])
        waiting = agency.pending()
    async with opened(counterpart, tmp_path / "p") as agency:
        await agency.send_batch(documents(counterpart, 2), keys=["a", "b"])
    assert counterpart.messages == [sealed.signed for sealed in waiting]


async def test_two_documents_under_one_key_are_refused_before_anything_is_sealed(
    agency: Agency, counterpart: Counterpart
) -> None:
    with pytest.raises(BadInput):
        await agency.send_batch(documents(counterpart, 2), keys=["a", "a"])
    assert counterpart.messages == []
    assert agency.pending() == []
