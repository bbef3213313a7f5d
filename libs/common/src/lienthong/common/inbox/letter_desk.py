"""Dead letters as operators see them: list, show, replay, skip. What stays undecided is on the topic alone.

A letter is known by its place in `<consumer>.dead`. A replay writes the record, as it came, into the database; the
worker reads it again there, through the same inbox, and says what became of it (`Rereading`). Acts are audited.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.broker import MAX_RECORD_BYTES, BrokerSettings, DeadLetter, Record, letter_of, origin_of
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.inbox.letters import KeptLetter, LetterDecided, LetterState, NoDeadLetter
from lienthong.common.inbox.store import from_milliseconds
from lienthong.common.messages.topics import dead_letters

_DECIDED: Final = "SELECT number, put_at, state, error, decided_at FROM dead_letter WHERE consumer = $1"
_ASK: Final = """
    INSERT INTO dead_letter (consumer, number, put_at, state, decided_at, topic, partition, log_offset, recorded_at,
                             key, value, header_names, header_values)
    VALUES ($1, $2, $3, 'asked', $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (consumer, number, put_at) DO UPDATE
    SET (state, error, decided_at, topic, partition, log_offset, recorded_at, key, value, header_names, header_values) =
        ('asked', NULL, excluded.decided_at, excluded.topic, excluded.partition, excluded.log_offset,
         excluded.recorded_at, excluded.key, excluded.value, excluded.header_names, excluded.header_values)
    WHERE dead_letter.state = 'refused'
"""
_SKIP: Final = """
    INSERT INTO dead_letter (consumer, number, put_at, state, decided_at) VALUES ($1, $2, $3, 'skipped', $4)
    ON CONFLICT (consumer, number, put_at) DO UPDATE
    SET (state, error, decided_at) = ('skipped', NULL, excluded.decided_at)
    WHERE dead_letter.state = 'refused'
"""
_READING_SECONDS: Final = 60


class LetterDesk:
    """The operators' desk for the dead letters of one consumer; `who` is the path of the person acting."""

    def __init__(self, database: Database, clock: Clock, broker: BrokerSettings, consumer: str) -> None:
        self._database = database
        self._clock = clock
        self._broker = broker
        self._consumer = consumer
        self._topic = dead_letters(consumer).name

    async def list(self, *, most: int = 100, decided: bool = False) -> "list[KeptLetter]":
        """Among the latest `most` letters those that wait for a decision, or all; in the order they were put."""
        found = await self._read(most=most)
        async with self._database.connection() as connection:
            known = await self._decided(connection)
        letters = [self._kept(put, letter, known) for put, letter in found]
        return [letter for letter in letters if decided or letter.state.waits_for_operator]

    async def find(self, number: int) -> KeptLetter:
        """One dead letter. Raises NoDeadLetter."""
        put, letter = await self._one(number)
        async with self._database.connection() as connection:
            return self._kept(put, letter, await self._decided(connection))

    async def replay(self, number: int, *, who: str, reason: str) -> KeptLetter:
        """Have the worker read it again. Audited. Raises NoDeadLetter, LetterDecided."""
        put, letter = await self._one(number)
        record = letter.record
        columns = (
            record.topic,
            record.partition,
            record.offset,
            from_milliseconds(record.timestamp),
            record.key,
            record.value,
            [name for name, _ in record.headers],
            [value for _, value in record.headers],
        )
        return await self._act("dead_letter.replay", _ASK, (put, letter), columns, who=who, reason=reason)

    async def skip(self, number: int, *, who: str, reason: str) -> KeptLetter:
        """Give it up; it stays on the topic as long as that keeps it. Audited. Raises NoDeadLetter, LetterDecided."""
        return await self._act("dead_letter.skip", _SKIP, await self._one(number), (), who=who, reason=reason)

    async def _act(
        self,
        act: str,
        statement: str,
        found: tuple[Record, DeadLetter],
        columns: Sequence[object],
        *,
        who: str,
        reason: str,
    ) -> KeptLetter:
        put, letter = found
        now = self._clock.now()
        details = {"error": letter.error, "origin": origin_of(letter.record), "reason": reason}
        path = f"/topics/{self._topic}/{put.offset}"
        async with self._database.transaction() as connection:
            place = (self._consumer, put.offset, from_milliseconds(put.timestamp))
            if await connection.execute(statement, *place, now, *columns) == "INSERT 0 0":
                raise LetterDecided
            await write_audit(connection, AuditRecord(now, who, act, path, Outcome.DONE, details))
            return self._kept(put, letter, await self._decided(connection))

    async def _one(self, number: int) -> tuple[Record, DeadLetter]:
        for found in await self._read(only=number):
            return found
        raise NoDeadLetter

    async def _read(self, *, most: int = 1, only: int | None = None) -> "list[tuple[Record, DeadLetter]]":
        """The latest letters of the topic, or the one at a place."""
        partition = TopicPartition(self._topic, 0)  # it has one
        consumer = AIOKafkaConsumer(
            **self._broker.client(), enable_auto_commit=False, max_partition_fetch_bytes=MAX_RECORD_BYTES
        )
        await consumer.start()
        try:
            consumer.assign([partition])
            begin = (await consumer.beginning_offsets([partition]))[partition]
            end = (await consumer.end_offsets([partition]))[partition]
            first = max(begin, end - most) if only is None else only
            end = end if only is None else min(end, only + 1)
            if not begin <= first < end:
                return []
            consumer.seek(partition, first)
            found: list[tuple[Record, DeadLetter]] = []
            async with asyncio.timeout(_READING_SECONDS):
                while await consumer.position(partition) < end:
                    put = await consumer.getone(partition)
                    letter = letter_of(put)
                    if put.offset < end and letter is not None:
                        found.append((put, letter))
            return found
        finally:
            await consumer.stop()

    async def _decided(self, connection: Connection) -> Mapping[tuple[int, datetime], asyncpg.Record]:
        rows = await connection.fetch(_DECIDED, self._consumer)
        return {(row["number"], row["put_at"]): row for row in rows}

    def _kept(
        self, put: Record, letter: DeadLetter, decided: Mapping[tuple[int, datetime], asyncpg.Record]
    ) -> KeptLetter:
        put_at, record = from_milliseconds(put.timestamp), letter.record
        row = decided.get((put.offset, put_at))
        return KeptLetter(
            number=put.offset,
            consumer=self._consumer,
            put_at=put_at,
            state=LetterState.OPEN if row is None else LetterState(row["state"]),
            decided_at=None if row is None else row["decided_at"],
            error=letter.error if row is None or row["error"] is None else row["error"],
            origin=origin_of(record),
            recorded_at=from_milliseconds(record.timestamp),
            key=(record.key or b"").decode("utf-8", "replace"),
            headers=tuple(name for name, _ in record.headers),
            size=len(record.value or b""),
            sha256=hashlib.sha256(record.value or b"").hexdigest(),
        )
