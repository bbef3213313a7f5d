"""Statuses of deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.exchange.domain.states import Said

_ADD: Final = """
    INSERT INTO status (message, document, recipient, code, said_at, late, description)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::boolean[], $7::text[])
"""


@dataclass(frozen=True, slots=True)
class NewStatus:
    """A status that is being accepted: the rows of its message and of its document."""

    message: UUID
    document: UUID
    recipient: UUID
    said: Said
    late: bool
    description: str | None


async def add(connection: Connection, statuses: Sequence[NewStatus]) -> None:
    """Store statuses. Their deliveries are locked."""
    await connection.execute(
        _ADD,
        [each.message for each in statuses],
        [each.document for each in statuses],
        [each.recipient for each in statuses],
        [each.said.code for each in statuses],
        [each.said.said_at for each in statuses],
        [each.late for each in statuses],
        [each.description for each in statuses],
    )
