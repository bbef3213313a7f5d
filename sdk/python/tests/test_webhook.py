"""What an endpoint is given is the exchange's, of now, whole and in its place, or it is refused (N5)."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from counterpart import Counterpart, Holding
from letters import letter_from_other, opened

from lienthong.common import pki
from lienthong.common.clock import SystemClock
from lienthong.common.ids import new_id
from lienthong.common.signing import Signer
from lienthong.common.signing.keys import LocalKey
from lienthong.sdk import (
    Agency,
    InboxChanged,
    InboxGap,
    InboxReordered,
    Lane,
    Letter,
    ProfileBroken,
    Pushed,
    SealRefused,
    StatementRefused,
    WebhookRefused,
)

Request = tuple[dict[str, str], bytes]
Change = Callable[[dict[str, str], bytes], Request]


def fill(counterpart: Counterpart, count: int) -> None:
    for number in range(len(counterpart.lines) + 1, len(counterpart.lines) + count + 1):
        counterpart.deliver(letter_from_other(counterpart, number))


def signed(
    counterpart: Counterpart, body: bytes, *, by: Holding | None = None, behind: timedelta = timedelta()
) -> Request:
    holding = by or counterpart.exchange
    signer = Signer(LocalKey.of(holding.key, holding.certificate), lambda: SystemClock().now() - behind)
    return {"Lienthong-Webhook-Id": str(new_id()), "X-JWS-Signature": signer.sign(body).jws}, body


def page(
    counterpart: Counterpart, first: int, last: int, *, by: Holding | None = None, behind: timedelta = timedelta()
) -> Request:
    """The request that brings these entries; none where `last` is below `first`."""
    lines = counterpart.lines[first - 1 : last]
    told = [*lines, {"head": counterpart.head(lines, first - 1).to_line()}]
    return signed(counterpart, b"".join(json.dumps(line).encode() + b"\n" for line in told), by=by, behind=behind)


def numbers(pushed: Pushed) -> list[int]:
    return [item.n for item in pushed.items]


async def receive(agency: Agency, request: Request) -> Pushed:
    return await agency.webhooks.receive(*request)


async def test_a_page_is_verified_and_given_out(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 3)
    headers, body = page(counterpart, 1, 3)
    pushed = await agency.webhooks.receive({name.lower(): value for name, value in headers.items()}, body)
    assert (numbers(pushed), pushed.lane, pushed.repeated, pushed.refused) == ([1, 2, 3], Lane.ORDINARY, False, [])
    assert isinstance(pushed.items[0], Letter)
    assert str(pushed.id) == headers["Lienthong-Webhook-Id"]
    receipt = await agency.acknowledge(pushed.items[1])
    assert receipt.n == 2


async def test_a_repeat_brings_what_was_not_done_and_nothing_that_was(counterpart: Counterpart, tmp_path: Path) -> None:
    fill(counterpart, 2)
    request = page(counterpart, 1, 2)
    async with opened(counterpart, tmp_path / "p") as agency:
        assert numbers(await receive(agency, request)) == [1, 2]
        pushed = await receive(agency, request)
        assert numbers(pushed) == [1, 2], "not done: a receiver that died has it again"
        agency.webhooks.done(pushed)
    async with opened(counterpart, tmp_path / "p") as agency:
        again = await receive(agency, request)
        assert (numbers(again), again.repeated) == ([], True)
        fill(counterpart, 2)
        overlapping = await receive(agency, page(counterpart, 2, 4))
        assert (numbers(overlapping), overlapping.repeated) == ([3, 4], True)
        agency.webhooks.done(overlapping)
        agency.webhooks.done(pushed)
        assert numbers(await receive(agency, page(counterpart, 4, 4))) == [], "it never goes back"


async def test_it_begins_behind_what_was_acknowledged(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 3)
    items = [item async for item in agency.inbox()]
    await agency.acknowledge(items[1])
    assert numbers(await receive(agency, page(counterpart, 3, 3))) == [3]


async def test_a_page_without_entries_is_a_test(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 2)
    pushed = await receive(agency, page(counterpart, 3, 2))
    assert (pushed.items, pushed.repeated) == ((), False)
    assert numbers(await receive(agency, page(counterpart, 1, 2))) == [1, 2], "it moved nothing"


@pytest.mark.parametrize("behind", [timedelta(minutes=6), -timedelta(minutes=6)])
async def test_a_request_that_was_kept_is_refused(agency: Agency, counterpart: Counterpart, behind: timedelta) -> None:
    fill(counterpart, 1)
    with pytest.raises(WebhookRefused):
        await receive(agency, page(counterpart, 1, 1, behind=behind))


async def test_only_the_exchange_is_believed(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 1)
    counterpart.known["x"] = accounts = counterpart.service("accounts")
    counterpart.known[accounts.certificate.fingerprint] = accounts
    foreign = counterpart.holding(new_id(), pki.make_training_authority(counterpart.started))
    counterpart.known[foreign.certificate.fingerprint] = foreign
    for holding in (counterpart.other, accounts, foreign):
        with pytest.raises(WebhookRefused):
            await receive(agency, page(counterpart, 1, 1, by=holding))


async def test_a_revoked_certificate_of_the_exchange_is_believed_no_more(
    agency: Agency, counterpart: Counterpart
) -> None:
    fill(counterpart, 1)
    counterpart.revoked.append(pki.Revoked(counterpart.exchange.certificate.serial, counterpart.started))
    with pytest.raises((WebhookRefused, StatementRefused)):
        await receive(agency, page(counterpart, 1, 1))


def _without(name: str) -> Change:
    def change(headers: dict[str, str], body: bytes) -> Request:
        return {key: value for key, value in headers.items() if key != name}, body

    return change


SPOILT: Mapping[str, Change] = {
    "no signature": _without("X-JWS-Signature"),
    "no id": _without("Lienthong-Webhook-Id"),
    "an id that is none": lambda headers, body: (headers | {"Lienthong-Webhook-Id": "1"}, body),
    "a signature that is none": lambda headers, body: (headers | {"X-JWS-Signature": "a..b"}, body),
    "another byte": lambda headers, body: (headers, body.replace(b"Q", b"q", 1)),
    "one line less": lambda headers, body: (headers, body.partition(b"\n")[2]),
    "one byte more": lambda headers, body: (headers, body + b"\n"),
    "nothing": lambda headers, body: (headers, b""),
}


@pytest.mark.parametrize("sort", SPOILT)
async def test_whatever_was_changed_on_the_way_is_refused(agency: Agency, counterpart: Counterpart, sort: str) -> None:
    fill(counterpart, 2)
    with pytest.raises(WebhookRefused):
        await receive(agency, SPOILT[sort](*page(counterpart, 1, 2)))


async def test_another_agencys_page_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 1)
    counterpart.agency_id = counterpart.other_id
    with pytest.raises(WebhookRefused):
        await receive(agency, page(counterpart, 1, 1))


async def test_a_gap_a_reorder_and_another_chain_show(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 4)
    with pytest.raises(InboxGap):
        await receive(agency, page(counterpart, 2, 3))
    lines = [counterpart.lines[1], counterpart.lines[0], {"head": counterpart.head(counterpart.lines[:2], 0).to_line()}]
    with pytest.raises(InboxReordered):
        await receive(agency, signed(counterpart, b"\n".join(json.dumps(line).encode() for line in lines)))
    agency.webhooks.done(await receive(agency, page(counterpart, 1, 2)))
    counterpart.lines.clear()
    fill(counterpart, 2)
    with pytest.raises(InboxChanged):
        await receive(agency, page(counterpart, 1, 2))


async def test_a_seal_that_does_not_hold_is_told_and_holds_nothing_up(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 1)
    stranger = counterpart.holding(counterpart.other_id)  # whose certificate nobody registered
    letter = letter_from_other(counterpart, 2)
    counterpart.deliver(stranger.signer.sign(letter.payload))
    fill(counterpart, 1)
    pushed = await receive(agency, page(counterpart, 1, 3))
    assert numbers(pushed) == [1, 3]
    (refused,) = pushed.refused
    assert isinstance(refused, SealRefused)
    assert refused.n == 2
    assert (await agency.acknowledge_number(Lane.ORDINARY, 3)).n == 3


async def test_a_cursor_that_cannot_be_read_is_no_new_beginning(agency: Agency, counterpart: Counterpart) -> None:
    fill(counterpart, 1)
    agency.webhooks.done(await receive(agency, page(counterpart, 1, 1)))
    (agency.profile.folder / "webhook-ordinary.json").write_text("{}")
    with pytest.raises(ProfileBroken):
        await receive(agency, page(counterpart, 1, 1))
