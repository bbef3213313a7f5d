"""Statuses of deliveries, and the state that they come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.states import ENDS, DeliveryState, History, Said
from lienthong.exchange.domain.submission import DeliveredDocument, DeliveryKey

# ORDER BY below FOR: rows are locked in this order, so that two pages never wait for each other in a circle.
_LOCK: Final = """
    SELECT d.recipient, d.state, d.start_state, m.sender, m.message_id, m.id, m.subject, m.lane, m.accepted_at
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (recipient, sender, message_id)
    JOIN message AS m USING (sender, message_id)
    JOIN delivery AS d ON d.message = m.id AND d.recipient = asked.recipient
    WHERE d.state IS NOT NULL
    ORDER BY d.message, d.recipient
    FOR NO KEY UPDATE OF d
"""
_SAID: Final = """
    SELECT s.document, s.recipient, s.said_at, s.code
    FROM status AS s JOIN unnest($1::uuid[], $2::uuid[]) AS asked (document, recipient) USING (document, recipient)
"""
_EXPIRED: Final = """
    SELECT e.document, e.recipient, e.expired_at
    FROM expiry AS e JOIN unnest($1::uuid[], $2::uuid[]) AS asked (document, recipient) USING (document, recipient)
"""
_ADD: Final = """
    INSERT INTO status (message, document, recipient, code, said_at, late, description)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::boolean[], $7::text[])
"""
_MOVE: Final = """
    UPDATE delivery AS d SET state = moved.state
    FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS moved (document, recipient, state)
    WHERE d.message = moved.document AND d.recipient = moved.recipient AND d.state <> moved.state
"""


@dataclass(frozen=True, slots=True)
class NewStatus:
    """A status that is being accepted: the rows of its message and of its document, and what comes of it."""

    message: UUID
    document: UUID
    recipient: UUID
    said: Said
    late: bool
    description: str | None
    state: DeliveryState


async def lock_deliveries(connection: Connection, asked: Iterable[DeliveryKey]) -> dict[DeliveryKey, DeliveredDocument]:
    """Those of the documents that were delivered, locked until the end of the transaction, with their statuses."""
    recipients, senders, message_ids = zip(*sorted(set(asked)), strict=True)
    # In two statements: the second sees what was committed while the first waited for its locks.
    rows = await connection.fetch(_LOCK, recipients, senders, message_ids)
    said = await _find_said(connection, [(row["id"], row["recipient"]) for row in rows])
    expired = await _find_expired(
        connection, [(row["id"], row["recipient"]) for row in rows if row["state"] == DeliveryState.EXPIRED]
    )
    return {
        (row["recipient"], row["sender"], row["message_id"]): DeliveredDocument(
            message=row["id"],
            subject=row["subject"],
            lane=Lane(row["lane"]),
            accepted_at=row["accepted_at"],
            history=_history(row, said.get((row["id"], row["recipient"]), ())),
            expired_at=expired.get((row["id"], row["recipient"])),
        )
        for row in rows
    }


def _history(row: asyncpg.Record, said: tuple[Said, ...]) -> History:
    state = DeliveryState(row["state"])
    return History(
        statuses=said,
        start=DeliveryState(row["start_state"] or DeliveryState.SENT),
        end=state if state in ENDS else None,
    )


async def _find_said(
    connection: Connection, deliveries: Sequence[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, UUID], tuple[Said, ...]]:
    found: dict[tuple[UUID, UUID], tuple[Said, ...]] = {}
    rows = await connection.fetch(_SAID, [document for document, _ in deliveries], [each for _, each in deliveries])
    for row in rows:
        key = row["document"], row["recipient"]
        found[key] = (*found.get(key, ()), Said(row["said_at"], StatusCode(row["code"])))
    return found


async def _find_expired(
    connection: Connection, deliveries: Sequence[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, UUID], datetime]:
    if not deliveries:
        return {}
    rows = await connection.fetch(_EXPIRED, [document for document, _ in deliveries], [each for _, each in deliveries])
    return {(row["document"], row["recipient"]): row["expired_at"] for row in rows}


async def add(connection: Connection, statuses: Sequence[NewStatus]) -> None:
    """Store statuses in their order; each delivery is in the state of its last one. The deliveries are locked."""
    await connection.execute(
        _ADD,
        [each.message for each in statuses],
        [each.document for each in statuses],
        [each.recipient for each in statuses],
        [each.said.code for each in statuses],
        [each.said.said_at for each in statuses],
        [each.late for each in statuses],
        [each.description for each in statuses],
    )
    states = {(each.document, each.recipient): each.state for each in statuses}
    await connection.execute(
        _MOVE, [document for document, _ in states], [recipient for _, recipient in states], list(states.values())
    )
