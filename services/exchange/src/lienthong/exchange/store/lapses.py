"""Requests to change documents that nobody answers in time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.notices import Lapsed

_FIND: Final = """
    SELECT DISTINCT message, recipient FROM change_request
    WHERE message = ANY($1::uuid[]) AND state = 'asked'
    ORDER BY message, recipient LIMIT $2
"""
# ORDER BY below FOR: the one order in which everyone locks deliveries. Both are locked: the document's, and that of a
# document that asks.
_LOCK: Final = """
    SELECT FROM unnest($1::uuid[], $2::uuid[]) AS asked (message, recipient)
    JOIN change_request AS r USING (message, recipient)
    JOIN delivery AS d ON d.recipient = r.recipient AND d.message IN (r.message, r.document)
    WHERE d.state IS NOT NULL
    ORDER BY d.message, d.recipient
    FOR NO KEY UPDATE OF d
"""
# What was answered while the locks were waited for is not asked any more. A version that nobody agreed to is declined;
# a letter of revocation is a document of its own, which expires as others do.
_LAPSE: Final = """
    WITH lapsed AS (
        UPDATE change_request AS r SET state = 'lapsed', lapsed_at = $3
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (message, recipient)
        WHERE (r.message, r.recipient, r.state) = (asked.message, asked.recipient, 'asked')
        RETURNING r.message, r.recipient, r.document, r.kind
    ), declined AS (
        UPDATE delivery AS d SET state = 'declined' FROM lapsed
        WHERE (d.message, d.recipient) = (lapsed.message, lapsed.recipient)
          AND lapsed.kind IN ('update', 'replace') AND d.state IN ('sent', 'arrived')
    )
    SELECT lapsed.message, lapsed.recipient, asking.message_id, asking.subject,
           document.id AS row, document.message_id AS document, document.lane
    FROM lapsed JOIN message AS asking ON asking.id = lapsed.message
         JOIN message AS document ON document.id = lapsed.document
    ORDER BY lapsed.message, lapsed.recipient, lapsed.document
"""
_CLOSE: Final = """
    UPDATE due SET over = true
    WHERE message = ANY($1::uuid[]) AND kind = 'answer'
      AND NOT EXISTS (SELECT FROM change_request AS r WHERE r.message = due.message AND r.state = 'asked')
"""

Unanswered = tuple[UUID, UUID]
"""A request at one recipient: the message that asks (by the id of its row), and who is asked."""


async def lock_unanswered(connection: Connection, messages: Sequence[UUID], most: int) -> list[Unanswered]:
    """Some requests of these messages that wait for their answer; the deliveries concerned are locked."""
    asked = [(row["message"], row["recipient"]) for row in await connection.fetch(_FIND, messages, most)]
    await connection.execute(_LOCK, [message for message, _ in asked], [recipient for _, recipient in asked])
    return asked


async def lapse(connection: Connection, asked: Sequence[Unanswered], at: datetime) -> list[Lapsed]:
    """Those of the requests that still wait have lapsed, one for each document they are about."""
    rows = await connection.fetch(_LAPSE, [message for message, _ in asked], [recipient for _, recipient in asked], at)
    return [
        Lapsed(
            recipient=row["recipient"],
            message_id=row["message_id"],
            subject=row["subject"],
            row=row["row"],
            document=row["document"],
            lane=Lane(row["lane"]),
        )
        for row in rows
    ]


async def close_answers(connection: Connection, messages: Sequence[UUID]) -> None:
    """Those of the messages that wait for no answer any more need no look again."""
    await connection.execute(_CLOSE, messages)
