"""What a record may hold, and what a failing handler may do, without a record being lost, obeyed or skipped."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from lienthong.common.broker import MAX_RECORD_BYTES, BrokerSettings, Record, Subscription, ensure_topics, make_producer
from lienthong.common.messages.topics import TopicSpec
from lienthong.common.testing.plugin import MakeTopic

from .reading import reading


@asynccontextmanager
async def producing(kafka: str) -> AsyncGenerator[AIOKafkaProducer]:
    producer = make_producer(BrokerSettings(kafka, "test"), linger_ms=0)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def end_offset(kafka: str, topic: str) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        return (await consumer.end_offsets([partition]))[partition]
    finally:
        await consumer.stop()


async def committed(kafka: str, topic: str, group: str) -> int | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        return await consumer.committed(TopicPartition(topic, 0))
    finally:
        await consumer.stop()


async def test_exact_bytes_keys_and_headers_reach_the_handler(kafka: str, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    async with producing(kafka) as producer, reading(kafka, topic, f"{topic}.g") as reader:
        await producer.send_and_wait(topic, b"1", key=b"k", headers=[("jws-signature", b"a..b")])
        await producer.send_and_wait(topic, b'{"a":1, "a":2}', key=b"k")
        await reader.until(2)
        first, second = (record for page in reader.pages for record in page)
    assert first.value == b"1"
    assert first.key == b"k"
    assert list(first.headers) == [("jws-signature", b"a..b")]
    assert second.value == b'{"a":1, "a":2}'


@pytest.mark.parametrize("header", [None, b"\xff\xfe", b""], ids=["null", "not UTF-8", "empty"])
async def test_a_record_with_an_odd_header_is_not_skipped(
    kafka: str, make_topic: MakeTopic, header: bytes | None
) -> None:
    topic = await make_topic()
    async with producing(kafka) as producer, reading(kafka, topic, f"{topic}.g") as reader:
        await producer.send_and_wait(topic, b"odd", headers=[("x", header)])  # pyright: ignore[reportArgumentType]
        await producer.send_and_wait(topic, b"next")
        await reader.until(2)
        assert reader.values == [b"odd", b"next"]
        assert list(reader.pages[0][0].headers) == [("x", header)]


async def test_a_tombstone_is_handed_over_as_none(kafka: str, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    async with producing(kafka) as producer, reading(kafka, topic, f"{topic}.g") as reader:
        await producer.send_and_wait(topic, None, key=b"k")
        await reader.until(1)
        assert reader.values == [None]


async def test_a_reply_to_header_makes_nobody_answer(kafka: str, make_topic: MakeTopic) -> None:
    topic, named = await make_topic(), await make_topic("named-by-the-sender")
    async with producing(kafka) as producer, reading(kafka, topic, f"{topic}.g") as reader:
        headers = [("reply_to", named.encode()), ("correlation_id", b"c")]
        await producer.send_and_wait(topic, b"answer me", headers=headers)
        await producer.send_and_wait(topic, b"next")
        await reader.until(2)
    assert await end_offset(kafka, named) == 0


async def test_a_page_that_fails_comes_again_and_nothing_passes_it(kafka: str, make_topic: MakeTopic) -> None:
    topic, attempts = await make_topic(), 0

    async def fails_twice(records: Sequence[Record]) -> None:
        nonlocal attempts
        attempts += 1
        if attempts <= 2:
            raise ConnectionError("the database is away")

    async with producing(kafka) as producer:
        for number in range(20):
            await producer.send_and_wait(topic, str(number).encode())
        async with reading(kafka, topic, f"{topic}.g", fails_twice) as reader:
            await reader.until(20)
            assert reader.values == [str(number).encode() for number in range(20)]
    assert await committed(kafka, topic, f"{topic}.g") == 20


async def test_a_failing_page_is_not_tried_thousands_of_times(kafka: str, make_topic: MakeTopic) -> None:
    topic, attempts = await make_topic(), 0

    async def always_fails(records: Sequence[Record]) -> None:
        nonlocal attempts
        attempts += 1
        raise ConnectionError("the database is away")

    async with producing(kafka) as producer, reading(kafka, topic, f"{topic}.g", always_fails):
        await producer.send_and_wait(topic, b"x")
        await asyncio.sleep(2.0)
    assert 2 <= attempts <= 60
    assert await committed(kafka, topic, f"{topic}.g") in {None, 0}


async def test_stop_ends_a_pause_at_once_and_commits_nothing_of_the_failed_page(
    kafka: str, make_topic: MakeTopic
) -> None:
    topic, failed = await make_topic(), asyncio.Event()

    async def fails(records: Sequence[Record]) -> None:
        failed.set()
        raise ConnectionError("the database is away")

    async with producing(kafka) as producer:
        await producer.send_and_wait(topic, b"x")
        async with asyncio.timeout(20):
            async with reading(kafka, topic, f"{topic}.g", fails):
                await failed.wait()
        async with reading(kafka, topic, f"{topic}.g") as again:
            await again.until(1)
            assert again.values == [b"x"]


async def test_stop_waits_for_the_page_under_way_and_its_commit(kafka: str, make_topic: MakeTopic) -> None:
    topic, begun = await make_topic(), asyncio.Event()

    async def slow(records: Sequence[Record]) -> None:
        begun.set()
        await asyncio.sleep(0.5)

    async with producing(kafka) as producer:
        await producer.send_and_wait(topic, b"x")
        async with reading(kafka, topic, f"{topic}.g", slow) as reader:
            await begun.wait()
        assert reader.values == [b"x"]
    assert await committed(kafka, topic, f"{topic}.g") == 1


async def test_a_new_group_reads_from_the_first_record(kafka: str, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    async with producing(kafka) as producer:
        await producer.send_and_wait(topic, b"before anyone listened")
    async with reading(kafka, topic, f"{topic}.late") as reader:
        await reader.until(1)


async def test_a_page_holds_no_more_than_its_size(kafka: str, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    async with producing(kafka) as producer:
        for number in range(25):
            await producer.send_and_wait(topic, str(number).encode())
        async with reading(kafka, topic, f"{topic}.g", page_size=10) as reader:
            await reader.until(25)
            assert max(len(page) for page in reader.pages) <= 10


async def test_the_largest_message_passes(kafka: str, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    await ensure_topics(BrokerSettings(kafka, "test"), [TopicSpec(topic, 1, "none")])
    body = b"x" * (MAX_RECORD_BYTES - 20_000)
    async with producing(kafka) as producer, reading(kafka, topic, f"{topic}.g") as reader:
        await producer.send_and_wait(topic, body, headers=[("receipt", b"r" * 4000)])
        await producer.send_and_wait(topic, b"next")
        await reader.until(2)
        assert reader.values == [body, b"next"]


async def test_a_reader_is_ready_when_its_group_has_reached_the_end(kafka: str, make_topic: MakeTopic) -> None:
    topic, released = await make_topic(), asyncio.Event()

    async def patient(_: Sequence[Record]) -> None:
        await released.wait()

    async with producing(kafka) as producer:
        await producer.send_and_wait(topic, b"x")
        async with reading(kafka, topic, f"{topic}.g", patient) as reader:
            await asyncio.sleep(1)
            assert reader.subscription is not None
            assert await reader.subscription.missing() == f"{topic}: 1 records to read"
            released.set()
            await until_ready(reader.subscription)
            async with reading(kafka, topic, f"{topic}.g") as second:
                assert second.subscription is not None
                await until_ready(second.subscription)  # though the topic's only partition is the first one's


async def until_ready(subscription: Subscription) -> None:
    async with asyncio.timeout(20):
        while await subscription.missing() is not None:  # noqa: ASYNC110  its readiness is asked for, never told
            await asyncio.sleep(0.1)


async def test_readiness_can_be_asked_for_at_every_moment_of_the_start(kafka: str, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    told: set[str] = set()
    async with reading(kafka, topic, f"{topic}.g") as reader, asyncio.timeout(20):
        assert reader.subscription is not None
        while (missing := await reader.subscription.missing()) is not None:
            told.add(missing)
            await asyncio.sleep(0)
    assert f"{topic}: not started" in told


async def test_pages_and_records_are_counted_and_the_reader_is_ready(kafka: str, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    async with producing(kafka) as producer, reading(kafka, topic, f"{topic}.g") as reader:
        await producer.send_and_wait(topic, b"x")
        await reader.until(1)
        await asyncio.sleep(0.1)
        assert reader.subscription is not None
        assert await reader.subscription.missing() is None
        shown = reader.telemetry.metrics.exposition().decode()
    assert f'lienthong_consumed_records_total{{topic="{topic}"}} 1.0' in shown
    assert f'lienthong_consumer_lag_records{{partition="0",topic="{topic}"}} 0.0' in shown
