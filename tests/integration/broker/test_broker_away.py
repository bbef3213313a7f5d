"""The broker is killed in the middle: what was acknowledged is read, in order, by the same reader."""

import asyncio

from lienthong.common.broker import BrokerSettings, ensure_topics, make_producer
from lienthong.common.messages.topics import TopicSpec
from lienthong.common.testing.failures import PrivateServers

from .reading import reading


async def test_a_killed_broker_loses_nothing_that_was_acknowledged(private_servers: PrivateServers) -> None:
    kafka = private_servers.addresses.kafka
    settings = BrokerSettings(kafka, "test")
    await ensure_topics(settings, [TopicSpec("facts", 1, "none")])
    producer = make_producer(settings)
    await producer.start()
    try:
        async with reading(kafka, "facts", "facts.g") as reader:
            first = [await producer.send("facts", str(number).encode()) for number in range(100)]
            await asyncio.gather(*first)
            await reader.until(100)
            await asyncio.to_thread(private_servers.kill, "kafka")
            later = [await producer.send("facts", str(number).encode()) for number in range(100, 200)]
            await asyncio.to_thread(private_servers.restart, "kafka")
            await asyncio.gather(*later)
            await reader.until(200, 90)
            seen = list(dict.fromkeys(reader.values))
    finally:
        await producer.stop()
    assert seen == [str(number).encode() for number in range(200)]
