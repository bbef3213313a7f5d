"""When inboxes were last asked for, and what lies in them unacknowledged."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.preflight import Backlog, Way

_NOTE: Final = """
    INSERT INTO inbox_visit (agency_id, lane, read_at) VALUES ($1, $2, $3)
    ON CONFLICT (agency_id, lane) DO UPDATE SET read_at = excluded.read_at WHERE inbox_visit.read_at < excluded.read_at
"""
# Numbers have no gaps: the first entry behind the last acknowledgement is the oldest that waits.
_BACKLOGS: Final = """
    SELECT i.agency_id, i.lane, i.n - coalesce(a.n, 0) AS unacknowledged, a.acknowledged_at, v.read_at,
           (SELECT m.accepted_at FROM delivery AS d JOIN message AS m ON m.id = d.message
            WHERE d.recipient = i.agency_id AND d.lane = i.lane AND d.n = coalesce(a.n, 0) + 1) AS oldest_at
    FROM agency_inbox AS i
         LEFT JOIN LATERAL (
             SELECT n, acknowledged_at FROM acknowledgement
             WHERE agency_id = i.agency_id AND lane = i.lane
             ORDER BY n DESC LIMIT 1
         ) AS a ON true
         LEFT JOIN inbox_visit AS v ON v.agency_id = i.agency_id AND v.lane = i.lane
    WHERE i.agency_id = ANY($1::uuid[])
"""

_BROUGHT: Final = """
    SELECT agency_id, 'webhook' AS way, min(failing_since) AS failing_since
    FROM webhook WHERE state = 'active' AND agency_id = ANY($1::uuid[]) GROUP BY agency_id
    UNION ALL
    SELECT DISTINCT agency_id, 'topic', NULL::timestamptz
    FROM own_topic WHERE state = 'open' AND agency_id = ANY($1::uuid[])
"""


async def note(connection: Connection, inbox: InboxKey, at: datetime) -> None:
    """The inbox was asked for."""
    await connection.execute(_NOTE, *inbox, at)


async def find_backlogs(connection: Connection, agency_ids: Sequence[UUID]) -> Mapping[InboxKey, Backlog]:
    """What waits in both inboxes of each agency; nothing of one whose inboxes were never opened."""
    return {
        InboxKey(row["agency_id"], Lane(row["lane"])): Backlog(
            unacknowledged=row["unacknowledged"],
            oldest_at=row["oldest_at"],
            acknowledged_at=row["acknowledged_at"],
            read_at=row["read_at"],
        )
        for row in await connection.fetch(_BACKLOGS, agency_ids)
    }


async def find_brought(
    connection: Connection, agency_ids: Sequence[UUID]
) -> Mapping[UUID, Mapping[Way, datetime | None]]:
    """How agencies have their inboxes brought to them, and since when that fails."""
    found: dict[UUID, dict[Way, datetime | None]] = {}
    for row in await connection.fetch(_BROUGHT, agency_ids):
        found.setdefault(row["agency_id"], {})[Way(row["way"])] = row["failing_since"]
    return found
