"""Attempts to bring entries to an endpoint, kept for a while: what their recipient and operators see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.webhooks import Cause, EndpointAnswer

_BEGIN: Final = """
    INSERT INTO webhook_attempt (agency_id, lane, webhook_id, kind, first, last, begun_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
"""
_END: Final = """
    UPDATE webhook_attempt SET ended_at = $2, taken = $3, cause = $4, status = $5, milliseconds = $6,
                               next_attempt_at = $7
    WHERE id = $1
"""
_INTERRUPT: Final = """
    UPDATE webhook_attempt SET ended_at = $3, taken = false, cause = 'interrupted'
    WHERE agency_id = $1 AND lane = $2 AND ended_at IS NULL
"""
_READ: Final = """
    SELECT id, webhook_id, kind, first, last, begun_at, ended_at, taken, cause, status, milliseconds, next_attempt_at
    FROM webhook_attempt
    WHERE agency_id = $1 AND lane = $2 AND ($3::bigint IS NULL OR id < $3)
    ORDER BY id DESC LIMIT $4
"""
_FORGET_OLD: Final = """
    DELETE FROM webhook_attempt WHERE id IN (SELECT id FROM webhook_attempt WHERE begun_at < $1 ORDER BY id LIMIT $2)
"""
_FIND: Final = """
    SELECT id, webhook_id, kind, first, last, begun_at, ended_at, taken, cause, status, milliseconds, next_attempt_at
    FROM webhook_attempt WHERE id = $1
"""
# Of each webhook, those behind its newest so many. Deleted in portions, so that no statement takes long.
_FORGET_MANY: Final = """
    DELETE FROM webhook_attempt WHERE id IN (
        SELECT a.id
        FROM webhook AS w
        CROSS JOIN LATERAL (
            SELECT id FROM webhook_attempt
            WHERE agency_id = w.agency_id AND lane = w.lane ORDER BY id DESC OFFSET $1 LIMIT 1
        ) AS last
        JOIN webhook_attempt AS a ON a.agency_id = w.agency_id AND a.lane = w.lane AND a.id <= last.id
        LIMIT $2
    )
"""


class Kind(StrEnum):
    """What an attempt brought: entries, or a head without entries, to look whether the endpoint answers again."""

    PAGE = "page"
    PROBE = "probe"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; `taken` is None while it is under way."""

    id: int
    webhook_id: UUID
    kind: Kind
    first: int | None
    last: int | None
    begun_at: datetime
    ended_at: datetime | None
    taken: bool | None
    cause: Cause | None
    status: int | None
    milliseconds: int | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be sent: under which id, of which kind, and the first and the last entry of a page."""

    id: UUID
    kind: Kind
    entries: tuple[int, int] | None = None


async def begin(connection: Connection, inbox: InboxKey, intent: Intent, at: datetime) -> int:
    """Say it before it is done; the attempt's number."""
    first, last = intent.entries or (None, None)
    row = await connection.fetchrow(_BEGIN, *inbox, intent.id, intent.kind, first, last, at)
    if row is None:
        raise LookupError("an inserted row is returned")
    return row["id"]


async def end(
    connection: Connection, attempt: int, answer: EndpointAnswer, at: datetime, next_attempt_at: datetime | None
) -> None:
    """What came of it."""
    await connection.execute(
        _END, attempt, at, answer.taken, answer.cause, answer.status, answer.milliseconds, next_attempt_at
    )


async def interrupt(connection: Connection, inbox: InboxKey, at: datetime) -> None:
    """What is still under way was another holder's, and nobody knows what came of it."""
    await connection.execute(_INTERRUPT, *inbox, at)


async def read(connection: Connection, inbox: InboxKey, *, before: int | None, most: int) -> list[Attempt]:
    """The newest attempts first, those before a number."""
    return [_attempt(row) for row in await connection.fetch(_READ, *inbox, before, most)]


async def find(connection: Connection, attempt: int) -> Attempt:
    """An attempt that was just written."""
    row = await connection.fetchrow(_FIND, attempt)
    if row is None:
        raise LookupError("attempts are kept for a while")
    return _attempt(row)


async def forget(connection: Connection, *, older_than: datetime, most_of_one: int, portion: int = 5000) -> int:
    """Remove a portion of what is too old, or too much of one webhook; how many there were."""
    old = await connection.execute(_FORGET_OLD, older_than, portion)
    many = await connection.execute(_FORGET_MANY, most_of_one, portion)
    return sum(int(done.removeprefix("DELETE ")) for done in (old, many))


def _attempt(row: asyncpg.Record) -> Attempt:
    return Attempt(
        id=row["id"],
        webhook_id=row["webhook_id"],
        kind=Kind(row["kind"]),
        first=row["first"],
        last=row["last"],
        begun_at=row["begun_at"],
        ended_at=row["ended_at"],
        taken=row["taken"],
        cause=None if row["cause"] is None else Cause(row["cause"]),
        status=row["status"],
        milliseconds=row["milliseconds"],
        next_attempt_at=row["next_attempt_at"],
    )
