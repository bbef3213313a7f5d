"""Groups of recipients, each its owner's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection

_LOCK_OWNER: Final = "SELECT pg_advisory_xact_lock(hashtextextended('recipient_group ' || $1, 0))"
_COUNT: Final = """
    SELECT count(*) AS groups, coalesce(sum(cardinality(members)), 0) AS members
    FROM recipient_group WHERE owner = $1 AND name <> $2
"""
_PUT: Final = """
    INSERT INTO recipient_group (id, owner, name, members, changed_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (owner, name) DO UPDATE SET members = excluded.members, changed_at = excluded.changed_at
    RETURNING id
"""
_FIND: Final = "SELECT id, name, members, changed_at FROM recipient_group WHERE owner = $1 AND name = $2"
_ALL: Final = "SELECT id, name, members, changed_at FROM recipient_group WHERE owner = $1 ORDER BY name"
_REMOVE: Final = "DELETE FROM recipient_group WHERE owner = $1 AND name = $2 RETURNING id"


@dataclass(frozen=True, slots=True)
class Group:
    """A name for several agencies; `members` in the order given."""

    id: UUID
    name: str
    members: Sequence[UUID]
    changed_at: datetime


async def count_others(connection: Connection, owner: UUID, name: str) -> tuple[int, int]:
    """How many groups of how many members the owner has under other names; nobody adds one until this ends."""
    await connection.execute(_LOCK_OWNER, str(owner))
    row = await connection.fetchrow(_COUNT, owner, name)
    return (row["groups"], row["members"]) if row else (0, 0)


async def put(connection: Connection, owner: UUID, group: Group) -> UUID:
    """Store the group in place of the owner's of that name; answers the id it has: another's than given if it was."""
    kept = await connection.fetchval(_PUT, group.id, owner, group.name, list(group.members), group.changed_at)
    return kept or group.id


async def find(connection: Connection, owner: UUID, name: str) -> Group | None:
    """The owner's group of that name."""
    row = await connection.fetchrow(_FIND, owner, name)
    return None if row is None else _group(row)


async def find_all(connection: Connection, owner: UUID) -> list[Group]:
    """All groups of the owner, by name."""
    return [_group(row) for row in await connection.fetch(_ALL, owner)]


async def remove(connection: Connection, owner: UUID, name: str) -> UUID | None:
    """Remove the owner's group of that name; None where there is none."""
    return await connection.fetchval(_REMOVE, owner, name)


def _group(row: asyncpg.Record) -> Group:
    return Group(row["id"], row["name"], row["members"], row["changed_at"])
