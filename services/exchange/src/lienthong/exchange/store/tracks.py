"""What is known of a sent document: its recipients, how far each is with it, and what each has said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.document import BusinessType, Lane
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.changes import ChangeKind, RequestState
from lienthong.exchange.domain.deadlines import Deadline
from lienthong.exchange.domain.permissions import TrackTies
from lienthong.exchange.domain.states import DeliveryState
from lienthong.exchange.domain.submission import MessageKey
from lienthong.exchange.store.outages import OUTAGE_OF_LATE_ENTRY

# An entry without a state is no document: it has no track. What was withdrawn never reached its recipient.
_SEE: Final = """
    SELECT m.id, m.sender = $3 AS sent,
           bool_or(d.recipient = $3 AND coalesce(w.state, d.state) <> 'withdrawn') AS received
    FROM message AS m JOIN delivery AS d ON d.message = m.id
         LEFT JOIN withheld_version AS w ON (w.message, w.recipient) = (d.message, d.recipient)
    WHERE m.sender = $1 AND m.message_id = $2 AND d.state IS NOT NULL
    GROUP BY m.id
"""
_DOCUMENT: Final = f"""
    SELECT m.subject, m.lane, m.accepted_at, m.payload, due.due_at, due.ends_at,
           l.occurred_at, l.entered_by, l.reason, {OUTAGE_OF_LATE_ENTRY}
    FROM message AS m LEFT JOIN due ON due.message = m.id AND due.kind = 'delivery'
         LEFT JOIN late_entry AS l ON l.message = m.id
    WHERE m.id = $1
"""  # noqa: S608  constants
_DELIVERIES: Final = """
    SELECT d.recipient, d.state, (
        SELECT a.acknowledged_at FROM acknowledgement AS a
        WHERE a.agency_id = d.recipient AND a.lane = d.lane AND a.n >= d.n
        ORDER BY a.n LIMIT 1
    ) AS acknowledged_at
    FROM delivery AS d
    WHERE d.message = $1 AND ($2::uuid IS NULL OR d.recipient = $2)
"""
_STATUSES: Final = f"""
    SELECT s.recipient, m.message_id, s.code, s.said_at, m.accepted_at, s.late, s.description,
           l.occurred_at, l.entered_by, l.reason, {OUTAGE_OF_LATE_ENTRY}
    FROM status AS s JOIN message AS m ON m.id = s.message LEFT JOIN late_entry AS l ON l.message = s.message
    WHERE s.document = $1 AND ($2::uuid IS NULL OR s.recipient = $2)
    ORDER BY s.said_at, s.code, m.accepted_at, m.id
"""  # noqa: S608  constants
# What was asked about the document, and what it asks itself: of several documents that it replaces, told once.
_CHANGES: Final = """
    SELECT DISTINCT r.recipient, m.message_id, r.kind, r.state, r.reason, r.description, m.accepted_at, m.id,
           coalesce(answer.accepted_at, r.lapsed_at, CASE r.state WHEN 'granted' THEN m.accepted_at END) AS answered_at,
           removal.accepted_at AS removed_at
    FROM change_request AS r JOIN message AS m ON m.id = r.message
    LEFT JOIN message AS answer ON answer.id = r.answer
    LEFT JOIN message AS removal ON removal.id = r.removal
    WHERE (r.document = $1 OR r.message = $1) AND ($2::uuid IS NULL OR r.recipient = $2)
    ORDER BY m.accepted_at, m.id
"""
_VERSIONS: Final = """
    SELECT newest.*, (convert_from(v.payload, 'UTF8')::json #>> '{data,business,type}')::integer AS type FROM (
        SELECT v.message_id, v.accepted_at, v.id
        FROM message AS m JOIN message AS v ON (v.sender, v.subject) = (m.sender, m.subject)
        WHERE m.id = $1 AND EXISTS (
            SELECT FROM delivery AS d
                 LEFT JOIN withheld_version AS w ON (w.message, w.recipient) = (d.message, d.recipient)
            WHERE d.message = v.id AND d.state IS NOT NULL
              AND ($2::uuid IS NULL OR d.recipient = $2 AND coalesce(w.state, d.state) <> 'withdrawn')
        )
        ORDER BY v.accepted_at DESC, v.id DESC LIMIT $3
    ) AS newest
    JOIN message AS v ON v.id = newest.id
    ORDER BY newest.accepted_at, newest.id
"""
_MOST_VERSIONS: Final = 200


@dataclass(frozen=True, slots=True)
class SeenTrack:
    """A document (by the id of its row) as one agency may see it; None where there is no such document."""

    message: UUID | None
    ties: TrackTies


@dataclass(frozen=True, slots=True)
class TrackedLateEntry:
    """What a message says of its being entered late, and the outage that was known for it (N4)."""

    occurred_at: datetime
    by: str
    reason: str
    outage: int | None


@dataclass(frozen=True, slots=True)
class TrackedDocument:
    """The document itself, and its deadline, which one accepted by an earlier version may still lack."""

    subject: UUID
    lane: Lane
    accepted_at: datetime
    payload: bytes
    deadline: Deadline | None
    late_entry: TrackedLateEntry | None


@dataclass(frozen=True, slots=True)
class TrackedStatus:
    """One status: when it is said to have happened, when it was accepted."""

    message_id: UUID
    status: StatusCode
    said_at: datetime
    stored_at: datetime
    late: bool
    description: str | None
    late_entry: TrackedLateEntry | None = None


@dataclass(frozen=True, slots=True)
class TrackedChange:
    """One change that was asked of one recipient: about the document, or by it."""

    message_id: UUID
    kind: ChangeKind
    state: RequestState
    asked_at: datetime
    answered_at: datetime | None
    reason: str | None
    description: str | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrackedVersion:
    """One message that brought a version of the document."""

    message_id: UUID
    type: BusinessType
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class TrackedDelivery:
    """The document at one recipient, its statuses in the order of the times said, changes in the order they came in."""

    recipient: UUID
    state: DeliveryState
    acknowledged_at: datetime | None
    statuses: Sequence[TrackedStatus]
    changes: Sequence[TrackedChange]


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
    late = _late_entry(row)
    return TrackedDocument(row["subject"], Lane(row["lane"]), row["accepted_at"], row["payload"], deadline, late)


async def read_deliveries(connection: Connection, message: UUID, only: UUID | None) -> Mapping[UUID, TrackedDelivery]:
    """The document at its recipients, or at this one alone."""
    statuses: dict[UUID, list[TrackedStatus]] = {}
    for row in await connection.fetch(_STATUSES, message, only):
        statuses.setdefault(row["recipient"], []).append(_status(row))
    changes = await _read_changes(connection, message, only)
    return {
        row["recipient"]: TrackedDelivery(
            recipient=row["recipient"],
            state=DeliveryState(row["state"]),
            acknowledged_at=row["acknowledged_at"],
            statuses=statuses.get(row["recipient"], ()),
            changes=changes.get(row["recipient"], ()),
        )
        for row in await connection.fetch(_DELIVERIES, message, only)
    }


async def read_versions(connection: Connection, message: UUID, only: UUID | None) -> Sequence[TrackedVersion]:
    """The versions of the document, or those that were sent to this recipient: the newest of them, in their order."""
    return [
        TrackedVersion(row["message_id"], BusinessType(row["type"] or BusinessType.NEW), row["accepted_at"])
        for row in await connection.fetch(_VERSIONS, message, only, _MOST_VERSIONS)
    ]


async def _read_changes(
    connection: Connection, message: UUID, only: UUID | None
) -> Mapping[UUID, Sequence[TrackedChange]]:
    changes: dict[UUID, list[TrackedChange]] = {}
    for row in await connection.fetch(_CHANGES, message, only):
        changes.setdefault(row["recipient"], []).append(
            TrackedChange(
                message_id=row["message_id"],
                kind=ChangeKind(row["kind"]),
                state=RequestState(row["state"]),
                asked_at=row["accepted_at"],
                answered_at=row["answered_at"],
                reason=row["reason"],
                description=row["description"],
                removed_at=row["removed_at"],
            )
        )
    return changes


def _status(row: asyncpg.Record) -> TrackedStatus:
    return TrackedStatus(
        message_id=row["message_id"],
        status=StatusCode(row["code"]),
        said_at=row["said_at"],
        stored_at=row["accepted_at"],
        late=row["late"],
        description=row["description"],
        late_entry=_late_entry(row),
    )


def _late_entry(row: asyncpg.Record) -> TrackedLateEntry | None:
    if row["occurred_at"] is None:
        return None
    return TrackedLateEntry(row["occurred_at"], row["entered_by"], row["reason"], row["outage"])
