"""One agency's document goes through the exchange into others' inboxes, unchanged, numbered and acknowledged."""

import asyncio
import hashlib
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaConsumer
from tests.integration.exchange.province import Province
from tests.integration.exchange.world import Agency, World

from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.exchange import DeliveryReceipt, chain_start
from lienthong.common.messages.topics import DOCUMENTS
from lienthong.common.reading import AgencyMessages
from lienthong.common.signing import SignedBytes


async def test_a_document_arrives_as_it_was_sent(world: World) -> None:
    sender, recipient = await world.agencies(2)
    sent = await sender.send(recipient)
    (entry,) = await recipient.read_all()
    assert entry.message == sent
    assert world.check_receipt(entry).lane is Lane.ORDINARY
    assert await sender.read_all() == []


async def test_everyone_who_is_named_gets_it_and_nobody_else(world: World) -> None:
    sender, *recipients, bystander = await world.agencies(5)
    sent = await sender.send(*recipients)
    for recipient in recipients:
        assert [entry.message for entry in await recipient.read_all()] == [sent]
    assert await bystander.read_all() == []


async def test_an_urgent_document_has_its_own_lane_and_numbers(world: World) -> None:
    sender, recipient = await world.agencies(2)
    ordinary = await sender.send(recipient)
    urgent = await sender.send(recipient, priority=Priority.EXPRESS)
    assert [(entry.n, entry.message) for entry in await recipient.read_all(Lane.ORDINARY)] == [(1, ordinary)]
    assert [(entry.n, entry.message) for entry in await recipient.read_all(Lane.URGENT)] == [(1, urgent)]


async def test_documents_of_one_sender_keep_their_order(world: World) -> None:
    sender, recipient = await world.agencies(2)
    sent = [await sender.send(recipient) for _ in range(12)]
    assert [entry.message for entry in await recipient.read_all()] == sent


async def test_many_at_once_are_numbered_without_gaps(world: World) -> None:
    senders = await world.agencies(4)
    recipient = await world.agency()
    sent = [sender.message(recipient) for sender in senders for _ in range(25)]
    answers = await asyncio.gather(*(_owner(senders, message).post(message) for message in sent))
    assert {answer.status_code for answer in answers} == {201}
    entries = await recipient.read_all()
    assert {entry.message.payload for entry in entries} == {message.payload for message in sent}
    assert len(entries) == len(sent)


async def test_a_waiting_reader_gets_the_document_when_it_comes(world: World) -> None:
    sender, recipient = await world.agencies(2)
    waiting = asyncio.create_task(recipient.read(wait=30))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    sent = await sender.send(recipient)
    async with asyncio.timeout(3):
        entries, head = await waiting
    assert [entry.message for entry in entries] == [sent]
    assert head["n"] == 1


async def test_the_head_of_an_empty_inbox_is_its_first_link(world: World) -> None:
    agency = await world.agency()
    entries, head = await agency.read(wait=0.2)
    assert entries == []
    assert (head["n"], head["chain"]) == (0, chain_start(agency.id, Lane.ORDINARY).hex())
    assert head["environment"] == "training"


async def test_a_cursor_beyond_the_end_is_told(world: World) -> None:
    agency = await world.agency()
    answer = await world.http.get("/v1/inbox/ordinary", params={"after": 5}, headers=agency.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_beyond_end")
    async with asyncio.timeout(5):
        answer = await agency.ask_inbox(Lane.ORDINARY, after=5, wait=20)
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_beyond_end")


async def test_what_was_read_is_acknowledged_once(world: World) -> None:
    sender, recipient = await world.agencies(2)
    for _ in range(3):
        await sender.send(recipient)
    assert (await recipient.acknowledge(1)).json()["code"] == "not_given_yet"
    entries = await recipient.read_all()
    first = await recipient.acknowledge(2)
    assert first.status_code == 200
    receipt = DeliveryReceipt.model_validate(world.check(SignedBytes.from_line(first.json()["receipt"])), strict=False)
    assert (receipt.n, receipt.recipient) == (2, recipient.id)
    assert (await recipient.acknowledge(2)).json() == first.json()
    assert (await recipient.acknowledge(1)).json() == first.json(), "an earlier receipt covers it"
    assert (await recipient.acknowledge(4)).status_code == 422
    assert (await recipient.acknowledge(len(entries))).json() != first.json()


async def test_the_topic_carries_the_same_bytes_with_seal_and_receipt(world: World, province: Province) -> None:
    sender, recipient = await world.agencies(2)
    sent = [await sender.send(recipient) for _ in range(5)]
    consumer = AIOKafkaConsumer(
        DOCUMENTS[Lane.ORDINARY].name, bootstrap_servers=province.servers.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    read, found = AgencyMessages(world.trust, environment="training"), []
    world.trust.take(world.voice.certificate(sender.identity))
    try:
        async with asyncio.timeout(15):
            while len(found) < len(sent):
                record = await consumer.getone()
                if record.key == str(sender.id).encode():
                    found.append(read(record))
    finally:
        await consumer.stop()
    assert [document.signed for document in found] == sent
    assert all(document.event.data.sender.agency_id == sender.id for document in found)


@pytest.mark.requirement("N5")
async def test_acts_leave_audit_rows_without_content(world: World) -> None:
    sender, recipient = await world.agencies(2)
    sent = await sender.send(recipient)
    await recipient.read_all()
    await recipient.acknowledge(1)
    rows = await world.rows(
        "SELECT who, act, outcome, entry FROM audit WHERE who = ANY($1) AND outcome = 'done' ORDER BY at",
        [sender.identity.source, recipient.identity.source],
    )
    acts = [(row["who"], row["act"]) for row in rows]
    assert (sender.identity.source, "message.accept") in acts
    assert (recipient.identity.source, "inbox.read") in acts
    assert (recipient.identity.source, "inbox.acknowledge") in acts
    assert hashlib.sha256(sent.payload).hexdigest().encode() in b"".join(row["entry"] for row in rows)
    assert all("Báo cáo".encode() not in row["entry"] for row in rows)


def _owner(agencies: Sequence[Agency], message: SignedBytes) -> Agency:
    return next(each for each in agencies if each.identity.source.encode() in message.payload)
