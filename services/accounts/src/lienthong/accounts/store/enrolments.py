"""Enrolment codes, one per agency, as digests."""

from typing import Final
from uuid import UUID

from lienthong.accounts.domain.enrolment import Enrolment
from lienthong.common.database import Connection

_FIND: Final = """
    SELECT agency_id, code_sha256, expires_at, request, fingerprint FROM enrolment WHERE agency_id = $1 FOR UPDATE
"""
_ISSUE: Final = """
    INSERT INTO enrolment (agency_id, code_sha256, expires_at) VALUES ($1, $2, $3)
    ON CONFLICT (agency_id) DO UPDATE
    SET code_sha256 = excluded.code_sha256, expires_at = excluded.expires_at, request = NULL, fingerprint = NULL
"""
_USE: Final = "UPDATE enrolment SET request = $2, fingerprint = $3 WHERE agency_id = $1 AND request IS NULL"


async def lock(connection: Connection, agency_id: UUID) -> Enrolment | None:
    """The agency's code, locked until the end of the transaction: it is used once, also by two at a time."""
    row = await connection.fetchrow(_FIND, agency_id)
    return None if row is None else Enrolment(**row)


async def issue(connection: Connection, enrolment: Enrolment) -> None:
    """Keep a fresh code's digest; the agency's former code is good no more."""
    await connection.execute(_ISSUE, enrolment.agency_id, enrolment.code_sha256, enrolment.expires_at)


async def use(connection: Connection, agency_id: UUID, request: bytes, fingerprint: str) -> None:
    """Mark the code as used, with what and for which certificate."""
    await connection.execute(_USE, agency_id, request, fingerprint)
