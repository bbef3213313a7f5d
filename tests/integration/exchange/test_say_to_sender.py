"""What the exchange itself says lies in the inbox of a document's sender like every other entry, and on its topic."""

import asyncio

from aiokafka import AIOKafkaConsumer
from tests.integration.exchange.province import Province
from tests.integration.exchange.world import Agency, World

from lienthong.common.database import Database
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import Catalogue, read
from lienthong.common.messages.exchange import DeliveryEnded
from lienthong.common.messages.notice import EndedDelivery, Ending
from lienthong.common.messages.topics import DELIVERIES
from lienthong.common.outbox import Outbox
from lienthong.common.reading import ServiceEvents
from lienthong.common.signing import HeldBy, SignedBytes, SignedWithin, all_of
from lienthong.common.sources import EXCHANGE
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.usecases.say_to_sender import SayToSender


def ended(sender: Agency, recipient: Agency, lane: Lane = Lane.ORDINARY) -> DeliveryEnded:
    return DeliveryEnded.new(
        source=EXCHANGE,
        time=sender.world.clock.now(),
        subject=str(new_id()),
        data=EndedDelivery(
            sender=sender.organization,
            recipient=recipient.organization,
            lane=lane,
            message_id=new_id(),
            document_id="000.00.01.H53,2026/11/22,12/BC-SNV",
            how=Ending.EXPIRED,
        ),
    )


async def say(world: World, *notices: DeliveryEnded) -> None:
    async with Database.open(world.dsn, name="test") as database:
        outbox = Outbox(database)
        tell = SayToSender(Statements("training", world.exchange.signer.sign), outbox, world.clock)
        async with database.transaction() as connection:
            told = await tell(connection, notices)
        assert told == {(each.data.sender.agency_id, each.data.lane) for each in notices}
        await outbox.wake()


async def test_it_is_an_entry_like_every_other(world: World) -> None:
    sender, other, recipient = await world.agencies(3)
    await recipient.send(sender)
    notices = [ended(sender, recipient), ended(other, recipient), ended(sender, recipient, Lane.URGENT)]
    await say(world, *notices, second := ended(sender, recipient))
    await recipient.send(sender)
    entries = await sender.read_all()
    assert [entry.event["id"] for entry in entries[1:3]] == [str(notices[0].id), str(second.id)]
    assert len(entries) == 4, "others go on behind it"
    for entry in entries[1:3]:
        policy = all_of(HeldBy(EXCHANGE), SignedWithin())
        receipt = world.check_receipt(entry)
        verified = world.trust.verifier.verify(
            entry.message, at=receipt.accepted_at, certificates=world.trust.certificates, policy=policy
        )
        said = read(verified.payload, DeliveryEnded, tolerant=False)
        assert (receipt.source, receipt.lane, str(receipt.subject)) == (EXCHANGE, Lane.ORDINARY, said.subject)
    assert [entry.event["id"] for entry in await other.read_all()] == [str(notices[1].id)]
    assert [entry.event["id"] for entry in await sender.read_all(Lane.URGENT)] == [str(notices[2].id)]
    assert (await sender.acknowledge(4)).status_code == 200
    assert await recipient.read_all() == []


async def test_the_topic_carries_it_under_the_key_of_who_is_told(world: World, province: Province) -> None:
    sender, recipient = await world.agencies(2)
    await say(world, ended(sender, recipient))
    consumer = AIOKafkaConsumer(
        DELIVERIES[Lane.ORDINARY].name, bootstrap_servers=province.servers.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    reads = ServiceEvents(world.trust, Catalogue([DeliveryEnded]))
    try:
        async with asyncio.timeout(15):
            found: SignedBytes | None = None
            while found is None:
                record = await consumer.getone()
                if record.key == str(sender.id).encode():
                    event = reads(record)
                    assert event.event.data.recipient.agency_id == recipient.id
                    found = event.signed
    finally:
        await consumer.stop()
    assert [found] == [entry.message for entry in await sender.read_all()]


async def test_who_said_it_is_on_record(world: World) -> None:
    sender, recipient = await world.agencies(2)
    notice = ended(sender, recipient)
    await say(world, notice)
    (row,) = await world.rows("SELECT who, act FROM audit WHERE object = $1", f"{EXCHANGE}/messages/{notice.id}")
    assert tuple(row) == (EXCHANGE, "message.say")
