"""Somebody writes to the topics besides the relay: old records again, in any order, elsewhere, under other keys.

Readers keep each message once, in the order in which it was first said; where events carry numbers, the highest holds.
"""

import asyncio
import random
from datetime import timedelta

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World
from tests.integration.failures.office import Office, open_office
from tests.integration.failures.records import intruding, read_all

from lienthong.common.messages.accounts import AgencyLife, CertificateState, ClientState
from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.status import StatusCode
from lienthong.common.messages.topics import (
    AGENCIES,
    CERTIFICATES,
    CLIENTS,
    DOCUMENTS,
    REVOCATION_LISTS,
    STATUSES,
    TOKEN_KEYS,
)
from lienthong.common.signing import SignedBytes

pytestmark = pytest.mark.xdist_group("failures")

EACH = 15
SHUFFLED = random.Random(5)


async def send_some(sender: Agency, recipient: Agency, number: int) -> list[str]:
    """Documents one after another, every third one urgent; their ids."""
    ids: list[str] = []
    for turn in range(number):
        priority = Priority.URGENT if turn % 3 == 0 else Priority.NORMAL
        message = await sender.send(recipient, priority=priority)
        ids.append(message_id(message))
    return ids


def message_id(message: SignedBytes) -> str:
    """The id in a message of ours."""
    return str(message.payload.partition(b'"id":"')[2].partition(b'"')[0].decode())


async def lanes_in_order(office: Office, sender: Agency, recipient: Agency) -> None:
    """What the office has of a sender stands, lane by lane, as in the recipient's inbox."""
    received = await office.received_from(sender.identity.source)
    for lane in Lane:
        inbox = [
            entry.event["id"]
            for entry in await recipient.read_all(lane)
            if entry.event["source"] == sender.identity.source
        ]
        assert [each for each in received if each in set(inbox)] == inbox


async def test_a_reader_of_the_topics_keeps_each_message_once_and_in_order(province: Province, world: World) -> None:
    servers, anchors = province.servers, province.voice.authority.anchors
    one, other, recipient = await world.agencies(3)
    async with (
        open_office(servers.kafka, servers.postgres, anchors) as office,
        intruding(servers.kafka) as intruder,
        office.working(),
    ):
        ids = [*await send_some(one, recipient, EACH), *await send_some(other, recipient, EACH)]
        *_, entry = await recipient.read_all()
        assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201
        await office.until_received(set(ids))
        topics = (*DOCUMENTS.values(), *STATUSES.values())
        ours = {str(agency.id).encode() for agency in (one, other, recipient)}
        old = [record for record in await read_all(servers.kafka, *topics) if record.key in ours]
        swapped = SHUFFLED.sample(old, len(old))

        going_on = asyncio.create_task(send_some(one, recipient, EACH))
        await intruder.repeat(old)
        await intruder.repeat(swapped)
        await intruder.repeat(old[::-1])
        later = await going_on
        astray = [record for record in old if record.topic == DOCUMENTS[Lane.ORDINARY].name][:3]
        await intruder.repeat(astray, topic=DOCUMENTS[Lane.URGENT].name)
        await intruder.repeat(astray, topic=STATUSES[Lane.ORDINARY].name)
        await intruder.repeat(astray, key=str(other.id).encode() + b"0")
        last = await send_some(other, recipient, 1)

        await office.until_received({*ids, *later, *last})
        strays = await office.dead({record.value for record in astray}, 9)
        received = await office.received()
        assert len(set(received)) == len(received)
        for sender in (one, other):
            await lanes_in_order(office, sender, recipient)
        assert {dict(letter.headers)["x-error"] for letter in strays} == {b"record_refused"}
        assert office.counted("duplicate") >= 3 * len(old)


async def test_agencies_are_known_as_their_highest_version_says(province: Province, world: World) -> None:
    ended, recipient = await world.agencies(2)
    versions = [world.record(ended, version=number) for number in range(2, 8)]
    versions.append(world.record(ended, version=8, state=AgencyLife.ENDED))
    for record in SHUFFLED.sample(versions, len(versions)):
        await world.tell_agency(record)
    async with intruding(province.servers.kafka) as intruder:
        key = str(ended.id).encode()
        old = [record for record in await read_all(province.servers.kafka, AGENCIES) if record.key == key]
        await intruder.repeat(SHUFFLED.sample(old, len(old)))
    await until_quiet(world, recipient)
    [row] = await world.rows("SELECT version, state FROM agency WHERE agency_id = $1", ended.id)
    assert (row["version"], row["state"]) == (8, "ended")
    answer = await recipient.post(recipient.message(ended))
    assert {each["code"] for each in answer.json()["violations"]} == {"recipient_ended"}


async def test_what_was_revoked_stays_revoked_whatever_is_said_again(province: Province, exchange: Running) -> None:
    """In a process that has seen it all, and in one that reads the topics from the start."""
    topics = (CERTIFICATES, CLIENTS, TOKEN_KEYS, REVOCATION_LISTS)
    async with province.world(exchange.url, exchange.name) as world:
        revoked, suspended = await world.agencies(2)
        now = world.clock.now()
        history = [(CertificateState.ACTIVE, now - timedelta(hours=1)), (CertificateState.REVOKED, now)]
        client = world.voice.client(suspended.client_id, [suspended.id], version=2, state=ClientState.SUSPENDED)
        await world.tell([world.voice.certificate(revoked.identity, version=2, history=history), client])
        await world.until(lambda: is_told(revoked, 422, "certificate_revoked"), "the revocation is known", seconds=2)
        async with intruding(province.servers.kafka) as intruder:
            old = await read_all(province.servers.kafka, *topics)
            await intruder.repeat(old)
            await intruder.repeat(SHUFFLED.sample(old, len(old)))
        # What was said again was read by now: a newcomer's certificate is said behind it, and is known.
        await world.agency()
        assert await is_told(revoked, 422, "certificate_revoked")
        assert await is_told(suspended, 401, "client_not_active")

    fresh = await asyncio.to_thread(province.start("fresh").wait_ready)
    async with province.world(fresh.url, "fresh") as world:
        for agency, status, code in ((revoked, 422, "certificate_revoked"), (suspended, 401, "client_not_active")):
            agency.world = world
            assert await is_told(agency, status, code)
    await asyncio.to_thread(fresh.child.terminate)


async def is_told(agency: Agency, status: int, code: str) -> bool:
    """Whether a message of the agency is refused by this name."""
    answer = await agency.post(agency.identity.signer.sign(b"{}"))
    return (answer.status_code, answer.json()["code"]) == (status, code)


async def until_quiet(world: World, witness: Agency) -> None:
    """Everything said about agencies so far has been read: what is said behind it about another one is known."""
    await world.tell_agency(world.record(witness, version=2))

    async def known() -> bool:
        return bool(await world.rows("SELECT FROM agency WHERE agency_id = $1 AND version = 2", witness.id))

    await world.until(known, "the register is up to date")
