"""Numbers and symbols that agencies have used (ND30-15/22)."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.exchange.domain.submission import FirstUse, NumberKey

_ADD: Final = """
    INSERT INTO document (message, sender, year, symbol)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[])
"""
# Ids of rows grow with time: the least is the first. One row per question, however often a number was used.
_FIND_FIRST: Final = """
    SELECT asked.sender, asked.year, asked.symbol, m.subject, m.accepted_at
    FROM unnest($1::uuid[], $2::smallint[], $3::text[]) AS asked (sender, year, symbol)
         CROSS JOIN LATERAL (
             SELECT message FROM document AS d
             WHERE (d.sender, d.year, d.symbol) = (asked.sender, asked.year, asked.symbol)
             ORDER BY message LIMIT 1
         ) AS first
         JOIN message AS m ON m.id = first.message
"""


async def add(connection: Connection, numbers: Sequence[tuple[UUID, NumberKey]]) -> None:
    """Remember the numbers of accepted documents (by the ids of their rows)."""
    await connection.execute(
        _ADD,
        [message for message, _ in numbers],
        [sender for _, (sender, _, _) in numbers],
        [year for _, (_, year, _) in numbers],
        [symbol for _, (_, _, symbol) in numbers],
    )


async def find_first(connection: Connection, keys: Iterable[NumberKey]) -> dict[NumberKey, FirstUse]:
    """The first accepted document of each of these numbers that was used."""
    asked = sorted(set(keys))
    rows = await connection.fetch(
        _FIND_FIRST, [sender for sender, _, _ in asked], [year for _, year, _ in asked], [key[2] for key in asked]
    )
    return {
        (row["sender"], row["year"], row["symbol"]): FirstUse(str(row["subject"]), row["accepted_at"]) for row in rows
    }
