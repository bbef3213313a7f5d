"""The inbox is given out whole, in order and verified, or not at all (N5)."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from counterpart import Counterpart, Line
from letters import document, letter_from_other, opened

from lienthong.common import pki
from lienthong.common.clock import SystemClock
from lienthong.sdk import (
    Agency,
    InboxBroken,
    InboxChanged,
    InboxGap,
    InboxItem,
    InboxReordered,
    InboxRolledBack,
    Lane,
    NotReadYet,
    SealRefused,
    StatementRefused,
    Unreachable,
)
from lienthong.sdk.trust import FRESH_SECONDS, GRACE_SECONDS


def fill(counterpart: Counterpart, count: int) -> None:
    for number in range(len(counterpart.lines) + 1, len(counterpart.lines) + count + 1):
        counterpart.deliver(letter_from_other(counterpart, number))


async def collect(agency: Agency, given: list[InboxItem]) -> None:
    async for item in agency.inbox():
        given.append(item)  # noqa: PERF401 - what came before an error counts


async def read(agency: Agency, *, limit: int = 100) -> list[InboxItem]:
    return [item async for item in agency.inbox(limit=limit)]


async def test_letters_come_in_order_over_several_pages(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 5)
    letters = await read(agency, limit=2)
    assert [letter.n for letter in letters] == [1, 2, 3, 4, 5]
    assert {letter.sender_name for letter in letters} == {"Sở Tư pháp"}


async def test_reading_goes_on_after_what_was_acknowledged_also_after_a_restart(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    fill(counterpart, 3)
    async with opened(counterpart, tmp_path / "p") as agency:
        letters = await read(agency)
        receipt = await agency.acknowledge(letters[1])
        assert receipt.n == 2
    fill(counterpart, 1)
    async with opened(counterpart, tmp_path / "p") as agency:
        assert [letter.n for letter in await read(agency)] == [3, 4]


async def test_what_was_not_read_is_not_acknowledged(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 2)
    with pytest.raises(NotReadYet):
        await agency.acknowledge_number(Lane.ORDINARY, 2)


def without(n: int) -> Callable[[list[Line]], list[Line]]:
    return lambda lines: [line for line in lines if line["n"] != n]


def swap_content(lines: list[Line]) -> list[Line]:
    first, second, *rest = lines
    return [{**second, "n": first["n"]}, {**first, "n": second["n"]}, *rest]


def reorder(lines: list[Line]) -> list[Line]:
    return [lines[0], lines[2], lines[1]]


def repeat(lines: list[Line]) -> list[Line]:
    return [lines[0], *lines]


def change_payload(lines: list[Line]) -> list[Line]:
    first, *rest = lines
    return [{**first, "payload": str(first["payload"]).replace("Sở Tư pháp", "Sở Tài pháp")}, *rest]


@pytest.mark.parametrize(
    ("tamper", "error"),
    [
        pytest.param(without(2), InboxGap, id="an entry left out"),
        pytest.param(without(1), InboxGap, id="the first entry left out"),
        pytest.param(reorder, InboxReordered, id="two entries exchanged"),
        pytest.param(repeat, InboxReordered, id="an entry twice"),
        pytest.param(swap_content, InboxChanged, id="two contents exchanged under their numbers"),
        pytest.param(change_payload, InboxChanged, id="a byte changed"),
    ],
)
async def test_a_tampered_page_is_refused_by_name_and_nothing_of_it_is_given_out(
    tamper: Callable[[list[Line]], list[Line]], error: type[InboxBroken], agency: Agency, counterpart: Counterpart
) -> None:
    fill(counterpart, 3)
    counterpart.on_lines = tamper
    given: list[InboxItem] = []
    with pytest.raises(error):
        await collect(agency, given)
    assert given == []


async def test_a_last_entry_left_out_under_the_true_head_is_a_gap(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 3)
    true_head: Line = {"head": counterpart.head(counterpart.lines, 0).to_line()}
    counterpart.on_lines, counterpart.on_head = without(3), lambda _head: true_head
    with pytest.raises(InboxGap):
        await read(agency)


async def test_an_entry_rewritten_after_it_was_read_is_noticed(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 2)
    await read(agency)
    counterpart.lines.clear()
    fill(counterpart, 2)
    with pytest.raises(InboxRolledBack):
        await read(agency)


async def test_an_inbox_that_forgot_what_was_read_is_noticed(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 2)
    await read(agency)
    counterpart.lines.clear()
    with pytest.raises(InboxRolledBack):
        await read(agency)


async def test_the_head_of_another_signer_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 1)
    counterpart.exchange = counterpart.other
    with pytest.raises(StatementRefused):
        await read(agency)


async def test_a_seal_revoked_before_the_acceptance_is_refused_and_can_be_passed_by_acknowledging(
    agency: Agency, counterpart: Counterpart
) -> None:
    fill(counterpart, 1)
    counterpart.revoked.append(pki.Revoked(counterpart.other.certificate.serial, counterpart.started))
    with pytest.raises(SealRefused) as caught:
        await read(agency)
    assert caught.value.reason == "certificate.revoked"
    assert caught.value.n == 1
    await agency.acknowledge_number(Lane.ORDINARY, 1)
    assert await read(agency) == []


async def test_a_seal_of_another_agency_than_the_receipt_names_is_refused(
    agency: Agency, counterpart: Counterpart
) -> None:
    signed = letter_from_other(counterpart)
    forged = counterpart.agency.signer.sign(signed.payload)
    counterpart.deliver(forged, receipt=counterpart.receipt(forged))
    with pytest.raises(SealRefused) as caught:
        await read(agency)
    assert caught.value.reason == "policy.holder"


async def test_a_message_for_someone_else_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    sealed = agency.seal(document(counterpart))
    counterpart.deliver(sealed.signed)
    with pytest.raises(InboxChanged):
        await read(agency)


async def test_a_document_sealed_before_the_sender_was_revoked_stays_good(
    agency: Agency, counterpart: Counterpart
) -> None:
    fill(counterpart, 1)
    tomorrow = SystemClock().now() + timedelta(days=1)
    counterpart.revoked.append(pki.Revoked(counterpart.other.certificate.serial, tomorrow))
    assert [letter.n for letter in await read(agency)] == [1]


async def test_what_was_learned_serves_for_a_stated_time_while_accounts_cannot_be_reached(
    agency: Agency, counterpart: Counterpart
) -> None:
    fill(counterpart, 1)
    await read(agency)

    counterpart.gone = ("/v1/certificates/", "/v1/revocation-lists/")
    later = time.time() + FRESH_SECONDS + 1
    agency._trust._now = lambda: later
    assert len(await read(agency)) == 1
    agency._trust._now = lambda: later + GRACE_SECONDS
    with pytest.raises(Unreachable):
        await read(agency)
