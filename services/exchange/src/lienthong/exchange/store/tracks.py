"""What is known of a sent document: its recipients, how far each is with it, and what each has said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.deadlines import Deadline
from lienthong.exchange.domain.permissions import TrackTies
from lienthong.exchange.domain.states import DeliveryState
from lienthong.exchange.domain.submission import MessageKey

# An entry without a state is a status, not a document: it has no track.
_SEE: Final = """
    SELECT m.id, m.sender = $3 AS sent, bool_or(d.recipient = $3) AS received
    FROM message AS m JOIN delivery AS d ON d.message = m.id
    WHERE m.sender = $1 AND m.message_id = $2 AND d.state IS NOT NULL
    GROUP BY m.id
"""
_DOCUMENT: Final = """
    SELECT m.subject, m.lane, m.accepted_at, m.payload, due.due_at, due.ends_at
    FROM message AS m LEFT JOIN due ON due.message = m.id AND due.kind = 'delivery'
    WHERE m.id = $1
"""
_DELIVERIES: Final = """
    SELECT d.recipient, d.state, (
        SELECT a.acknowledged_at FROM acknowledgement AS a
        WHERE a.agency_id = d.recipient AND a.lane = d.lane AND a.n >= d.n
        ORDER BY a.n LIMIT 1
    ) AS acknowledged_at
    FROM delivery AS d
    WHERE d.message = $1 AND ($2::uuid IS NULL OR d.recipient = $2)
"""
_STATUSES: Final = """
    SELECT s.recipient, m.message_id, s.code, s.said_at, m.accepted_at, s.late, s.description
    FROM status AS s JOIN message AS m ON m.id = s.message
    WHERE s.document = $1 AND ($2::uuid IS NULL OR s.recipient = $2)
    ORDER BY s.said_at, s.code, m.accepted_at, m.id
"""


@dataclass(frozen=True, slots=True)
class SeenTrack:
    """A document (by the id of its row) as one agency may see it; None where there is no such document."""

    message: UUID | None
    ties: TrackTies


@dataclass(frozen=True, slots=True)
class TrackedDocument:
    """The document itself, and its deadline, which one accepted by an earlier version may still lack."""

    subject: UUID
    lane: Lane
    accepted_at: datetime
    payload: bytes
    deadline: Deadline | None


@dataclass(frozen=True, slots=True)
class TrackedStatus:
    """One status: when it is said to have happened, when it was accepted."""

    message_id: UUID
    status: StatusCode
    said_at: datetime
    stored_at: datetime
    late: bool
    description: str | None


@dataclass(frozen=True, slots=True)
class TrackedDelivery:
    """The document at one recipient, its statuses in the order of the times said."""

    recipient: UUID
    state: DeliveryState
    acknowledged_at: datetime | None
    statuses: Sequence[TrackedStatus]


async def see(connection: Connection, document: MessageKey, agency_id: UUID) -> SeenTrack:
    """What the agency has to do with the document."""
    row = await connection.fetchrow(_SEE, *document, agency_id)
    if row is None:
        return SeenTrack(None, TrackTies(sent=False, received=False))
    return SeenTrack(row["id"], TrackTies(sent=row["sent"], received=row["received"]))


async def read_document(connection: Connection, message: UUID) -> TrackedDocument:
    """The document in this row."""
    row = await connection.fetchrow(_DOCUMENT, message)
    if row is None:
        raise LookupError("a message is never removed")
    deadline = None if row["due_at"] is None else Deadline(row["due_at"], row["ends_at"])
    return TrackedDocument(row["subject"], Lane(row["lane"]), row["accepted_at"], row["payload"], deadline)


async def read_deliveries(connection: Connection, message: UUID, only: UUID | None) -> Mapping[UUID, TrackedDelivery]:
    """The document at its recipients, or at this one alone."""
    statuses: dict[UUID, list[TrackedStatus]] = {}
    for row in await connection.fetch(_STATUSES, message, only):
        statuses.setdefault(row["recipient"], []).append(_status(row))
    return {
        row["recipient"]: TrackedDelivery(
            recipient=row["recipient"],
            state=DeliveryState(row["state"]),
            acknowledged_at=row["acknowledged_at"],
            statuses=statuses.get(row["recipient"], ()),
        )
        for row in await connection.fetch(_DELIVERIES, message, only)
    }


def _status(row: asyncpg.Record) -> TrackedStatus:
    return TrackedStatus(
        message_id=row["message_id"],
        status=StatusCode(row["code"]),
        said_at=row["said_at"],
        stored_at=row["accepted_at"],
        late=row["late"],
        description=row["description"],
    )
