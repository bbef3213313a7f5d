"""Which process sends which webhook: one at a time, and the next one takes over from one that is silent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.webhook_places import Due

_BEAT: Final = """
    INSERT INTO webhook_sender (sender, beat_at) VALUES ($1, clock_timestamp())
    ON CONFLICT (sender) DO UPDATE SET beat_at = excluded.beat_at
"""
_FORGET_SILENT: Final = "DELETE FROM webhook_sender WHERE beat_at < clock_timestamp() - interval '1 hour'"
_LEAVE: Final = "DELETE FROM webhook_sender WHERE sender = $1"
# Of each sort as many as there are places at most: a crowd of one sort hides no other.
_DUE: Final = """
    SELECT agency_id, lane, troubled FROM (
        SELECT w.agency_id, w.lane, w.failures > 0 OR w.slow AS troubled, w.next_attempt_at,
               row_number() OVER (PARTITION BY w.lane, w.failures > 0 OR w.slow ORDER BY w.next_attempt_at) AS place
        FROM webhook AS w JOIN agency_inbox AS i USING (agency_id, lane)
        WHERE w.state = 'active' AND w.next_attempt_at <= $2 AND i.n > w.n AND (w.holder IS NULL OR NOT EXISTS (
              SELECT FROM webhook_sender AS s
              WHERE s.sender = w.holder AND s.beat_at > clock_timestamp() - make_interval(secs => $1)
          ))
    ) AS waiting
    WHERE place <= $3 ORDER BY next_attempt_at
"""
_TAKE: Final = """
    UPDATE webhook SET holder = $2
    FROM (
        SELECT w.agency_id, w.lane
        FROM webhook AS w JOIN unnest($3::uuid[], $4::text[]) AS asked (agency_id, lane) USING (agency_id, lane)
        WHERE (w.holder IS NULL OR NOT EXISTS (
            SELECT FROM webhook_sender AS s
            WHERE s.sender = w.holder AND s.beat_at > clock_timestamp() - make_interval(secs => $1)
        ))
        ORDER BY w.agency_id, w.lane FOR UPDATE OF w SKIP LOCKED
    ) AS free
    WHERE webhook.agency_id = free.agency_id AND webhook.lane = free.lane
    RETURNING webhook.agency_id, webhook.lane
"""
_RELEASE: Final = "UPDATE webhook SET holder = NULL WHERE agency_id = $1 AND lane = $2 AND holder = $3"
_POSTPONE: Final = """
    UPDATE webhook SET holder = NULL, next_attempt_at = $4 WHERE agency_id = $1 AND lane = $2 AND holder = $3
"""


async def beat(connection: Connection, sender: UUID) -> None:
    """The process lives."""
    await connection.execute(_BEAT, sender)


async def forget_silent(connection: Connection) -> None:
    """Rows of processes that ended long ago."""
    await connection.execute(_FORGET_SILENT)


async def leave(connection: Connection, sender: UUID) -> None:
    """The process holds nothing any more."""
    await connection.execute(_LEAVE, sender)


async def due(connection: Connection, now: datetime, *, silence: float, most: int) -> list[Due]:
    """Webhooks that wait and that nobody holds, the first to wait first; at most so many of each sort."""
    rows = await connection.fetch(_DUE, silence, now, most)
    return [Due(InboxKey(row["agency_id"], Lane(row["lane"])), row["troubled"]) for row in rows]


async def take(connection: Connection, sender: UUID, inboxes: Sequence[InboxKey], *, silence: float) -> set[InboxKey]:
    """Hold these webhooks; those that another process was not quicker with."""
    agencies, lanes = [inbox.agency_id for inbox in inboxes], [inbox.lane for inbox in inboxes]
    rows = await connection.fetch(_TAKE, silence, sender, agencies, lanes)
    return {InboxKey(row["agency_id"], Lane(row["lane"])) for row in rows}


async def release(connection: Connection, inbox: InboxKey, sender: UUID) -> None:
    """Somebody may take it again."""
    await connection.execute(_RELEASE, *inbox, sender)


async def postpone(connection: Connection, inbox: InboxKey, sender: UUID, until: datetime) -> None:
    """Somebody may take it again at that time."""
    await connection.execute(_POSTPONE, *inbox, sender, until)
