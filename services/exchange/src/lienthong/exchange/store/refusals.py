"""Refusals: source, id, hash, rules and time, nothing else (N3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection

_ADD: Final = "INSERT INTO refusal (source, message_id, sha256, rules, refused_at) VALUES ($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """What is kept of a refused message; `message_id` is None where it could not be read."""

    source: UUID
    message_id: UUID | None
    sha256: bytes
    rules: Sequence[str]
    refused_at: datetime


async def add(connection: Connection, refusals: Sequence[KeptRefusal]) -> None:
    """Keep refusals."""
    rows = [(each.source, each.message_id, each.sha256, list(each.rules), each.refused_at) for each in refusals]
    await connection.executemany(_ADD, rows)
