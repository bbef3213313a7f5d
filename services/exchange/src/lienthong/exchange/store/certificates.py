"""Certificates and revocation lists as accounts told them, kept for those who judge a signature later."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.accounts import CertificateRecord, RevocationList
from lienthong.common.signing import SignedBytes

_PUT: Final = """
    INSERT INTO certificate (fingerprint, version, agency_id, service, state, not_before, not_after, event, event_jws)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (fingerprint) DO UPDATE
    SET version = excluded.version, state = excluded.state, event = excluded.event, event_jws = excluded.event_jws
    WHERE certificate.version < excluded.version
"""
_PUT_LIST: Final = """
    INSERT INTO revocation_list (issuer, version, this_update, next_update, crl)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
"""

_OF_AGENCIES: Final = """
    SELECT agency_id, fingerprint, not_after FROM certificate
    WHERE agency_id = ANY($1::uuid[]) AND state = 'active' AND not_before <= $2 AND not_after > $2
"""
_NEWEST_LISTS: Final = "SELECT DISTINCT ON (issuer) crl FROM revocation_list ORDER BY issuer, version DESC"
_OF_SERVICES: Final = "SELECT event, event_jws FROM certificate WHERE service IS NOT NULL ORDER BY fingerprint"
# A later list speaks for earlier times, too, until a certificate on it expires: one a month is enough.
_LISTS_BY_MONTH: Final = """
    SELECT crl FROM (
        SELECT DISTINCT ON (issuer, date_trunc('month', this_update)) issuer, version, crl FROM revocation_list
        ORDER BY issuer, date_trunc('month', this_update), version DESC
    ) AS last
    ORDER BY issuer, version
"""


@dataclass(frozen=True, slots=True)
class HeldSeal:
    """A certificate of an agency that had not run out when it was looked up."""

    agency_id: UUID
    fingerprint: str
    not_after: datetime


async def find_seals(connection: Connection, agency_ids: Sequence[UUID], at: datetime) -> list[HeldSeal]:
    """The certificates of these agencies that accounts says are active; whether one is good, trust tells."""
    rows = await connection.fetch(_OF_AGENCIES, agency_ids, at)
    return [HeldSeal(row["agency_id"], row["fingerprint"], row["not_after"]) for row in rows]


async def put(connection: Connection, record: CertificateRecord, signed: SignedBytes) -> None:
    """Keep the newest event about a certificate, whole."""
    await connection.execute(
        _PUT,
        record.fingerprint,
        record.version,
        record.holder.agency_id,
        record.holder.service,
        record.state,
        record.not_before,
        record.not_after,
        signed.payload,
        signed.jws,
    )


async def put_revocation_list(connection: Connection, told: RevocationList) -> None:
    """Keep a list beside the earlier ones of its issuer."""
    await connection.execute(
        _PUT_LIST, told.issuer, told.version, told.this_update, told.next_update, base64.b64decode(told.crl)
    )


async def newest_lists(connection: Connection) -> list[bytes]:
    """The newest list of every authority, DER."""
    return [row["crl"] for row in await connection.fetch(_NEWEST_LISTS)]


async def witnesses(connection: Connection) -> list[SignedBytes | bytes]:
    """What speaks for the services' own keys: accounts' statements about them, and authorities' lists."""
    said = [SignedBytes(row["event"], row["event_jws"]) for row in await connection.fetch(_OF_SERVICES)]
    return [*said, *(row["crl"] for row in await connection.fetch(_LISTS_BY_MONTH))]
