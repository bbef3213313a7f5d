"""What comes into an inbox is brought to the agency's endpoint: all of it, in order, signed; a repeat is known."""

import asyncio
import hashlib

import pytest
from tests.integration.exchange.webhooks.agency import attempts, put, state, until_in, until_taken
from tests.integration.exchange.webhooks.conftest import MakeEndpoint
from tests.integration.exchange.webhooks.endpoint import TAKES, Behave, answering, one_after_another, saying
from tests.integration.exchange.world import World

from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.exchange import chain_next, chain_start

pytestmark = pytest.mark.requirement("N5")


async def test_entries_come_in_order_signed_and_with_the_inboxs_own_chain(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint()
    await put(recipient, place)
    sent = [await sender.send(recipient) for _ in range(25)]
    await until_taken(recipient, 25)
    assert place.numbers == list(range(1, 26))
    assert place.most_in_flight == 1
    chain, come = chain_start(recipient.id, Lane.ORDINARY), []
    for request in place.taken:
        entries, head = request.open(world)
        assert len(entries) <= 10
        for entry in entries:
            world.check_receipt(entry)
            chain = chain_next(chain, hashlib.sha256(entry.message.payload).digest(), entry.n)
            come.append(entry.message)
        assert (head.recipient, head.lane, head.n, head.chain) == (
            recipient.id,
            Lane.ORDINARY,
            entries[-1].n,
            chain.hex(),
        )
        assert request.path == "/lienthong"
        assert request.headers["content-type"] == "application/x-ndjson"
        assert "authorization" not in request.headers
    assert come == sent


async def test_taken_is_no_acknowledgement_but_may_be_acknowledged(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    await put(recipient, await endpoint())
    await sender.send(recipient)
    await until_taken(recipient, 1)
    assert not await world.rows("SELECT FROM acknowledgement WHERE agency_id = $1", recipient.id)
    assert (await recipient.acknowledge(1)).status_code == 200, "what was brought was given out"
    assert (await recipient.acknowledge(2)).status_code == 422


async def test_what_was_acknowledged_before_is_not_brought_unless_asked_for(
    world: World, endpoint: MakeEndpoint
) -> None:
    sender, recipient = await world.agencies(2)
    for _ in range(3):
        await sender.send(recipient)
    await recipient.read()
    await recipient.acknowledge(2)
    later, earlier = await endpoint(), await endpoint()
    assert (await put(recipient, later))["taken"] == 2
    await until_taken(recipient, 3)
    assert later.numbers == [3]
    await put(recipient, earlier, after=0)
    await until_taken(recipient, 3)
    assert earlier.numbers == [1, 2, 3]


async def test_an_endpoint_that_was_down_gets_everything(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint()
    await put(recipient, place)
    await sender.send(recipient)
    await until_taken(recipient, 1)
    await place.down()
    for _ in range(15):
        await sender.send(recipient)
    opened = await until_in("open", recipient)
    assert opened["failures"] >= 3
    assert opened["failing_since"] <= opened["next_attempt_at"]
    failed = [each for each in await attempts(recipient) if each["outcome"] == "failed"]
    assert {each["cause"] for each in failed} == {"connection_failed"}
    assert len({each["webhook_id"] for each in failed if each["kind"] == "page"}) == 1, "one page, one id"
    await place.up()
    healed = await until_taken(recipient, 16)
    assert place.numbers == list(range(1, 17))
    assert (healed["circuit"], healed["failures"], healed["failing_since"]) == ("closed", 0, None)
    probes = [each for each in place.taken if not each.numbers]
    assert probes, "an open circuit is tried with a head alone, before content goes out again"
    entries, head = probes[0].open(world)
    assert (entries, head.n) == ([], 1)


_HEADERS = [b"X-A: " + b"a" * 60000 + b"\r\n"] * 5
_CHUNKS = [b"10000\r\n" + b"a" * 65536 + b"\r\n"] * 80
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

BAD: dict[str, tuple[Behave, str, int | None]] = {
    "an error": (answering(500), "status", 500),
    "not found": (answering(404), "status", 404),
    "a redirect": (answering(307, "Location: http://127.0.0.1:1/"), "redirected", 307),
    "no answer in time": (answering(204, after=30), "too_slow", None),
    "a greeting of another protocol": (saying(b"220 mail.example.vn ESMTP\r\n"), "answer_broken", None),
    "nothing": (saying(b""), "answer_broken", None),
    "endless headers": (
        saying(b"HTTP/1.1 200 OK\r\n", *_HEADERS),
        "answer_broken",
        None,
    ),
    "half an answer": (saying(b"HTTP/1.1 200 OK\r\nContent-Le"), "answer_broken", None),
}


@pytest.mark.parametrize("sort", BAD)
async def test_whatever_is_no_2xx_in_time_is_tried_again_under_the_same_id(
    world: World, endpoint: MakeEndpoint, sort: str
) -> None:
    behave, cause, status = BAD[sort]
    sender, recipient = await world.agencies(2)
    place = await endpoint(one_after_another(behave, TAKES))
    await put(recipient, place)
    await sender.send(recipient)
    await until_taken(recipient, 1)
    first, *_, last = await attempts(recipient)
    assert (first["outcome"], first["cause"], first["status"]) == ("failed", cause, status)
    assert first["next_attempt_at"] is not None
    assert (last["outcome"], last["cause"], last["webhook_id"]) == ("taken", None, first["webhook_id"])
    assert [request.numbers for request in place.requests] == [[1], [1]]
    assert len({request.headers["x-jws-signature"] for request in place.requests}) == 2, "signed anew: iat is now"


LONG: dict[str, Behave] = {
    "huge": answering(200, body=b"a" * (8 << 20)),
    "endless": saying(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + b"a" * 65536 + b"\r\n"] * 80
    ),
    "garbage": saying(_CHUNKED, b"xyz\r\n"),
    "compressed, it says": answering(202, "Content-Encoding: gzip", body=b"no gzip at all"),
}


@pytest.mark.parametrize("sort", LONG)
async def test_of_a_2xx_only_the_status_counts(world: World, endpoint: MakeEndpoint, sort: str) -> None:
    sender, recipient = await world.agencies(2)
    await put(recipient, await endpoint(LONG[sort]))
    await sender.send(recipient)
    await until_taken(recipient, 1)
    (attempt,) = await attempts(recipient)
    assert (attempt["outcome"], attempt["cause"]) == ("taken", None)


async def test_retry_after_is_honoured_within_the_bound(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint(one_after_another(answering(503, "Retry-After: 86400"), TAKES))
    await put(recipient, place)
    await sender.send(recipient)
    await until_taken(recipient, 1)
    pause = place.requests[1].at - place.requests[0].at
    assert 0.5 <= pause < 5, "the bound here is half a second"


async def test_gone_ends_it_and_its_agency_is_told(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint(one_after_another(answering(410), TAKES))
    await put(recipient, place)
    await sender.send(recipient)
    told = await until_in("disabled", recipient)
    assert (told["disabled_cause"], told["next_attempt_at"], told["taken"]) == ("gone", None, 0)
    await asyncio.sleep(1.5)
    assert len(place.requests) == 1
    await put(recipient, place)
    assert (await until_taken(recipient, 1))["state"] == "active"
    assert place.numbers == [1]


async def test_urgent_entries_pass_an_ordinary_lane_that_hangs(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    hanging, quick = await endpoint(answering(204, after=30)), await endpoint()
    await put(recipient, hanging)
    await put(recipient, quick, Lane.URGENT)
    for _ in range(30):
        await sender.send(recipient)
    await asyncio.sleep(0.5)
    begun = asyncio.get_running_loop().time()
    await sender.send(recipient, priority=Priority.EXPRESS)
    await until_taken(recipient, 1, Lane.URGENT)
    assert asyncio.get_running_loop().time() - begun < 1.5
    assert (await state(recipient))["taken"] == 0


async def test_a_certificate_that_nobody_knows_is_not_trusted(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint()
    await put(recipient, place.url.replace("127.0.0.1", "localhost"))  # which its certificate does not name
    await sender.send(recipient)
    await until_in("open", recipient)
    assert {each["cause"] for each in await attempts(recipient)} == {"tls_failed"}
    assert place.requests == []
