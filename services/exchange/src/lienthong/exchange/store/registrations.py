"""Registered documents: what came to an agency by another way than the exchange."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.errors import Violation
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.registering import Registering
from lienthong.exchange.store.violations import violations_from_json

_ADD: Final = """
    INSERT INTO registration (message, agency_id, channel, received_at, registered_at, likeness)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_ALIKE: Final = "SELECT min(registered_at) FROM registration WHERE agency_id = $1 AND likeness = $2"
_COLUMNS: Final = """
    m.message_id, m.payload, m.jws, m.receipt, m.receipt_jws, m.warnings, r.registered_at
    FROM registration AS r JOIN message AS m ON m.id = r.message
"""
# Ids of rows grow with time: the newest first, and behind the one named those that came before it.
_PAGE: Final = f"""
    SELECT {_COLUMNS} WHERE r.agency_id = $1 AND ($2::uuid IS NULL OR r.message < (
        SELECT id FROM message WHERE sender = $1 AND message_id = $2
    ))
    ORDER BY r.message DESC LIMIT $3
"""  # noqa: S608  constants
_FIND: Final = f"SELECT {_COLUMNS} WHERE r.agency_id = $1 AND m.message_id = $2"


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration as it was accepted."""

    message_id: UUID
    signed: SignedBytes
    receipt: SignedBytes
    warnings: Sequence[Violation]
    registered_at: datetime


async def add(connection: Connection, message: UUID, registering: Registering, at: datetime) -> None:
    """Enter an accepted registration (by the id of its row) into the register."""
    origin = registering.registration.origin
    await connection.execute(
        _ADD, message, registering.agency_id, origin.channel, origin.received_at, at, registering.likeness
    )


async def find_alike(connection: Connection, agency_id: UUID, likeness: bytes) -> datetime | None:
    """When the agency first registered a document like this."""
    return await connection.fetchval(_ALIKE, agency_id, likeness)


async def read_page(connection: Connection, agency_id: UUID, before: UUID | None, most: int) -> list[Registered]:
    """The agency's registrations, the newest first; `before` is the message id of the last one that is known."""
    return [_registered(row) for row in await connection.fetch(_PAGE, agency_id, before, most)]


async def find(connection: Connection, agency_id: UUID, message_id: UUID) -> Registered | None:
    """One of the agency's registrations."""
    row = await connection.fetchrow(_FIND, agency_id, message_id)
    return None if row is None else _registered(row)


def _registered(row: asyncpg.Record) -> Registered:
    return Registered(
        message_id=row["message_id"],
        signed=SignedBytes(row["payload"], row["jws"]),
        receipt=SignedBytes(row["receipt"], row["receipt_jws"]),
        warnings=violations_from_json(row["warnings"]),
        registered_at=row["registered_at"],
    )
