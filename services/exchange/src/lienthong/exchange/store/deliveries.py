"""Where documents are at their recipients: found, locked, read as of the lock, moved."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.document import Document, Lane
from lienthong.common.messages.envelope import read
from lienthong.common.messages.exchange import DocumentSent
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.deliveries import DeliveredDocument, DeliveryKey, SubjectKey
from lienthong.exchange.domain.states import ENDS, DeliveryState, History, Said

Row = tuple[UUID, UUID]
"""A delivery as rows name it: the message (by the id of its row) and the recipient."""

# Deliveries of these messages, and those that these messages have asked to have changed.
_FIND: Final = """
    WITH named AS (
        SELECT m.id AS message, asked.recipient
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (recipient, sender, message_id)
        JOIN message AS m USING (sender, message_id)
    )
    SELECT message, recipient FROM named
    UNION
    SELECT r.document, r.recipient FROM named JOIN change_request AS r USING (message, recipient)
"""
# What waits for its answer does not stand yet, and what was declined never did. Each subject is looked through once: a
# sender may have used it thousands of times, and ask for a thousand recipients.
_NEWEST: Final = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (sender, subject, recipient)
    ), version AS MATERIALIZED (
        SELECT m.sender, m.subject, d.recipient, d.message, m.message_id, m.accepted_at
        FROM (SELECT DISTINCT sender, subject FROM asked) AS named
             JOIN message AS m USING (sender, subject)
             JOIN LATERAL (
                 SELECT message, recipient FROM delivery
                 WHERE message = m.id AND state IS NOT NULL AND state <> 'declined' OFFSET 0
             ) AS d ON true
    )
    SELECT DISTINCT ON (v.sender, v.subject, v.recipient) v.sender, v.subject, v.recipient, v.message, v.message_id
    FROM version AS v JOIN asked USING (sender, subject, recipient)
    WHERE NOT EXISTS (
        SELECT FROM change_request AS r WHERE (r.message, r.recipient) = (v.message, v.recipient) AND r.state = 'asked'
    )
    ORDER BY v.sender, v.subject, v.recipient, v.accepted_at DESC, v.message DESC
"""
_COUNT_MESSAGES: Final = """
    SELECT asked.sender, asked.subject, used.messages
    FROM unnest($1::uuid[], $2::uuid[]) AS asked (sender, subject)
    CROSS JOIN LATERAL (
        SELECT count(*) AS messages FROM (
            SELECT FROM message AS m WHERE (m.sender, m.subject) = (asked.sender, asked.subject) LIMIT $3
        ) AS found
    ) AS used
"""
_SENT: Final = """
    SELECT DISTINCT asked.sender, asked.subject
    FROM unnest($1::uuid[], $2::uuid[]) AS asked (sender, subject)
    WHERE EXISTS (
        SELECT FROM message AS m JOIN delivery AS d ON d.message = m.id
        WHERE (m.sender, m.subject) = (asked.sender, asked.subject) AND d.state IS NOT NULL
    )
"""
# ORDER BY below FOR: rows are locked in this order, so that two pages never wait for each other in a circle.
_LOCK: Final = """
    SELECT FROM unnest($1::uuid[], $2::uuid[]) AS asked (message, recipient)
    JOIN delivery AS d USING (message, recipient)
    WHERE d.state IS NOT NULL
    ORDER BY d.message, d.recipient
    FOR NO KEY UPDATE OF d
"""
# Acknowledgements wait as long as this page does: whether a document has arrived does not change meanwhile.
_LOCK_READINGS: Final = """
    SELECT FROM inbox_reading AS r
    WHERE (r.agency_id, r.lane) IN (
        SELECT d.recipient, d.lane FROM unnest($1::uuid[], $2::uuid[]) AS asked (message, recipient)
        JOIN delivery AS d USING (message, recipient)
    )
    ORDER BY r.agency_id, r.lane
    FOR SHARE
"""
_READ: Final = """
    SELECT d.recipient, d.message, d.state, d.start_state, m.sender, m.message_id, m.subject, m.lane, m.accepted_at,
           EXISTS (SELECT FROM acknowledgement AS a
                   WHERE (a.agency_id, a.lane) = (d.recipient, d.lane) AND a.n >= d.n) AS acknowledged,
           EXISTS (SELECT FROM change_request AS r
                   WHERE (r.document, r.recipient, r.state) = (d.message, d.recipient, 'asked')) AS asked,
           EXISTS (SELECT FROM change_request AS r
                   WHERE (r.message, r.recipient, r.state) = (d.message, d.recipient, 'asked')) AS waits
    FROM unnest($1::uuid[], $2::uuid[]) AS asked (message, recipient)
    JOIN delivery AS d USING (message, recipient) JOIN message AS m ON m.id = d.message
    WHERE d.state IS NOT NULL
"""
_SAID: Final = """
    SELECT s.document, s.recipient, s.said_at, s.code
    FROM status AS s JOIN unnest($1::uuid[], $2::uuid[]) AS asked (document, recipient) USING (document, recipient)
"""
_EXPIRED: Final = """
    SELECT e.document, e.recipient, e.expired_at
    FROM expiry AS e JOIN unnest($1::uuid[], $2::uuid[]) AS asked (document, recipient) USING (document, recipient)
"""
# From a declined version back to the one before it, from there on to the last that stands.
_CURRENT: Final = """
    WITH RECURSIVE chain (message, recipient, at, step) AS (
        SELECT asked.message, asked.recipient,
               coalesce((SELECT r.document FROM change_request AS r JOIN delivery AS d USING (message, recipient)
                         WHERE (r.message, r.recipient) = (asked.message, asked.recipient) AND d.state = 'declined'
                         LIMIT 1), asked.message), 0
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (message, recipient)
        UNION ALL
        SELECT chain.message, chain.recipient, r.message, step + 1
        FROM chain JOIN change_request AS r ON (r.document, r.recipient) = (chain.at, chain.recipient)
        WHERE r.state IN ('granted', 'agreed') AND r.kind IN ('update', 'replace')
    )
    SELECT DISTINCT ON (chain.message, chain.recipient) chain.message, chain.recipient, m.message_id
    FROM chain JOIN message AS m ON m.id = chain.at
    ORDER BY chain.message, chain.recipient, step DESC
"""
_MOVE: Final = """
    UPDATE delivery AS d SET state = moved.state, start_state = moved.start_state
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS moved (message, recipient, state, start_state)
    WHERE (d.message, d.recipient) = (moved.message, moved.recipient)
      AND (d.state, d.start_state) IS DISTINCT FROM (moved.state, moved.start_state)
"""
_DOCUMENTS: Final = "SELECT id, payload FROM message WHERE id = ANY($1::uuid[])"

_MOST_TOLD: Final = 100
"""What stands in a document's place is told with a refusal, which tells no more; a chain of versions may be long."""
_SUPERSEDED: Final = frozenset({DeliveryState.UPDATED, DeliveryState.REPLACED, DeliveryState.DECLINED})


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a delivery is now, and where its own statuses begin."""

    message: UUID
    recipient: UUID
    state: DeliveryState
    start: DeliveryState


async def find(connection: Connection, keys: Iterable[DeliveryKey]) -> set[Row]:
    """The deliveries of these messages, and those that they asked to have changed."""
    recipients, senders, message_ids = zip(*sorted(set(keys)), strict=True)
    rows = await connection.fetch(_FIND, recipients, senders, message_ids)
    return {(row["message"], row["recipient"]) for row in rows}


async def count_messages(
    connection: Connection, documents: Iterable[tuple[UUID, UUID]], most: int
) -> Mapping[tuple[UUID, UUID], int]:
    """How many messages their senders have used these subjects for; of each, not counted beyond `most`."""
    rows = await connection.fetch(_COUNT_MESSAGES, *_columns(sorted(set(documents))), most)
    return {(row["sender"], row["subject"]): row["messages"] for row in rows}


async def find_newest(connection: Connection, keys: Iterable[SubjectKey]) -> Mapping[SubjectKey, tuple[Row, UUID]]:
    """Of each document its newest version that stands at the recipient: its delivery and the id of its message."""
    rows = await connection.fetch(_NEWEST, *_columns(sorted(set(keys))))
    return {
        (row["sender"], row["subject"], row["recipient"]): ((row["message"], row["recipient"]), row["message_id"])
        for row in rows
    }


async def find_sent(connection: Connection, documents: Iterable[tuple[UUID, UUID]]) -> frozenset[tuple[UUID, UUID]]:
    """Those of the subjects under which their senders have sent documents."""
    rows = await connection.fetch(_SENT, *_columns(sorted(set(documents))))
    return frozenset((row["sender"], row["subject"]) for row in rows)


async def lock(connection: Connection, rows: Iterable[Row]) -> None:
    """Lock deliveries of documents until the end of the transaction, sorted."""
    await connection.execute(_LOCK, *_columns(sorted(set(rows))))


async def lock_readings(connection: Connection, rows: Iterable[Row]) -> None:
    """Let acknowledgements of these deliveries wait until the end of the transaction."""
    await connection.execute(_LOCK_READINGS, *_columns(sorted(set(rows))))


async def read_all(connection: Connection, rows: Set[Row]) -> dict[DeliveryKey, DeliveredDocument]:
    """What is known of these documents at their recipients: as of now, so also what the locks were waited for."""
    columns = _columns(sorted(rows))
    found = await connection.fetch(_READ, *columns)
    said = await _find_said(connection, columns)
    superseded = [(row["message"], row["recipient"]) for row in found if row["state"] in _SUPERSEDED][:_MOST_TOLD]
    current = await _find_current(connection, superseded) if superseded else {}
    expired = [(row["message"], row["recipient"]) for row in found if row["state"] == DeliveryState.EXPIRED]
    expired_at = await _find_expired(connection, expired) if expired else {}
    delivered: dict[DeliveryKey, DeliveredDocument] = {}
    for row in found:
        here = row["message"], row["recipient"]
        key = row["recipient"], row["sender"], row["message_id"]
        delivered[key] = DeliveredDocument(
            message=row["message"],
            subject=row["subject"],
            lane=Lane(row["lane"]),
            accepted_at=row["accepted_at"],
            history=_history(row, said.get(here, ())),
            acknowledged=row["acknowledged"],
            asked=row["asked"],
            current=current.get(here),
            expired_at=expired_at.get(here),
        )
    return delivered


async def read_documents(connection: Connection, messages: Iterable[UUID]) -> Mapping[UUID, Document]:
    """What was sent in these messages, by the ids of their rows."""
    rows = await connection.fetch(_DOCUMENTS, sorted(set(messages)))
    return {row["id"]: read(row["payload"], DocumentSent, tolerant=True).data for row in rows}


async def move(connection: Connection, moved: Sequence[Moved]) -> None:
    """Deliveries are in other states now. They are locked."""
    starts = [None if each.start is DeliveryState.SENT else each.start for each in moved]
    await connection.execute(
        _MOVE,
        [each.message for each in moved],
        [each.recipient for each in moved],
        [each.state for each in moved],
        starts,
    )


def _history(row: asyncpg.Record, said: tuple[Said, ...]) -> History:
    state = DeliveryState(row["state"])
    return History(
        statuses=said,
        start=DeliveryState(row["start_state"] or DeliveryState.SENT),
        end=state if state in ENDS else None,
        waits=row["waits"],
    )


async def _find_said(connection: Connection, columns: Sequence[Sequence[UUID]]) -> Mapping[Row, tuple[Said, ...]]:
    found: dict[Row, tuple[Said, ...]] = {}
    for row in await connection.fetch(_SAID, *columns):
        key = row["document"], row["recipient"]
        found[key] = (*found.get(key, ()), Said(row["said_at"], StatusCode(row["code"])))
    return found


async def _find_expired(connection: Connection, rows: Sequence[Row]) -> Mapping[Row, datetime]:
    found = await connection.fetch(_EXPIRED, *_columns(rows))
    return {(row["document"], row["recipient"]): row["expired_at"] for row in found}


async def _find_current(connection: Connection, rows: Sequence[Row]) -> Mapping[Row, UUID]:
    found = await connection.fetch(_CURRENT, *_columns(rows))
    return {(row["message"], row["recipient"]): row["message_id"] for row in found}


def _columns(keys: Sequence[tuple[UUID, ...]]) -> list[list[UUID]]:
    return [list(column) for column in zip(*keys, strict=True)]
