"""Which files the tables count on: each hash once, in its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection

_PAGE: Final = """
    SELECT sha256, max(size) AS size, array_agg(agency_id ORDER BY agency_id) AS uploaders,
           (SELECT count(*) FROM message_attachment AS a WHERE a.sha256 = upload.sha256) AS messages
    FROM upload WHERE size IS NOT NULL AND sha256 > $1
    GROUP BY sha256 ORDER BY sha256 LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class CountedOn:
    """A file, who uploaded it, and how many messages carry it."""

    sha256: bytes
    size: int
    uploaders: Sequence[UUID]
    messages: int


async def page(connection: Connection, after: bytes, most: int) -> Sequence[CountedOn]:
    """The next files behind a hash."""
    rows = await connection.fetch(_PAGE, after, most)
    return [CountedOn(row["sha256"], row["size"], tuple(row["uploaders"]), row["messages"]) for row in rows]
