"""What lies on the documents' topics, read from the start to the end they have now."""

import asyncio
import json

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from lienthong.common.messages.topics import DOCUMENTS


async def records_of(bootstrap: str, wanted: set[str], *, seconds: float = 20) -> list[ConsumerRecord[bytes, bytes]]:
    """All records of the messages wanted, once each is there or the time is over."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = [record for record in await read_topics(bootstrap) if message_id(record) in wanted]
        if wanted <= {message_id(record) for record in found} or asyncio.get_running_loop().time() > deadline:
            return found
        await asyncio.sleep(0.2)


async def read_topics(bootstrap: str) -> list[ConsumerRecord[bytes, bytes]]:
    """Every record of both lanes."""
    partitions = [TopicPartition(spec.name, number) for spec in DOCUMENTS.values() for number in range(spec.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        records: list[ConsumerRecord[bytes, bytes]] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for page in (await consumer.getmany(timeout_ms=300)).values():
                records += page
        return records


def message_id(record: ConsumerRecord[bytes, bytes]) -> str:
    """The id of the message in a record."""
    return str(json.loads(record.value or b"{}")["id"])
