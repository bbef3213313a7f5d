"""What lies on topics, and a hostile or broken producer on the internal listener that adds to it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from lienthong.common.broker import BrokerSettings, Record, make_producer
from lienthong.common.messages.topics import TopicSpec


async def read_all(kafka: str, *topics: TopicSpec) -> list[Record]:
    """Every record up to the present ends, partition by partition."""
    partitions = [TopicPartition(spec.name, number) for spec in topics for number in range(spec.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False) as consumer:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        records: list[Record] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for page in (await consumer.getmany(timeout_ms=300)).values():
                records += page
        return sorted(records, key=lambda record: (record.topic, record.partition, record.offset))


@dataclass
class Intruder:
    """Whoever may write to the internal listener and should not, or a program of ours that has lost its mind."""

    producer: AIOKafkaProducer

    async def repeat(self, records: Sequence[Record], *, topic: str = "", key: bytes | None = None) -> None:
        """Say records again as they were, in the order given; elsewhere or under another key if told so."""
        for record in records:
            await self.put(topic or record.topic, record.key if key is None else key, record.value, record.headers)

    async def put(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = ()
    ) -> None:
        """Any record at all."""
        await self.producer.send_and_wait(topic, value, key=key, headers=list(headers))  # pyright: ignore[reportArgumentType]


@asynccontextmanager
async def intruding(kafka: str) -> AsyncGenerator[Intruder]:
    """An intruder for the body of the `with`."""
    producer = make_producer(BrokerSettings(kafka, "intruder"), linger_ms=0)
    await producer.start()
    try:
        yield Intruder(producer)
    finally:
        await producer.stop()
