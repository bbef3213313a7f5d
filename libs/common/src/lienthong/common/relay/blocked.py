"""Keys that wait after Kafka refused their record, as operators see them: list and retry, which is audited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.outbox import CHANNEL

# `behind` reads the outbox once, whatever the number of keys: rows have no index by key.
_LIST: Final = """
    SELECT r.topic, r.key, r.outbox_id, r.cause, r.attempts, r.refused_at, r.retry_at,
           count(*) FILTER (WHERE o.id > r.outbox_id) AS behind
    FROM outbox_refusal AS r JOIN outbox AS o ON (o.topic, o.key) = (r.topic, r.key)
    GROUP BY r.topic, r.key
    ORDER BY r.refused_at, r.topic, r.key
    LIMIT $1
"""
_RETRY: Final = """
    UPDATE outbox_refusal SET retry_at = least(retry_at, clock_timestamp())
    WHERE key = $1 AND ($2::text IS NULL OR topic = $2)
    RETURNING topic, key, outbox_id, cause, attempts, refused_at, retry_at, NULL::bigint AS behind
"""
_WAKE: Final = "SELECT pg_notify($1, '')"


class NoBlockedKey(LienthongError):
    """No record of this key waits after a refusal: it was sent meanwhile, or never refused."""

    code = "no_blocked_key"
    kind = Kind.NOT_FOUND
    title = Words("Khóa này không bị chặn trong hàng gửi", "This key is not blocked in the outbox")
    advice = Words("Xem lại danh sách khóa bị chặn.", "Look at the list of blocked keys again.")


@dataclass(frozen=True, slots=True)
class BlockedKey:
    """The first row of a key, which Kafka refused; `behind` counts the rows of the key that wait for it."""

    topic: str
    key: str
    row: int
    cause: str
    attempts: int
    refused_at: datetime
    retry_at: datetime
    behind: int | None


class BlockedKeys:
    """The operators' desk for an outbox; `who` is the path of the person acting."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, *, most: int = 100) -> "list[BlockedKey]":
        """Blocked keys, the longest blocked first."""
        async with self._database.connection() as connection:
            return [_blocked_key(row) for row in await connection.fetch(_LIST, most)]

    async def retry(self, key: str, *, who: str, topic: str | None = None) -> "list[BlockedKey]":
        """Let the relay try the key now, in each topic where it is blocked or in one. Audited. Raises NoBlockedKey."""
        async with self._database.transaction() as connection:
            blocked = [_blocked_key(row) for row in await connection.fetch(_RETRY, key, topic)]
            if not blocked:
                raise NoBlockedKey
            await write_audit(connection, *(self._record(who, one) for one in blocked))
            await connection.execute(_WAKE, CHANNEL)
        return blocked

    def _record(self, who: str, blocked: BlockedKey) -> AuditRecord:
        details = {"row": blocked.row, "attempts": blocked.attempts}
        return AuditRecord(
            self._clock.now(), who, "outbox.retry", f"/outbox/{blocked.topic}/{blocked.key}", Outcome.DONE, details
        )


def _blocked_key(row: asyncpg.Record) -> BlockedKey:
    return BlockedKey(
        topic=row["topic"],
        key=row["key"],
        row=row["outbox_id"],
        cause=row["cause"],
        attempts=row["attempts"],
        refused_at=row["refused_at"],
        retry_at=row["retry_at"],
        behind=row["behind"],
    )
