"""Registered documents: what came to an agency by another way than the exchange."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.errors import Violation
from lienthong.common.messages.registration import Channel
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
# Ids of rows grow with time: the newest first, and behind the one named those that came before it. What a line shows is
# read here, and only of as much as one answer may cost.
_PAGE: Final = """
    SELECT found.message_id, found.subject, found.registered_at, found.channel, found.received_at,
           said.data #>> '{origin,sender_name}' AS sender_name, said.data ->> 'subject' AS title,
           (said.data #>> '{code,number}') || '/' || (said.data #>> '{code,notation}') AS symbol
    FROM (
        SELECT m.id, m.message_id, m.subject, r.registered_at, r.channel, r.received_at,
               sum(m.size) OVER newest_first AS total, row_number() OVER newest_first AS place
        FROM (
            SELECT message, registered_at, channel, received_at FROM registration
            WHERE agency_id = $1 AND ($2::uuid IS NULL OR message < (
                SELECT id FROM message WHERE sender = $1 AND message_id = $2
            ))
            ORDER BY message DESC LIMIT $3
        ) AS r JOIN message AS m ON m.id = r.message
        WINDOW newest_first AS (ORDER BY m.id DESC)
    ) AS found
    JOIN message AS m ON m.id = found.id
    CROSS JOIN LATERAL (SELECT convert_from(m.payload, 'UTF8')::json -> 'data') AS said (data)
    WHERE found.total <= $4 OR found.place = 1
    ORDER BY found.id DESC
"""
_MOST_BYTES: Final = 16 << 20
_FIND: Final = f"SELECT {_COLUMNS} WHERE r.agency_id = $1 AND m.message_id = $2"


@dataclass(frozen=True, slots=True)
class RegisteredInShort:
    """What a list tells of a registration; `symbol` is number and symbol, `title` its trích yếu."""

    message_id: UUID
    subject: UUID
    registered_at: datetime
    channel: Channel
    received_at: datetime
    sender_name: str
    title: str
    symbol: str | None


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


async def read_page(connection: Connection, agency_id: UUID, before: UUID | None, most: int) -> list[RegisteredInShort]:
    """The agency's registrations, the newest first; `before` is the message id of the last one that is known.

    Fewer where they are large: who wants the rest asks on from the last one; there are none where none are answered.
    """
    rows = await connection.fetch(_PAGE, agency_id, before, most, _MOST_BYTES)
    return [_in_short(row) for row in rows]


async def find(connection: Connection, agency_id: UUID, message_id: UUID) -> Registered | None:
    """One of the agency's registrations."""
    row = await connection.fetchrow(_FIND, agency_id, message_id)
    return None if row is None else _registered(row)


def _in_short(row: asyncpg.Record) -> RegisteredInShort:
    return RegisteredInShort(
        message_id=row["message_id"],
        subject=row["subject"],
        registered_at=row["registered_at"],
        channel=Channel(row["channel"]),
        received_at=row["received_at"],
        sender_name=row["sender_name"],
        title=row["title"],
        symbol=row["symbol"],
    )


def _registered(row: asyncpg.Record) -> Registered:
    return Registered(
        message_id=row["message_id"],
        signed=SignedBytes(row["payload"], row["jws"]),
        receipt=SignedBytes(row["receipt"], row["receipt_jws"]),
        warnings=violations_from_json(row["warnings"]),
        registered_at=row["registered_at"],
    )
