"""The inbox's tables: `inbox` (what came), `inbox_held` and `inbox_attempt` (what is not applied yet, and why)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from lienthong.common.broker import Record
from lienthong.common.database import Connection
from lienthong.common.inbox.events import VerifiedEvent

_REMEMBER = """
    INSERT INTO inbox (consumer, source, id, digest, received_at)
    SELECT $1, source, id, digest, $5
    FROM unnest($2::text[], $3::uuid[], $4::bytea[]) AS arrival (source, id, digest)
    ORDER BY source, id  -- two processes with the same page wait for each other instead of deadlocking
    ON CONFLICT DO NOTHING
    RETURNING source, id
"""
_DIGESTS = """
    SELECT i.source, i.id, i.digest
    FROM inbox AS i JOIN unnest($2::text[], $3::uuid[]) AS arrival (source, id) USING (source, id)
    WHERE i.consumer = $1
"""
_HELD_KEYS = """
    SELECT DISTINCT h.topic, h.key
    FROM inbox_held AS h JOIN unnest($2::text[], $3::bytea[]) AS arrival (topic, key) USING (topic, key)
    WHERE h.consumer = $1
"""
_HOLD = """
    INSERT INTO inbox_held (consumer, source, id, type, state, attempts, cause, retry_at, received_at, topic, partition,
                            log_offset, recorded_at, key, value, header_names, header_values)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    RETURNING position
"""
_TELL_ATTEMPT = """
    INSERT INTO inbox_attempt (held, number, tried_at, cause)
    SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM inbox_attempt WHERE held = $1
    RETURNING number
"""
_FORGET_ATTEMPTS = "DELETE FROM inbox_attempt WHERE held = $1 AND number > 1 AND number <= $2"
_LATEST_ATTEMPTS = 19
_DUE_HEADS = """
    SELECT position FROM (
        SELECT DISTINCT ON (topic, key) position, state, retry_at
        FROM inbox_held WHERE consumer = $1
        ORDER BY topic, key, position
    ) AS head
    WHERE state = 'waiting' AND retry_at <= $2
    ORDER BY position
    LIMIT $3
"""
_LOCK_HEAD = """
    SELECT topic, key FROM inbox_held
    WHERE position = $1 AND state = 'waiting' AND retry_at <= $2
    FOR UPDATE SKIP LOCKED
"""
_QUEUE = """
    SELECT position, attempts, topic, partition, log_offset, recorded_at, key, value, header_names, header_values
    FROM inbox_held WHERE consumer = $1 AND topic = $2 AND key = $3
    ORDER BY position LIMIT $4
"""
_FAILED = "UPDATE inbox_held SET state = $2, attempts = $3, cause = $4, retry_at = $5 WHERE position = $1"
_COUNT = "SELECT state, count(*) AS number FROM inbox_held WHERE consumer = $1 GROUP BY state"
_FORGET = """
    DELETE FROM inbox WHERE (consumer, source, id) IN (
        SELECT i.consumer, i.source, i.id FROM inbox AS i
        WHERE i.consumer = $1 AND i.received_at < $2
          AND NOT EXISTS (SELECT FROM inbox_held AS h WHERE (h.consumer, h.source, h.id) = (i.consumer, i.source, i.id))
        ORDER BY i.received_at LIMIT $3
    )
"""
_FORGOTTEN_AT_ONCE = 5000
_NO_TIMESTAMP_TYPE = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified event with the record it came in; identity is (source, id), sameness the SHA-256 of its bytes."""

    record: Record
    verified: VerifiedEvent[Any]
    digest: bytes

    @classmethod
    def of(cls, record: Record, verified: VerifiedEvent[Any]) -> "Arrival":
        return cls(record, verified, hashlib.sha256(verified.signed.payload).digest())

    @property
    def identity(self) -> tuple[str, UUID]:
        return self.verified.event.source, self.verified.event.id

    @property
    def scope(self) -> tuple[str, bytes]:
        """Within it order is kept."""
        return self.record.topic, self.record.key or b""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a failed attempt makes of a held event; `cause` None means it has not been tried."""

    state: str
    attempts: int
    cause: str | None
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One event of a held queue, as it came."""

    position: int
    attempts: int
    record: Record


async def remember(
    connection: Connection, consumer: str, arrivals: Sequence[Arrival], now: datetime
) -> set[tuple[str, UUID]]:
    """Write down what came; answers the identities that are new. Waits for another process that has the same ones."""
    rows = await connection.fetch(
        _REMEMBER,
        consumer,
        [arrival.identity[0] for arrival in arrivals],
        [arrival.identity[1] for arrival in arrivals],
        [arrival.digest for arrival in arrivals],
        now,
    )
    return {(row["source"], row["id"]) for row in rows}


async def digests_of(
    connection: Connection, consumer: str, identities: Sequence[tuple[str, UUID]]
) -> dict[tuple[str, UUID], bytes]:
    """The digests under which known identities came first."""
    rows = await connection.fetch(
        _DIGESTS, consumer, [source for source, _ in identities], [identifier for _, identifier in identities]
    )
    return {(row["source"], row["id"]): row["digest"] for row in rows}


async def held_scopes(
    connection: Connection, consumer: str, scopes: Sequence[tuple[str, bytes]]
) -> set[tuple[str, bytes]]:
    """Which of these keys are blocked by a held event."""
    rows = await connection.fetch(_HELD_KEYS, consumer, [topic for topic, _ in scopes], [key for _, key in scopes])
    return {(row["topic"], row["key"]) for row in rows}


async def hold(connection: Connection, consumer: str, arrival: Arrival, verdict: Verdict, now: datetime) -> None:
    """Keep an event, whole, until it can be applied."""
    record, event = arrival.record, arrival.verified.event
    position: Any = await connection.fetchval(
        _HOLD,
        consumer,
        event.source,
        event.id,
        event.type,
        verdict.state,
        verdict.attempts,
        verdict.cause,
        verdict.retry_at,
        now,
        record.topic,
        record.partition,
        record.offset,
        from_milliseconds(record.timestamp),
        record.key or b"",
        record.value,
        [name for name, _ in record.headers],
        [value for _, value in record.headers],
    )
    await _tell_attempt(connection, position, verdict, now)


async def due_heads(connection: Connection, consumer: str, now: datetime, most: int) -> list[int]:
    """Positions of the first held events of keys whose pause is over."""
    return [row["position"] for row in await connection.fetch(_DUE_HEADS, consumer, now, most)]


async def lock_head(connection: Connection, position: int, now: datetime) -> tuple[str, bytes] | None:
    """Lock a key by its head; None when another process works on it or has done so."""
    row = await connection.fetchrow(_LOCK_HEAD, position, now)
    return None if row is None else (row["topic"], row["key"])


async def queue_of(connection: Connection, consumer: str, scope: tuple[str, bytes], most: int) -> list[HeldRow]:
    """The held events of a key in order."""
    return [_held_row(row) for row in await connection.fetch(_QUEUE, consumer, *scope, most)]


async def release(connection: Connection, position: int) -> None:
    """The event was applied or skipped: the next of its key is now first."""
    await connection.execute("DELETE FROM inbox_held WHERE position = $1", position)


async def failed_again(connection: Connection, position: int, verdict: Verdict, now: datetime) -> None:
    """Write down what the attempt came to."""
    await connection.execute(_FAILED, position, verdict.state, verdict.attempts, verdict.cause, verdict.retry_at)
    await _tell_attempt(connection, position, verdict, now)


async def _tell_attempt(connection: Connection, position: int, verdict: Verdict, now: datetime) -> None:
    if verdict.cause is not None:
        number: Any = await connection.fetchval(_TELL_ATTEMPT, position, now, verdict.cause)
        await connection.execute(_FORGET_ATTEMPTS, position, number - _LATEST_ATTEMPTS)


async def count_held(connection: Connection, consumer: str) -> dict[str, int]:
    """How many events are held, by state."""
    return {row["state"]: row["number"] for row in await connection.fetch(_COUNT, consumer)}


async def forget(connection: Connection, consumer: str, before: datetime) -> int:
    """Remove remembered identities older than `before`, some thousand at most; answers how many."""
    status = await connection.execute(_FORGET, consumer, before, _FORGOTTEN_AT_ONCE)
    return int(status.removeprefix("DELETE "))


def _held_row(row: asyncpg.Record) -> HeldRow:
    return HeldRow(row["position"], row["attempts"], record_of(row))


def record_of(row: asyncpg.Record) -> Record:
    """The record that a row keeps whole."""
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["log_offset"],
        timestamp=to_milliseconds(row["recorded_at"]),
        timestamp_type=_NO_TIMESTAMP_TYPE,
        key=row["key"],
        value=row["value"],
        checksum=None,
        serialized_key_size=len(row["key"] or b""),
        serialized_value_size=len(row["value"] or b""),
        headers=tuple(zip(row["header_names"], row["header_values"], strict=True)),
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_milliseconds(timestamp: int) -> datetime:
    """The moment that a record's timestamp names."""
    return _EPOCH + timedelta(milliseconds=timestamp)


def to_milliseconds(moment: datetime) -> int:
    """The timestamp of a record for a moment."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
