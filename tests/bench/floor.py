"""The floor: the least that any pipeline of signed documents over PostgreSQL and Kafka does, as cheaply as possible.

One process takes signed documents from memory, a page at a time: verifies each detached ES256 signature, stores the
documents and their outbox rows in one transaction by COPY, sends them to Kafka (acks=all, idempotent, key = sender),
clears the outbox when they are acknowledged, reads them back through a consumer group, records a receipt for each and
commits the offsets. No rules, no numbers, no chains, no HTTP, no telemetry. The stages overlap; the run ends when every
receipt is committed, and is checked.

`python -m tests.bench.floor --kafka … --postgres … --watch PID PID` prints one JSON object.
"""

import argparse
import asyncio
import json
import os
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.partitioner import DefaultPartitioner
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from tests.bench.cpu import Watch

from lienthong.common.ids import new_id

SENDERS = 64
PAGE = 1000
PARTITIONS = 4
_ES256 = ec.ECDSA(SHA256())
_PROTECTED = b"eyJhbGciOiJFUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19"
_BATCH_BYTES = 1 << 19
_AHEAD = 3
"""Pages that one stage may be ahead of the next."""

_TABLES = """
    CREATE SCHEMA {s};
    CREATE TABLE {s}.document (id uuid PRIMARY KEY, sender text NOT NULL, signature bytea NOT NULL,
                               payload bytea NOT NULL) WITH (toast_tuple_target = 8160);
    ALTER TABLE {s}.document ALTER payload SET STORAGE EXTERNAL;
    CREATE TABLE {s}.outbox (document uuid PRIMARY KEY);
    CREATE TABLE {s}.receipt (document uuid PRIMARY KEY, partition integer NOT NULL, log_offset bigint NOT NULL);
"""
_CLEAR = "DELETE FROM {s}.outbox WHERE document = ANY($1::uuid[])"
_RECEIVE = """
    INSERT INTO {s}.receipt SELECT * FROM unnest($1::uuid[], $2::integer[], $3::bigint[]) ON CONFLICT DO NOTHING
"""
_CHECK = """
    SELECT (SELECT count(*) FROM {s}.document JOIN {s}.receipt ON receipt.document = document.id) AS received,
           (SELECT count(*) FROM {s}.outbox) AS waiting
"""


@dataclass(frozen=True, slots=True)
class Signed:
    """One document: raw signature (r and s) over protected header and payload."""

    id: UUID
    sender: str
    signature: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class FloorRun:
    """What a run came to."""

    documents: int
    seconds: float
    cpu_us: float
    """Of all processes together, for one document."""


class Seals:
    """One key per sender."""

    def __init__(self) -> None:
        self._keys = {f"agency-{place:02}": ec.generate_private_key(ec.SECP256R1()) for place in range(SENDERS)}
        self._public = {name: key.public_key() for name, key in self._keys.items()}

    def documents(self, number: int, size: int) -> list[Signed]:
        """Signed documents of so many bytes, of all senders in turn."""
        senders = list(self._keys)
        return [self._document(senders[place % SENDERS], size) for place in range(number)]

    def verify(self, page: Sequence[Signed]) -> Sequence[Signed]:
        """Check every signature of a page. Raises InvalidSignature."""
        for each in page:
            r, s = (int.from_bytes(each.signature[at : at + 32], "big") for at in (0, 32))
            signed = b"%s.%s" % (_PROTECTED, each.payload)
            self._public[each.sender].verify(encode_dss_signature(r, s), signed, _ES256)
        return page

    def _document(self, sender: str, size: int) -> Signed:
        document_id = new_id()
        head = f'{{"id":"{document_id}","sender":"{sender}","text":"'
        payload = f'{head}{os.urandom(size // 2).hex()[: size - len(head) - 2]}"}}'.encode()
        r, s = decode_dss_signature(self._keys[sender].sign(b"%s.%s" % (_PROTECTED, payload), _ES256))
        return Signed(document_id, sender, r.to_bytes(32, "big") + s.to_bytes(32, "big"), payload)


class Floor:
    """The pipeline on tables and a topic of its own."""

    def __init__(self, seals: Seals, writer: asyncpg.Connection, others: Sequence[asyncpg.Connection], schema: str):
        self._seals = seals
        self._threads = ThreadPoolExecutor(2)
        self._writer = writer
        self._clearer, self._receiver = others
        self._schema = schema
        self._partition: dict[str, int] = {}

    @classmethod
    @asynccontextmanager
    async def opened(cls, seals: Seals, dsn: str) -> AsyncGenerator["Floor"]:
        """Tables that are dropped at the end."""
        writer, *others = [await asyncpg.connect(dsn) for _ in range(3)]
        schema = f"floor_{new_id().hex}"
        await writer.execute(_TABLES.format(s=schema))
        try:
            yield cls(seals, writer, others, schema)
        finally:
            await writer.execute(f"DROP SCHEMA {schema} CASCADE")
            for connection in (writer, *others):
                await connection.close()

    async def run(self, documents: Sequence[Signed], kafka: str) -> None:
        """All documents through all stages; checked."""
        topic = f"floor-{new_id().hex}"
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        producer = AIOKafkaProducer(
            bootstrap_servers=kafka, acks="all", enable_idempotence=True, linger_ms=0, max_batch_size=_BATCH_BYTES
        )
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=kafka, group_id=topic, auto_offset_reset="earliest", enable_auto_commit=False
        )
        await admin.start()
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
        await producer.start()
        await consumer.start()
        try:
            await self._flow(documents, topic, producer, consumer)
        finally:
            await consumer.stop()
            await producer.stop()
            await admin.delete_topics([topic])
            await admin.close()
        row = await self._writer.fetchrow(_CHECK.format(s=self._schema))
        if row is None or (row["received"], row["waiting"]) != (len(documents), 0):
            raise RuntimeError(f"the floor lost something: {row}")

    async def _flow(
        self, documents: Sequence[Signed], topic: str, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer
    ) -> None:
        verified: asyncio.Queue[Any] = asyncio.Queue(_AHEAD)
        stored: asyncio.Queue[Any] = asyncio.Queue(_AHEAD)
        sent: asyncio.Queue[Any] = asyncio.Queue(_AHEAD)
        loop = asyncio.get_running_loop()

        async def verify() -> None:
            for start in range(0, len(documents), PAGE):
                page = documents[start : start + PAGE]
                await verified.put(loop.run_in_executor(self._threads, self._seals.verify, page))
            await verified.put(None)

        async def store() -> None:
            while (checked := await verified.get()) is not None:
                await self._store(page := await checked)
                await stored.put(page)
            await stored.put(None)

        async def send() -> None:
            while (page := await stored.get()) is not None:
                await sent.put((await self._send(page, topic, producer), page))
            await sent.put(None)

        async def clear() -> None:
            while (item := await sent.get()) is not None:
                acknowledgements, page = item
                await asyncio.gather(*acknowledgements)
                await self._clearer.execute(_CLEAR.format(s=self._schema), [each.id for each in page])

        async def receive() -> None:
            left = len(documents)
            while left:
                pages = await consumer.getmany(timeout_ms=200, max_records=2 * PAGE)
                records = [record for page in pages.values() for record in page]
                left -= len(records)
                if records:
                    await self._receive(records, consumer)

        async with asyncio.TaskGroup() as group:
            for stage in (verify, store, send, clear, receive):
                group.create_task(stage())

    async def _store(self, page: Sequence[Signed]) -> None:
        copy = self._writer.copy_records_to_table
        async with self._writer.transaction():
            records = [(each.id, each.sender, each.signature, each.payload) for each in page]
            columns = ["id", "sender", "signature", "payload"]
            await copy("document", schema_name=self._schema, columns=columns, records=records)
            await copy("outbox", schema_name=self._schema, records=[(each.id,) for each in page])

    async def _send(self, page: Sequence[Signed], topic: str, producer: AIOKafkaProducer) -> list[Awaitable[Any]]:
        partitions = sorted(await producer.partitions_for(topic))
        batches: dict[int, list[Signed]] = defaultdict(list)
        for each in page:
            key = each.sender.encode()
            place = self._partition.setdefault(each.sender, DefaultPartitioner()(key, partitions, partitions))
            batches[place].append(each)
        return [
            acknowledgement
            for partition, documents in batches.items()
            for acknowledgement in await self._send_to(partition, documents, topic, producer)
        ]

    async def _send_to(
        self, partition: int, documents: Sequence[Signed], topic: str, producer: AIOKafkaProducer
    ) -> list[Awaitable[Any]]:
        sent: list[Awaitable[Any]] = []
        batch = producer.create_batch()
        for each in documents:
            headers = [("id", each.id.bytes), ("signature", each.signature)]
            record: dict[str, Any] = {"key": each.sender.encode(), "value": each.payload, "timestamp": None}
            if batch.append(**record, headers=headers) is None:
                sent.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(**record, headers=headers)
        return [*sent, await producer.send_batch(batch, topic, partition=partition)]

    async def _receive(self, records: Sequence[Any], consumer: AIOKafkaConsumer) -> None:
        ids = [UUID(bytes=record.headers[0][1]) for record in records]
        places = [record.partition for record in records], [record.offset for record in records]
        await self._receiver.execute(_RECEIVE.format(s=self._schema), ids, *places)
        await consumer.commit()


async def measure(kafka: str, dsn: str, watched: Sequence[int], *, documents: int, size: int) -> FloorRun:
    """One measured run after a short one that warms everything up."""
    seals = Seals()
    made = seals.documents(documents, size)
    async with Floor.opened(seals, dsn) as warm:
        await warm.run(made[:PAGE], kafka)
    async with Floor.opened(seals, dsn) as floor:
        with Watch([os.getpid(), *watched]) as watch:
            started = perf_counter()
            await floor.run(made, kafka)
            seconds = perf_counter() - started
    return FloorRun(documents, seconds, watch.seconds / documents * 1e6)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.floor", description="the floor of the benchmark")
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--watch", type=int, nargs="*", default=[], help="process ids whose CPU time counts too")
    told = parser.parse_args()
    # The address may hold a password, which does not belong on a command line.
    dsn = os.environ["LIENTHONG_POSTGRES"]
    pace = uvloop.run(measure(told.kafka, dsn, told.watch, documents=told.documents, size=told.size))
    print(json.dumps(asdict(pace)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
