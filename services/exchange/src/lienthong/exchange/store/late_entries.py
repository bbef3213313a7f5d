"""What agencies entered late (N4): the true time as they say it, when, by whom and why it was entered, which outage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.document import LateEntry
from lienthong.exchange.store.outages import OUTAGE_OF_LATE_ENTRY

_ADD: Final = """
    INSERT INTO late_entry (message, agency_id, type, occurred_at, entered_at, entered_by, reason, outage)
    SELECT message, agency_id, type, occurred_at, m.accepted_at, entered_by, reason, outage
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::bigint[])
         AS new (message, agency_id, type, occurred_at, entered_by, reason, outage)
         JOIN message AS m ON m.id = new.message
"""
_PAGE: Final = f"""
    SELECT m.message_id, l.type, m.subject, l.occurred_at, l.entered_at, l.entered_by, l.reason, {OUTAGE_OF_LATE_ENTRY}
    FROM late_entry AS l JOIN message AS m ON m.id = l.message
    WHERE l.agency_id = $1 AND ($2::uuid IS NULL OR l.message < (
        SELECT id FROM message WHERE sender = $1 AND message_id = $2
    ))
    ORDER BY l.message DESC LIMIT $3
"""  # noqa: S608  constants


@dataclass(frozen=True, slots=True)
class NewLateEntry:
    """A late entry that is being accepted: the row of its message, whose it is and what it says."""

    message: UUID
    agency_id: UUID
    type: str
    said: LateEntry
    outage: int | None


@dataclass(frozen=True, slots=True)
class KeptLateEntry:
    """A late entry as it was accepted."""

    message_id: UUID
    type: str
    subject: UUID
    occurred_at: datetime
    entered_at: datetime
    entered_by: str
    reason: str
    outage: int | None


async def add(connection: Connection, entries: Sequence[NewLateEntry]) -> None:
    """Keep late entries with their messages, which are stored already."""
    await connection.execute(
        _ADD,
        [each.message for each in entries],
        [each.agency_id for each in entries],
        [each.type for each in entries],
        [each.said.occurred_at for each in entries],
        [each.said.by for each in entries],
        [each.said.reason for each in entries],
        [each.outage for each in entries],
    )


async def read_page(connection: Connection, agency_id: UUID, before: UUID | None, most: int) -> list[KeptLateEntry]:
    """The agency's late entries, the newest first; `before` is the message id of the last one that is known."""
    return [KeptLateEntry(*row.values()) for row in await connection.fetch(_PAGE, agency_id, before, most)]
