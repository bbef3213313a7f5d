"""An urgent document among 50,000 ordinary ones: in the queue of submissions, the outbox and the recipient's inbox."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from statistics import median
from uuid import UUID

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World, answered, stopped_pages, told

from lienthong.common.messages.document import Lane, OtherInfo, Priority
from lienthong.common.messages.topics import DOCUMENTS
from lienthong.common.signing import SignedBytes

BULK = 50_000
URGENT = OtherInfo(priority=Priority.EXPRESS)

# Only what the way of a document reads: rows of an earlier hour, as its writer would have left them.
_SEED = """
    WITH new AS (
        INSERT INTO message (id, sender, message_id, subject, lane, accepted_at, size, sha256, payload, jws,
                             receipt, receipt_jws)
        SELECT gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), 'ordinary', now(), 2000, sha256('x'),
               convert_to(repeat('x', 2000), 'UTF8'), 'a..b', convert_to(repeat('r', 500), 'UTF8'), 'a..b'
        FROM generate_series(1, $3)
        RETURNING id
    ), delivered AS (
        INSERT INTO delivery (recipient, lane, n, message, chain)
        SELECT $2, 'ordinary', i.n + row_number() OVER (), id, sha256('x')
        FROM new, agency_inbox AS i WHERE i.agency_id = $2 AND i.lane = 'ordinary'
    ), counted AS (
        UPDATE agency_inbox SET n = n + $3 WHERE agency_id = $2 AND lane = 'ordinary'
    )
    INSERT INTO outbox (topic, key, reference) SELECT $4, $1::uuid::text, id FROM new
"""


@asynccontextmanager
async def urgent_topic(kafka: str) -> AsyncGenerator[AIOKafkaConsumer]:
    """A reader at the end of the topic of urgent documents."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        topic = DOCUMENTS[Lane.URGENT]
        consumer.assign([TopicPartition(topic.name, number) for number in range(topic.partitions)])
        await consumer.seek_to_end()
        yield consumer
    finally:
        await consumer.stop()


async def time_on_its_way(sender: Agency, recipient: Agency, consumer: AIOKafkaConsumer, n: int) -> dict[str, float]:
    """Seconds from the post of urgent document `n` until it is answered, read by its recipient, and in Kafka."""
    message = sender.message(recipient, priority=Priority.EXPRESS)
    found: dict[str, float] = {}

    async def note(name: str, signed: SignedBytes) -> None:
        assert signed.payload == message.payload
        found[name] = time.monotonic() - begun

    async def answer() -> None:
        response = await sender.post(message)
        assert response.status_code == 201, response.text
        await note("answered", message)

    async def inbox() -> None:
        [entry], _ = await recipient.read(Lane.URGENT, after=n - 1, wait=60)
        await note("inbox", entry.message)

    async def kafka() -> None:
        record = await consumer.getone()
        await note("kafka", SignedBytes(record.value or b"", "a..b"))

    waiting = [asyncio.create_task(inbox()), asyncio.create_task(kafka())]
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    async with asyncio.timeout(60):
        await asyncio.gather(answer(), *waiting)
    return found


async def flood(sender: Agency, recipient: Agency) -> None:
    """Batches of ordinary documents, one after another, for as long as the task runs."""
    while True:
        answer = await sender.post_batch([sender.message(recipient) for _ in range(100)])
        assert answer.status_code in {200, 429}, answer.text


@pytest.mark.requirement("QD28-6")
async def test_fifty_thousand_ordinary_documents_do_not_delay_an_urgent_one(
    province: Province, exchange: Running
) -> None:
    running = await asyncio.to_thread(province.start("lanes").wait_ready)
    async with province.world(running.url, "lanes") as world, urgent_topic(province.servers.kafka) as consumer:
        sender, recipient, other = await world.agencies(3)
        alone = [await time_on_its_way(sender, recipient, consumer, n) for n in range(1, 8)][2:]
        await _seed(world, sender.id, recipient.id)
        flooding = [asyncio.create_task(flood(each, recipient)) for each in (sender, other)]
        try:
            await world.until(lambda: _shrinks(world), "the relay has begun")
            behind = [await time_on_its_way(sender, recipient, consumer, n) for n in range(8, 13)]
            [left] = await world.rows("SELECT count(*) FROM outbox")
        finally:
            for task in flooding:
                task.cancel()
            results = await asyncio.gather(*flooding, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results
        print(f"alone {alone}\nbehind {BULK}: {behind}\n{left[0]} left")
        assert left[0] > BULK // 10, "the bulk was gone before the urgent documents were measured"
        for name in ("answered", "inbox", "kafka"):
            usual, with_bulk = median(each[name] for each in alone), median(each[name] for each in behind)
            assert with_bulk < max(1.0, 20 * usual), f"{name}: {usual:.3f} s alone, {with_bulk:.3f} s behind {BULK}"
    await asyncio.to_thread(running.child.terminate)


async def _seed(world: World, sender: UUID, recipient: UUID) -> None:
    await world.rows(_SEED, sender, recipient, BULK, DOCUMENTS[Lane.ORDINARY].name)


async def _shrinks(world: World) -> bool:
    [row] = await world.rows("SELECT count(*) FROM emitted")
    return row[0] > 1000


async def test_the_bulk_of_an_agency_leaves_room_for_its_urgent_documents(
    province: Province, exchange: Running
) -> None:
    running = await asyncio.to_thread(
        province.start("room", LIENTHONG_EXCHANGE_QUEUE="20", LIENTHONG_EXCHANGE_QUEUE_OF_ONE_AGENCY="10").wait_ready
    )
    async with province.world(running.url, "room") as world:
        sender, recipient = await world.agencies(2)
        async with stopped_pages(world):
            bulk = [asyncio.create_task(sender.post(sender.message(recipient))) for _ in range(40)]
            await world.until(lambda: _refused(bulk, 20), "its share of the ordinary lane is full")
            urgent = asyncio.create_task(sender.post(sender.message(recipient, priority=Priority.EXPRESS)))
            await asyncio.sleep(0.3)
            assert not urgent.done(), "it waits for the database alone"
        assert (await urgent).status_code == 201
        codes = [answer.status_code for answer in await asyncio.gather(*bulk)]
        assert len(await recipient.read_all()) == codes.count(201)
        assert len(await recipient.read_all(Lane.URGENT)) == 1
    await asyncio.to_thread(running.child.terminate)


async def _refused(posts: Sequence[asyncio.Task[httpx.Response]], number: int) -> bool:
    return sum(post.done() for post in posts) >= number


async def test_lines_of_a_batch_keep_the_order_of_their_lane_and_who_says_after_waits_in_either(world: World) -> None:
    sender, recipient = await world.agencies(2)
    events = []
    for number in range(60):
        other = URGENT if number % 3 else OtherInfo()
        after = events[-1].id if number % 2 else None
        events.append(sender.event(sender.document([recipient], after=after, other=other)))
    lines = [sender.seal(event) for event in events]
    assert set(told(answered(await sender.post_batch(lines)))) == {201}
    for lane in Lane:
        expected = [line for line, event in zip(lines, events, strict=True) if event.data.lane is lane]
        assert [entry.message for entry in await recipient.read_all(lane)] == expected
