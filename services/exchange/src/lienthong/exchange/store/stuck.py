"""What is known of every delivery that may hang somewhere, for `domain/stuck.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.stuck import DeliveryFacts

_WAITING: Final = """
    SELECT o.reference, min(o.put_at) AS put_at, bool_or(r.outbox_id IS NOT NULL) AS refused
    FROM outbox AS o LEFT JOIN outbox_refusal AS r ON (r.topic, r.key) = (o.topic, o.key)
    WHERE o.topic NOT LIKE 'agency.%'
    GROUP BY o.reference
"""
# In a recipient's own topic the key is the recipient.
_OWN: Final = """
    SELECT o.reference, o.key::uuid AS recipient, min(o.put_at) AS put_at
    FROM outbox AS o WHERE o.topic LIKE 'agency.%'
    GROUP BY o.reference, o.key
"""
_KNOWN: Final = """
    d.recipient, d.lane, d.n, d.message, coalesce(d.state IN ('sent', 'arrived'), false) AS open,
    m.sender, m.message_id, m.accepted_at, waiting.put_at, coalesce(waiting.refused, false) AS refused,
    own.put_at AS own_topic_since,
    coalesce(d.n <= (SELECT r.given FROM inbox_reading AS r WHERE (r.agency_id, r.lane) = (d.recipient, d.lane)), false)
        AS given,
    (SELECT a.acknowledged_at FROM acknowledgement AS a
     WHERE a.agency_id = d.recipient AND a.lane = d.lane AND a.n >= d.n ORDER BY a.n LIMIT 1) AS acknowledged_at,
    (SELECT coalesce(w.failing_since, w.registered_at) FROM webhook AS w
     WHERE (w.agency_id, w.lane) = (d.recipient, d.lane) AND d.n > w.n AND (w.state = 'disabled' OR w.failures > 0)
    ) AS webhook_failing_since,
    (SELECT asking.accepted_at FROM change_request AS c JOIN message AS asking ON asking.id = c.message
     WHERE (c.document, c.recipient) = (d.message, d.recipient) AND c.state = 'asked') AS asked_at,
    EXISTS (SELECT FROM change_request AS c
            WHERE (c.message, c.recipient) = (d.message, d.recipient) AND c.state = 'asked') AS asks
"""
# In the order of the index of what is open.
_OPEN: Final = f"""
    SELECT {_KNOWN}
    FROM (
        SELECT * FROM delivery
        WHERE state IN ('sent', 'arrived') AND (recipient, message) > ($1, $2)
        ORDER BY recipient, message LIMIT $3
    ) AS d
    JOIN message AS m ON m.id = d.message
    LEFT JOIN ({_WAITING}) AS waiting ON waiting.reference = d.message
    LEFT JOIN ({_OWN}) AS own ON (own.reference, own.recipient) = (d.message, d.recipient)
    ORDER BY d.recipient, d.message
"""  # noqa: S608  constants
_CLOSED: Final = f"""
    WITH waiting AS ({_WAITING} ORDER BY min(o.put_at) LIMIT $1),
         own AS ({_OWN} ORDER BY min(o.put_at) LIMIT $1)
    SELECT {_KNOWN}
    FROM (
        SELECT d.message, d.recipient FROM waiting JOIN delivery AS d ON d.message = waiting.reference
        UNION
        SELECT own.reference, own.recipient FROM own
        UNION
        (SELECT c.document, c.recipient FROM change_request AS c WHERE c.state = 'asked' LIMIT $1)
    ) AS known
    JOIN delivery AS d USING (message, recipient)
    JOIN message AS m ON m.id = d.message
    LEFT JOIN waiting ON waiting.reference = d.message
    LEFT JOIN own ON (own.reference, own.recipient) = (d.message, d.recipient)
    WHERE d.state IS NULL OR d.state NOT IN ('sent', 'arrived')
    LIMIT $1
"""  # noqa: S608  constants
_LAST_READ: Final = """
    SELECT asked.agency_id, asked.lane, (
        SELECT at FROM audit
        WHERE object = '/agencies/' || asked.agency_id || '/inbox/' || asked.lane AND act = 'inbox.read'
        ORDER BY at DESC LIMIT 1
    ) AS at
    FROM unnest($1::uuid[], $2::text[]) AS asked (agency_id, lane)
"""
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class WatchedDelivery:
    """A delivery (entry `n` of an inbox; the message's own name) and what is known of it."""

    inbox: InboxKey
    n: int
    message: UUID
    sender: UUID
    message_id: UUID
    facts: DeliveryFacts


async def open_deliveries(
    connection: Connection, behind: WatchedDelivery | None, most: int
) -> Sequence[WatchedDelivery]:
    """The next open deliveries behind one, in a fixed order."""
    cursor = (_FIRST, _FIRST) if behind is None else (behind.inbox.agency_id, behind.message)
    return [_watched(row) for row in await connection.fetch(_OPEN, *cursor, most)]


async def closed_deliveries(connection: Connection, most: int) -> Sequence[WatchedDelivery]:
    """Deliveries that are open no more, or never were: their records wait for Kafka, or somebody for their change."""
    return [_watched(row) for row in await connection.fetch(_CLOSED, most)]


async def last_read(connection: Connection, inboxes: Sequence[InboxKey]) -> Mapping[InboxKey, datetime | None]:
    """When each inbox was last given entries."""
    rows = await connection.fetch(_LAST_READ, [inbox.agency_id for inbox in inboxes], [inbox.lane for inbox in inboxes])
    return {InboxKey(row["agency_id"], Lane(row["lane"])): row["at"] for row in rows}


def _watched(row: asyncpg.Record) -> WatchedDelivery:
    return WatchedDelivery(
        inbox=InboxKey(row["recipient"], Lane(row["lane"])),
        n=row["n"],
        message=row["message"],
        sender=row["sender"],
        message_id=row["message_id"],
        facts=DeliveryFacts(
            accepted_at=row["accepted_at"],
            is_open=row["open"],
            in_outbox_since=row["put_at"],
            refused_by_kafka=row["refused"],
            own_topic_since=row["own_topic_since"],
            given=row["given"],
            acknowledged_at=row["acknowledged_at"],
            webhook_failing_since=row["webhook_failing_since"],
            asked_at=row["asked_at"],
            asks=row["asks"],
        ),
    )
