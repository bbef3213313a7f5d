"""The fixtures every integration test builds on: shared servers, a database and topics of the test's own."""

from collections.abc import Callable

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from lienthong.common.testing.plugin import MakeTopic


async def test_a_record_goes_through_the_internal_listener(kafka: str, make_topic: MakeTopic) -> None:
    topic = await make_topic("facts")
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        await producer.send_and_wait(topic, "Quyết định".encode(), key=b"k")
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()
    assert record.value == "Quyết định".encode()


@pytest.mark.parametrize("partitions", [1, 5])
async def test_a_topic_can_be_used_as_soon_as_it_is_made(kafka: str, make_topic: MakeTopic, partitions: int) -> None:
    topic = await make_topic(partitions=partitions)
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        assert await producer.partitions_for(topic) == set(range(partitions))


async def test_each_test_has_an_empty_database_of_its_own(make_database: Callable[[str], str]) -> None:
    first, second = make_database("a"), make_database("b")
    assert first != second
    for dsn in (first, second):
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE document (id uuid PRIMARY KEY DEFAULT uuidv7())")
        await connection.close()


async def test_the_server_is_postgresql_18_in_utc_with_utf8(postgres_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_dsn)
    try:
        assert connection.get_server_version().major == 18
        assert await connection.fetchval("SHOW server_encoding") == "UTF8"
        assert await connection.fetchval("SHOW timezone") == "UTC"
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SELECT lower('ĐƯỜNG NGUYỄN')") == "đường nguyễn"
    finally:
        await connection.close()
