"""How far an inbox was given out and acknowledged, with the receipts given for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.numbers import InboxKey

_GIVE: Final = """
    INSERT INTO inbox_reading (agency_id, lane, given) VALUES ($1, $2, $3)
    ON CONFLICT (agency_id, lane) DO UPDATE SET given = excluded.given WHERE inbox_reading.given < excluded.given
"""
_GIVE_WHERE_FREE: Final = """
    WITH told AS (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS told (agency_id, lane, n)
    ), free AS (
        SELECT agency_id, lane FROM inbox_reading AS r JOIN told USING (agency_id, lane)
        FOR NO KEY UPDATE OF r SKIP LOCKED
    ), given AS (
        UPDATE inbox_reading AS r SET given = n FROM told JOIN free USING (agency_id, lane)
        WHERE (r.agency_id, r.lane) = (told.agency_id, told.lane) AND r.given < n
    )
    SELECT agency_id, lane FROM free
"""
_LOCK_GIVEN: Final = "SELECT given FROM inbox_reading WHERE agency_id = $1 AND lane = $2 FOR NO KEY UPDATE"
_COVERING: Final = """
    SELECT receipt, receipt_jws FROM acknowledgement
    WHERE agency_id = $1 AND lane = $2 AND n >= $3
    ORDER BY n LIMIT 1
"""
_ADD: Final = """
    INSERT INTO acknowledgement (agency_id, lane, n, acknowledged_at, receipt, receipt_jws)
    VALUES ($1, $2, $3, $4, $5, $6)
"""


async def note_given(connection: Connection, inbox: InboxKey, n: int) -> None:
    """Entries up to `n` were given to the recipient."""
    await connection.execute(_GIVE, *inbox, n)


async def note_given_where_free(connection: Connection, last: Mapping[InboxKey, int]) -> frozenset[InboxKey]:
    """Entries up to these numbers were given to their recipients; answers for which of the inboxes that is noted now.

    Not for those that somebody else holds, and those that were never read before: they are noted one by one.
    """
    agencies, lanes = [inbox.agency_id for inbox in last], [inbox.lane for inbox in last]
    rows = await connection.fetch(_GIVE_WHERE_FREE, agencies, lanes, list(last.values()))
    return frozenset(InboxKey(row["agency_id"], Lane(row["lane"])) for row in rows)


async def lock_given(connection: Connection, inbox: InboxKey) -> int:
    """How far the inbox was given out; the row stays locked, so that acknowledgements come one after another."""
    return await connection.fetchval(_LOCK_GIVEN, *inbox) or 0


async def find_covering(connection: Connection, inbox: InboxKey, n: int) -> SignedBytes | None:
    """The receipt that already says that everything up to `n` was acknowledged: the first that reaches so far."""
    row = await connection.fetchrow(_COVERING, *inbox, n)
    return None if row is None else SignedBytes(row["receipt"], row["receipt_jws"])


async def add(connection: Connection, inbox: InboxKey, n: int, at: datetime, receipt: SignedBytes) -> None:
    """Keep an acknowledgement with its receipt."""
    await connection.execute(_ADD, *inbox, n, at, receipt.payload, receipt.jws)
