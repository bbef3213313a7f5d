"""Deadlines of accepted messages: one row per message and kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane, Priority
from lienthong.exchange.domain.deadlines import Deadline
from lienthong.exchange.domain.notices import OpenDelivery

_ADD: Final = """
    INSERT INTO due (message, kind, sender, due_at, ends_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
    ON CONFLICT (message, kind) DO NOTHING
"""
# Deliveries that are open are few; those without a deadline were accepted by a version that set none.
_WITHOUT: Final = """
    SELECT m.id, m.sender, m.lane, m.accepted_at,
           coalesce((convert_from(m.payload, 'UTF8')::json #>> '{data,other,priority}')::integer, 0) AS priority
    FROM (
        SELECT DISTINCT d.message FROM delivery AS d
        WHERE d.state IN ('sent', 'arrived')
          AND NOT EXISTS (SELECT FROM due WHERE due.message = d.message AND due.kind = 'delivery')
        LIMIT $1
    ) AS open
    JOIN message AS m ON m.id = open.message
"""
# A document that asks for a change waits for the answer to that, or until its request has lapsed.
_LOCK_ENDED: Final = """
    SELECT message FROM due
    WHERE kind = $1 AND ends_at <= $2 AND NOT over
      AND (kind = 'answer' OR NOT EXISTS (
          SELECT FROM change_request AS r WHERE r.message = due.message AND r.state = 'asked'
      ))
    ORDER BY ends_at, message
    LIMIT $3
    FOR NO KEY UPDATE SKIP LOCKED
"""
# ORDER BY below FOR: the one order in which everyone locks deliveries.
_LOCK_OPEN: Final = """
    SELECT d.message, d.recipient, m.message_id, m.subject, m.lane
    FROM delivery AS d JOIN message AS m ON m.id = d.message
    WHERE d.message = ANY($1::uuid[]) AND d.state IN ('sent', 'arrived')
    ORDER BY d.message, d.recipient
    LIMIT $2
    FOR NO KEY UPDATE OF d
"""
_EXPIRE: Final = """
    WITH expired AS (
        UPDATE delivery AS d SET state = 'expired'
        FROM unnest($1::uuid[], $2::uuid[]) AS ended (document, recipient)
        WHERE d.message = ended.document AND d.recipient = ended.recipient
    )
    INSERT INTO expiry (document, recipient, expired_at)
    SELECT document, recipient, $3 FROM unnest($1::uuid[], $2::uuid[]) AS ended (document, recipient)
"""
_CLOSE_DELIVERIES: Final = """
    UPDATE due SET over = true
    WHERE message = ANY($1::uuid[]) AND kind = 'delivery'
      AND NOT EXISTS (SELECT FROM delivery AS d WHERE d.message = due.message AND d.state IN ('sent', 'arrived'))
"""


class DueKind(StrEnum):
    """What is due."""

    DELIVERY = "delivery"
    """A document is received or refused by its recipients."""
    ANSWER = "answer"
    """A request to change a document is answered."""


@dataclass(frozen=True, slots=True)
class NewDue:
    """A deadline of a message, by the id of its row."""

    message: UUID
    kind: DueKind
    sender: UUID
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class WithoutDeadline:
    """A document with open deliveries that has no deadline yet."""

    message: UUID
    sender: UUID
    lane: Lane
    priority: Priority
    accepted_at: datetime


async def add(connection: Connection, new: Sequence[NewDue]) -> None:
    """Set deadlines; one that is set stays."""
    await connection.execute(
        _ADD,
        [each.message for each in new],
        [each.kind for each in new],
        [each.sender for each in new],
        [each.deadline.due_at for each in new],
        [each.deadline.ends_at for each in new],
    )


async def find_without(connection: Connection, most: int) -> list[WithoutDeadline]:
    """Some documents with open deliveries and no deadline."""
    rows = await connection.fetch(_WITHOUT, most)
    return [
        WithoutDeadline(row["id"], row["sender"], Lane(row["lane"]), Priority(row["priority"]), row["accepted_at"])
        for row in rows
    ]


async def lock_ended(connection: Connection, kind: DueKind, now: datetime, most: int) -> list[UUID]:
    """Messages whose end has come, the earliest first; those another process has in hand are left to it."""
    return [row["message"] for row in await connection.fetch(_LOCK_ENDED, kind, now, most)]


async def lock_open(connection: Connection, messages: Sequence[UUID], most: int) -> list[OpenDelivery]:
    """The deliveries of these messages that are open, locked until the end of the transaction."""
    rows = await connection.fetch(_LOCK_OPEN, messages, most)
    return [
        OpenDelivery(
            message=row["message"],
            recipient=row["recipient"],
            message_id=row["message_id"],
            subject=row["subject"],
            lane=Lane(row["lane"]),
        )
        for row in rows
    ]


async def expire(connection: Connection, deliveries: Sequence[OpenDelivery], at: datetime) -> None:
    """These deliveries, which are locked and open, have expired."""
    await connection.execute(
        _EXPIRE, [each.message for each in deliveries], [each.recipient for each in deliveries], at
    )


async def close_deliveries(connection: Connection, messages: Sequence[UUID]) -> None:
    """Those of the messages that have no open delivery any more need no look again."""
    await connection.execute(_CLOSE_DELIVERIES, messages)
