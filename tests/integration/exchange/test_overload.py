"""What cannot be taken in time is told so; what cannot be judged is not accepted; reading goes on."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import CLOUDEVENTS, Agency, World, stopped_pages

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateState, ClientState
from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.signing import SignedBytes
from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.processes import Processes


async def test_a_flood_is_told_to_come_again_and_loses_nothing(province: Province, exchange: Running) -> None:
    running = await asyncio.to_thread(
        province.start("flood", LIENTHONG_EXCHANGE_QUEUE="20", LIENTHONG_EXCHANGE_QUEUE_OF_ONE_AGENCY="10").wait_ready
    )
    async with province.world(running.url, "flood") as world:
        flooder, recipient, other = await world.agencies(3)
        async with stopped_pages(world):
            flood = [asyncio.create_task(flooder.post(flooder.message(recipient))) for _ in range(40)]
            await world.until(lambda: _answered(flood, 20), "the flood is told to come again")
            small = asyncio.create_task(other.post(other.message(recipient)))
            await asyncio.sleep(0.3)
            assert not small.done(), "there is room for others"
        answers = await asyncio.gather(*flood)
        found = Counter(answer.status_code for answer in answers)
        assert found.keys() == {201, 429}
        assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 429)
        assert (await small).status_code == 201
        assert len(await recipient.read_all()) == found[201] + 1
    await asyncio.to_thread(running.child.terminate)


async def test_what_is_not_answered_in_time_is_unknown_and_a_repeat_tells(
    province: Province, exchange: Running
) -> None:
    running = await asyncio.to_thread(province.start("slow", LIENTHONG_EXCHANGE_ANSWER_SECONDS="0.5").wait_ready)
    async with province.world(running.url, "slow") as world:
        sender, recipient = await world.agencies(2)
        message = sender.message(recipient)
        async with stopped_pages(world):
            answer = await sender.post(message)
            assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
            assert answer.headers["retry-after"]
        assert (await sender.post(message)).status_code in {200, 201}
        assert len(await recipient.read_all()) == 1
    await asyncio.to_thread(running.child.terminate)


async def test_a_seal_that_is_revoked_while_its_message_waits_is_refused(province: Province, exchange: Running) -> None:
    """Everyone later verifies as of `accepted_at`: else a message would be in inboxes that nobody can verify."""
    async with province.world(exchange.url, exchange.name) as world:
        before, revoked, recipient = await world.agencies(3)
        async with stopped_pages(world):
            first = asyncio.create_task(before.post(before.message(recipient)))
            await asyncio.sleep(0.2)
            waiting = asyncio.create_task(revoked.post(revoked.message(recipient)))
            await asyncio.sleep(0.2)
            now = world.clock.now()
            history = [(CertificateState.ACTIVE, now - timedelta(hours=1)), (CertificateState.REVOKED, now)]
            await world.tell([world.voice.certificate(revoked.identity, version=2, history=history)])

            await world.until(lambda: _is_revoked(revoked), "the revocation is known", seconds=2)
            assert not waiting.done()
        assert (await first).status_code == 201
        answer = await waiting
        assert (answer.status_code, answer.json()["code"]) == (422, "certificate_revoked")
        assert [entry.event["source"] for entry in await recipient.read_all()] == [before.identity.source]


async def test_too_many_readers_of_one_inbox_are_told(province: Province, exchange: Running) -> None:
    async with province.world(exchange.url, exchange.name) as world:
        agency = await world.agency()
        query = {"wait": 5}
        reads = [
            asyncio.create_task(world.http.get("/v1/inbox/ordinary", params=query, headers=agency.headers))
            for _ in range(25)
        ]
        answers = await asyncio.gather(*reads)
        assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 5}


async def test_a_reader_that_is_suspended_while_it_waits_gets_nothing(province: Province, exchange: Running) -> None:
    async with province.world(exchange.url, exchange.name) as world:
        sender, reader = await world.agencies(2)
        query, headers = {"wait": 20}, reader.headers
        waiting = asyncio.create_task(world.http.get("/v1/inbox/ordinary", params=query, headers=headers, timeout=30))
        await asyncio.sleep(0.3)
        suspended = world.voice.client(reader.client_id, [reader.id], version=2, state=ClientState.SUSPENDED)
        await world.tell([suspended])

        async def is_known() -> bool:
            return (await world.http.get("/v1/inbox/ordinary", headers=headers)).status_code == 401

        await world.until(is_known, "the suspension is known", seconds=2)
        await sender.send(reader)
        answer = await waiting
        assert (answer.status_code, answer.json()["code"]) == (401, "client_not_active")


async def test_a_reader_that_hangs_up_gives_its_place_back(province: Province, exchange: Running) -> None:
    async with province.world(exchange.url, exchange.name) as world:
        agency = await world.agency()
        for _ in range(3):
            waiting = [asyncio.create_task(agency.read(wait=30)) for _ in range(20)]
            await asyncio.sleep(0.4)
            for reader in waiting:
                reader.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

        async def is_free() -> bool:
            return (await agency.ask_inbox(Lane.ORDINARY, wait=0.1)).status_code == 200

        await world.until(is_free, "all are noticed to be gone", seconds=5)


async def test_without_present_trust_nothing_is_accepted_and_reading_goes_on(
    tmp_path: Path, private_servers: PrivateServers
) -> None:
    processes = Processes(tmp_path / "logs")
    province = Province.on(private_servers.addresses, tmp_path / "province", processes)
    try:
        running = province.start("silent", LIENTHONG_EXCHANGE_TRUST_SILENCE_SECONDS="2").wait_live()
        async with province.world(running.url, "silent") as world:
            await world.begin()
            await asyncio.to_thread(running.wait_ready)
            sender, recipient = await world.agencies(2)
            accepted = sender.message(recipient)
            first = await sender.post(accepted)
            private_servers.freeze("kafka")

            async def is_refused() -> bool:
                return (await sender.post(sender.message(recipient))).json().get("code") == "trust_not_current"

            await world.until(is_refused, "acts are refused")
            again = await sender.post(accepted)
            assert (again.status_code, again.json()) == (200, first.json()), "a repeat is answered"
            assert [entry.message for entry in await recipient.read_all()] == await _accepted(world, sender)
            assert (await recipient.acknowledge(1)).json()["code"] == "trust_not_current"
            private_servers.thaw("kafka")
            await world.until(lambda: _is_accepted(sender, recipient), "acts are taken again", seconds=60)
    finally:
        private_servers.thaw("kafka")
        processes.end()


async def _is_revoked(agency: Agency) -> bool:
    """Asked with what would never get into the queue."""
    return (await agency.post(agency.identity.signer.sign(b"{}"))).json()["code"] == "certificate_revoked"


async def _is_accepted(sender: Agency, recipient: Agency) -> bool:
    return (await sender.post(sender.message(recipient))).status_code == 201


async def _accepted(world: World, sender: Agency) -> list[SignedBytes]:
    rows = await world.rows("SELECT payload, jws FROM message WHERE sender = $1 ORDER BY id", sender.id)
    return [SignedBytes(row["payload"], row["jws"]) for row in rows]


async def _answered(posts: list[asyncio.Task[httpx.Response]], number: int) -> bool:
    return sum(post.done() for post in posts) >= number


async def test_large_messages_of_one_agency_leave_time_to_the_others(world: World) -> None:
    """A megabyte is read and judged in moments, whatever stands in it, and many of them in turn."""
    sender, recipient, other = await world.agencies(3)
    told = sender.event(sender.document([recipient], extensions={"vn.test/text": "@"}))
    texts = ["a" + "\u0323\u0307" * 240_000, "[" + "{}," * 320_000 + "{}]", "aé" * 300_000]
    payload = to_bytes(told)
    hostile = [
        sender.identity.signer.sign(payload.replace(b'"@"', text.encode() if "{" in text else f'"{text}"'.encode()))
        for text in texts
    ]
    posting = [asyncio.create_task(sender.post(signed)) for signed in hostile * 4]
    await asyncio.sleep(0.2)
    begun = time.monotonic()
    assert (await other.track(other, new_id())).status_code == 404
    assert time.monotonic() - begun < 8, "minutes, where the work grows with the square"
    answers = await asyncio.gather(*posting)
    assert {answer.status_code for answer in answers} <= {200, 201, 409, 422, 429}


async def test_bodies_that_come_drop_by_drop_leave_room_to_the_others(world: World) -> None:
    """A request has its place while its body comes; one agency has a quarter of them."""
    sender, other = await world.agencies(2)
    finish = asyncio.Event()

    async def slow_body() -> AsyncIterator[bytes]:
        yield b"{"
        await finish.wait()
        yield b"}"

    headers = sender.headers | {"Content-Type": CLOUDEVENTS, "X-JWS-Signature": "a..b"}
    async with httpx.AsyncClient(base_url=world.http.base_url, limits=httpx.Limits(), timeout=60) as http:
        slow = [
            asyncio.create_task(http.post("/v1/messages", content=slow_body(), headers=headers)) for _ in range(300)
        ]
        await asyncio.sleep(3)  # no answer is read before the body is sent
        assert (await other.track(other, new_id())).status_code == 404
        finish.set()
        answers = await asyncio.gather(*slow, return_exceptions=True)
    told = Counter(answer.status_code for answer in answers if isinstance(answer, httpx.Response))
    assert told[422] == 256
    assert told.keys() <= {422, 429}
