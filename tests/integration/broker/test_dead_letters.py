"""What cannot be used is kept as it came, where operators find it again."""

import asyncio
from dataclasses import replace

from aiokafka import AIOKafkaConsumer
from confluent_kafka import Producer

from lienthong.common.broker import (
    BrokerSettings,
    DeadLetter,
    DeadLetters,
    Record,
    ensure_topics,
    letter_of,
    make_producer,
)
from lienthong.common.messages.topics import dead_letters
from lienthong.common.telemetry import make_telemetry
from lienthong.common.testing.plugin import MakeTopic


async def read(kafka: str, topic: str, count: int) -> list[Record]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


def send_nothing(kafka: str, topic: str) -> None:
    """A record with neither key nor value, as other clients send it."""
    producer = Producer({"bootstrap.servers": kafka})
    producer.produce(topic)
    producer.flush(10)


async def test_a_dead_letter_keeps_key_value_and_headers(kafka: str, make_topic: MakeTopic, topic_prefix: str) -> None:
    topic, consumer = await make_topic(), f"{topic_prefix}consumer"
    settings, telemetry = BrokerSettings(kafka, "test"), make_telemetry("test")
    await ensure_topics(settings, [dead_letters(consumer)])
    producer = make_producer(settings, linger_ms=0)
    await producer.start()
    try:
        headers = [("a", b"1"), ("a", b"\xff"), ("n", None)]
        await producer.send_and_wait(topic, b"\x00poison", key=b"k", headers=headers)  # pyright: ignore[reportArgumentType]
        send_nothing(kafka, topic)
        original, bare = records = await read(kafka, topic, 2)
        await DeadLetters(producer, consumer, telemetry).put(
            [DeadLetter(record, "malformed_json") for record in records]
        )
        first, second = await read(kafka, dead_letters(consumer).name, 2)
    finally:
        await producer.stop()
    assert (first.key, first.value) == (b"k", b"\x00poison")
    assert list(first.headers) == [
        *headers,
        ("x-error", b"malformed_json"),
        ("x-origin", f"{topic}-0@0".encode()),
        ("x-time", str(original.timestamp).encode()),
    ]
    assert letter_of(first) == DeadLetter(replace(original, headers=tuple(original.headers)), "malformed_json")
    assert letter_of(second) == DeadLetter(replace(bare, headers=(), serialized_value_size=0), "malformed_json")
    assert letter_of(original) is None
    assert (second.key, second.value, second.headers[-1]) == (None, b"", ("x-value", b"null"))
    counted = f'lienthong_dead_letters_total{{consumer="{consumer}",error="malformed_json"}} 2.0'
    assert counted in telemetry.metrics.exposition().decode()
