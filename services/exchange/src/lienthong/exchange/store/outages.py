"""The ledger of outages: when documents could not be exchanged (N4)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import asyncpg

from lienthong.common.database import Connection

_COLUMNS: Final = "number, origin, began_at, ended_at, cause, recorded_at"
# An outage that operators told goes before one that was found; of several the one that began first.
_FIRST: Final = "ORDER BY origin = 'detected', began_at, number LIMIT 1"
OUTAGE_OF_LATE_ENTRY: Final = f"""
    coalesce(l.outage, CASE WHEN l.occurred_at IS NOT NULL THEN (
        SELECT number FROM outage
        WHERE began_at <= l.occurred_at AND (ended_at IS NULL OR ended_at >= l.occurred_at)
        {_FIRST}
    ) END) AS outage
"""  # noqa: S608  constants
"""The outage of the late entry `l`: that which was known when it was entered, or has been written down since."""
_COVERING: Final = f"""
    SELECT given.moment, {_COLUMNS}
    FROM unnest($1::timestamptz[]) AS given (moment) CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM outage
        WHERE began_at <= given.moment AND (ended_at IS NULL OR ended_at >= given.moment)
        {_FIRST}
    ) AS covering
"""  # noqa: S608  constants
_ADD: Final = f"""
    INSERT INTO outage (origin, began_at, ended_at, cause, recorded_at) VALUES ($1, $2, $3, $4, $5)
    RETURNING {_COLUMNS}
"""  # noqa: S608  constants
_LIST: Final = f"SELECT {_COLUMNS} FROM outage ORDER BY began_at DESC, number DESC LIMIT $1"  # noqa: S608  constants
_LOCK: Final = f"SELECT {_COLUMNS} FROM outage WHERE number = $1 FOR UPDATE"  # noqa: S608  constants
_CHANGE: Final = f"""
    UPDATE outage SET ended_at = $2, cause = $3 WHERE number = $1 RETURNING {_COLUMNS}
"""  # noqa: S608  constants
_LAST_BEAT: Final = "SELECT beat_at FROM running FOR UPDATE"
_BEAT: Final = """
    INSERT INTO running (beat_at) VALUES ($1)
    ON CONFLICT (single) DO UPDATE SET beat_at = greatest(running.beat_at, excluded.beat_at)
"""


class OutageOrigin(StrEnum):
    """`detected`: the exchange found a gap of its own running. `declared`: operators say so."""

    DETECTED = "detected"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage; it goes on as long as `ended_at` is None. A detected one has a cause once operators name it."""

    number: int
    origin: OutageOrigin
    began_at: datetime
    ended_at: datetime | None
    cause: str | None
    recorded_at: datetime


async def find_covering(connection: Connection, times: Collection[datetime]) -> Mapping[datetime, Outage]:
    """For each of these moments that lies in an outage, both ends included, the outage."""
    if not times:
        return {}
    rows = await connection.fetch(_COVERING, list(set(times)))
    return {row["moment"]: _outage(row) for row in rows}


async def add(
    connection: Connection,
    origin: OutageOrigin,
    *,
    began_at: datetime,
    ended_at: datetime | None,
    cause: str | None,
    recorded_at: datetime,
) -> Outage:
    """Write an outage into the ledger."""
    row = await connection.fetchrow(_ADD, origin, began_at, ended_at, cause, recorded_at)
    if row is None:
        raise LookupError("an outage that was written is returned")
    return _outage(row)


async def read_last(connection: Connection, most: int) -> Sequence[Outage]:
    """The outages, the latest first."""
    return [_outage(row) for row in await connection.fetch(_LIST, most)]


async def lock(connection: Connection, number: int) -> Outage | None:
    """The outage of this number, until the end of the transaction nobody else's."""
    row = await connection.fetchrow(_LOCK, number)
    return None if row is None else _outage(row)


async def change(connection: Connection, number: int, *, ended_at: datetime | None, cause: str | None) -> Outage:
    """Give a locked outage its end and its cause."""
    row = await connection.fetchrow(_CHANGE, number, ended_at, cause)
    if row is None:
        raise LookupError("an outage is never removed")
    return _outage(row)


async def last_beat(connection: Connection) -> datetime | None:
    """When the exchange was last known to take documents; other processes' beats wait for this transaction's end."""
    return await connection.fetchval(_LAST_BEAT)


async def beat(connection: Connection, now: datetime) -> None:
    """The exchange takes documents now."""
    await connection.execute(_BEAT, now)


def _outage(row: asyncpg.Record) -> Outage:
    return Outage(
        number=row["number"],
        origin=OutageOrigin(row["origin"]),
        began_at=row["began_at"],
        ended_at=row["ended_at"],
        cause=row["cause"],
        recorded_at=row["recorded_at"],
    )
