"""A clock is ten minutes off, the exchange's or an agency's: refused by name, no impossible receipt, healed after."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import httpx
import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency as Sender
from tests.integration.exchange.world import World
from tests.integration.failures.estate import Estate
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE, send

from lienthong.common.clock import SystemClock
from lienthong.common.messages.status import StatusCode
from lienthong.common.signing import SignedBytes, Signer
from lienthong.common.testing.errors import ServerDidNotStart
from lienthong.sdk import Agency, Patience, PlatformError
from lienthong.sdk.errors import Unreachable
from lienthong.sdk.problems import NotAuthenticated
from lienthong.sdk.tokens import Login, Tokens
from lienthong.sdk.transport import Transport

pytestmark = pytest.mark.xdist_group("failures")

OFF = timedelta(minutes=10)
TOLERATED = timedelta(minutes=4)


def with_clock(agency: Sender, off: timedelta) -> Sender:
    """The agency's system on a machine whose clock is off; its tokens come from accounts."""
    clock = SystemClock(off)
    identity = replace(agency.identity, signer=Signer(agency.identity.key, clock.now))
    return replace(agency, identity=identity)


def sealed(agency: Sender, recipient: Sender, off: timedelta) -> SignedBytes:
    """A document that says and bears the time of a clock that is off."""
    later = with_clock(agency, off)
    return later.seal(later.event(later.document([recipient]), time=agency.world.clock.now() + off))


async def test_an_agency_ahead_of_time_is_told_and_one_behind_is_taken(world: World) -> None:
    sender, recipient = await world.agencies(2)
    ahead = await sender.post(sealed(sender, recipient, OFF))
    assert (ahead.status_code, ahead.json()["code"]) == (422, "signature_time")
    said_ahead = sender.seal(sender.event(sender.document([recipient]), time=world.clock.now() + OFF))
    assert await codes(sender, said_ahead) == {"time_ahead"}
    assert await recipient.read_all() == []

    behind = sealed(sender, recipient, -OFF)
    assert (await sender.post(behind)).status_code == 201, "a seal holds 72 h: documents wait for connections too"
    [entry] = await recipient.read_all()
    assert entry.message == behind
    assert_possible(world, [entry.receipt])
    early = recipient.status(entry, StatusCode.RECEIVED, time=world.clock.now() - OFF)
    assert await codes(recipient, recipient.seal(early)) == {"status_too_early"}
    assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201


async def codes(agency: Sender, message: SignedBytes) -> set[str]:
    """By which names a message is refused."""
    answer = await agency.post(message)
    assert answer.status_code == 422, answer.text
    return {each["code"] for each in answer.json()["violations"]}


def assert_possible(world: World, receipts: list[SignedBytes], ahead: timedelta = timedelta(0)) -> None:
    """Signed by the exchange, at a time that has come, give or take what is tolerated."""
    for receipt in receipts:
        told = datetime.fromisoformat(str(world.check(receipt)["accepted_at"]))
        assert abs(world.clock.now() - told) < ahead + timedelta(minutes=2)


@asynccontextmanager
async def exchange_off(province: Province, name: str, off: timedelta) -> AsyncGenerator[World]:
    """An exchange whose machine's clock is off; it need not become ready."""
    running = province.start(name, LIENTHONG_CLOCK_OFFSET_MS=offset(off))
    await asyncio.to_thread(running.wait_live)
    try:
        async with province.world(running.url, name) as world:
            yield world
    finally:
        await asyncio.to_thread(running.child.terminate)


async def test_an_exchange_that_has_lost_the_time_accepts_nothing_and_goes_on_when_it_has_it(
    province: Province, exchange: Running
) -> None:
    name = "clock"
    async with exchange_off(province, name, timedelta(0)) as world:
        sender, recipient = await world.agencies(2)
        first = await sender.send(recipient)
    for off in (OFF, -OFF):
        async with exchange_off(province, name, off) as lost:
            sender.world = recipient.world = lost
            # Behind the time, not even the keys of tokens are believed: they are said by somebody from the future.
            assert await told(sender, recipient) <= {
                (401, "token_expired"),
                (401, "token_refused"),
                (503, "trust_not_current"),
            }
    async with exchange_off(province, name, timedelta(0)) as healed:
        sender.world = recipient.world = healed
        await healed.until(partial(is_taken, sender, recipient), "it accepts again")
        entries = await recipient.read_all()
        assert entries[0].message == first
        assert len(entries) == 2, "nothing of the time between"
        assert_possible(healed, [entry.receipt for entry in entries])


async def told(sender: Sender, recipient: Sender) -> set[tuple[int, str]]:
    """What an exchange answers to documents in its first seconds."""
    seen = set[tuple[int, str]]()
    for _ in range(20):
        answer = await sender.post(sender.message(recipient))
        seen.add((answer.status_code, answer.json()["code"]))
        await asyncio.sleep(0.1)
    return seen


async def is_taken(sender: Sender, recipient: Sender) -> bool:
    answer = await sender.post(sender.message(recipient))
    return answer.status_code == 201


async def test_a_clock_set_back_within_what_is_tolerated_breaks_no_chain_and_no_track(
    province: Province, exchange: Running
) -> None:
    async with exchange_off(province, "clock_set_back", TOLERATED) as early:
        sender, recipient = await early.agencies(2)
        await sender.send(recipient)
        [entry] = await recipient.read_all()
        assert_possible(early, [entry.receipt], TOLERATED)
    async with exchange_off(province, "clock_set_back", timedelta(0)) as world:
        sender.world = recipient.world = world
        await world.until(partial(is_taken, sender, recipient), "it accepts")
        assert len(await recipient.read_all()) == 2
        assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201
        track = await sender.track(sender, entry.event["id"])
        assert [line["state"] for line in track.json()["recipients"]] == ["received"]


@pytest.mark.xdist_group("failures of the platform")
@pytest.mark.parametrize("off", [OFF, -OFF], ids=["ahead", "behind"])
async def test_a_client_that_has_lost_the_time_gets_no_token_and_is_told_why(estate: Estate, off: timedelta) -> None:
    patience = Patience(attempts=1, seconds=5)
    async with estate.opened(FINANCE) as agency, httpx.AsyncClient() as http:
        clock = SystemClock(off)
        tokens = Tokens(Transport(http, patience, "vi"), Login.of(agency.profile), now=lambda: clock.now().timestamp())
        with pytest.raises(PlatformError) as caught:
            await tokens.header()
        assert "client_assertion_refused" in caught.value.problem.codes
        right = Tokens(Transport(http, patience, "vi"), Login.of(agency.profile))
        assert (await right.header()).startswith("Bearer ")


@pytest.mark.xdist_group("failures of the platform")
async def test_accounts_that_has_lost_the_time_gives_no_tokens_and_harms_nothing_for_later(estate: Estate) -> None:
    async with estate.opened(FINANCE) as working:
        await send(working, JUSTICE)
        try:
            for off in (OFF, -OFF):
                await asyncio.to_thread(restart_accounts, estate, off)
                await send(working, JUSTICE)  # with the token it has
                await assert_gives_no_token(estate)
        finally:
            await asyncio.to_thread(estate.platform.restart, "accounts")
        async with estate.opened(OFFICE) as newcomer:
            sent = await send(newcomer, JUSTICE)
        await send(working, JUSTICE)
        now = SystemClock().now()
        assert abs(sent.receipt.accepted_at - now) < timedelta(seconds=60)
        assert estate.platform.services["exchange"].is_ready()


async def assert_gives_no_token(estate: Estate) -> None:
    """Where its own certificate has not begun yet, it ends rather than speak."""
    async with Agency.open(estate.profiles[OFFICE], patience=Patience(attempts=1, seconds=5)) as newcomer:
        with pytest.raises((NotAuthenticated, Unreachable)) as caught:
            await newcomer.whoami()
    assert isinstance(caught.value, Unreachable) or caught.value.problem.codes >= {"client_assertion_refused"}


def restart_accounts(estate: Estate, off: timedelta) -> None:
    """On a machine whose clock is off. It may not even begin."""
    with suppress(ServerDidNotStart):
        estate.platform.restart("accounts", LIENTHONG_CLOCK_OFFSET_MS=offset(off))


def offset(off: timedelta) -> str:
    """As the setting wants it."""
    return str(int(off.total_seconds() * 1000))
