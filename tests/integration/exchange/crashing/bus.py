"""What stands in the topics of what agencies say, read on from plan to plan as a service's reader folds it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from lienthong.common.messages.topics import CHANGES, DELIVERIES, DOCUMENTS, STATUSES

Record = ConsumerRecord[bytes, bytes]
TOPICS = [*DOCUMENTS.values(), *STATUSES.values(), *CHANGES.values(), *DELIVERIES.values()]
_PARTITIONS = [TopicPartition(spec.name, number) for spec in TOPICS for number in range(spec.partitions)]


@dataclass(slots=True)
class Topics:
    """First occurrences in the order of their partitions; a repeat must be the very same record."""

    firsts: dict[str, dict[bytes, Record]] = field(default_factory=lambda: {spec.name: {} for spec in TOPICS})
    _positions: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])

    async def read_on(self, kafka: str) -> None:
        """Everything up to the present ends."""
        async with _consumer(kafka) as consumer:
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(_PARTITIONS)
            await self._read_on(consumer, ends)

    async def forget(self, kafka: str) -> None:
        """What stands there now is no concern of ours."""
        async with _consumer(kafka) as consumer:
            self._positions |= await consumer.end_offsets(_PARTITIONS)

    async def _read_on(self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> None:
        for partition in _PARTITIONS:
            consumer.seek(partition, self._positions.get(partition, 0))
        async with asyncio.timeout(30):
            while any(self._positions.get(partition, 0) < ends[partition] for partition in _PARTITIONS):
                for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                    for record in records:
                        self._take(record)
                    self._positions[partition] = await consumer.position(partition)

    def _take(self, record: Record) -> None:
        assert record.key is not None
        assert record.value is not None
        first = self.firsts[record.topic].setdefault(record.value, record)
        assert (first.key, first.headers) == (record.key, record.headers), "said again, word by word"


@asynccontextmanager
async def _consumer(kafka: str) -> AsyncGenerator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(_PARTITIONS)
        yield consumer
    finally:
        await consumer.stop()
