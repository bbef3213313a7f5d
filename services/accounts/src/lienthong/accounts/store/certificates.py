"""The register of certificates. `version` guards every write: nobody overwrites what he has not read."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from lienthong.accounts.domain.certificates import end_of
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import CertificateRecord, CertificateState

_COLUMNS: Final = """
    SELECT fingerprint, version, holder_kind, agency_id, service, chain, serial, not_before, not_after, state, history,
           successor, rs256_allowed
    FROM certificate
"""
_FIND: Final = f"{_COLUMNS} WHERE fingerprint = $1"
_HOLDER: Final = "SELECT agency_id FROM certificate WHERE fingerprint = $1"
_LOCK_HOLDER: Final = "SELECT pg_advisory_xact_lock(hashtextextended('seals of ' || $1, 0))"
_OF_AGENCY: Final = f"{_COLUMNS} WHERE agency_id = $1 ORDER BY not_before, fingerprint"
_SEAL: Final = f"{_COLUMNS} WHERE agency_id = $1 AND state IN ('active', 'suspended')"
_PAGE: Final = f"""
    {_COLUMNS}
    WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR fingerprint > $2)
    ORDER BY fingerprint LIMIT $3
"""
_OVER: Final = """
    SELECT fingerprint FROM certificate WHERE state NOT IN ('revoked', 'ended') AND good_until < $1
    ORDER BY good_until LIMIT $2
"""
_TAKEN_BACK: Final = f"{_COLUMNS} WHERE issuer = $1 AND state IN ('revoked', 'suspended')"
_ISSUER: Final = "SELECT issuer FROM certificate WHERE fingerprint = $1"
_INSERT: Final = """
    INSERT INTO certificate (fingerprint, version, holder_kind, agency_id, service, chain, serial, not_before,
                             not_after, state, history, successor, rs256_allowed, issuer, good_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ON CONFLICT (fingerprint) DO NOTHING
"""
_UPDATE: Final = """
    UPDATE certificate SET version = $2, state = $3, history = $4, successor = $5, good_until = $6
    WHERE fingerprint = $1 AND version = $2 - 1
"""


async def find(connection: Connection, fingerprint: str, *, lock: bool = False) -> CertificateRecord | None:
    """The entry, its row locked until the end of the transaction where `lock` asks for it."""
    row = await connection.fetchrow(_FIND + (" FOR UPDATE" if lock else ""), fingerprint)
    return None if row is None else _record(row)


async def lock_holder(connection: Connection, fingerprint: str) -> UUID | None:
    """The agency that holds the certificate; its requests wait for each other until the end of the transaction.

    Two of its seals may be ordered about by each other, so locking their rows alone could deadlock.
    """
    agency_id: UUID | None = await connection.fetchval(_HOLDER, fingerprint)
    if agency_id is not None:
        await connection.execute(_LOCK_HOLDER, str(agency_id))
    return agency_id


async def of_agency(connection: Connection, agency_id: UUID) -> list[CertificateRecord]:
    """All certificates the agency has or had, oldest first."""
    return [_record(row) for row in await connection.fetch(_OF_AGENCY, agency_id)]


async def find_seal(connection: Connection, agency_id: UUID) -> CertificateRecord | None:
    """The agency's present seal, active or suspended."""
    row = await connection.fetchrow(_SEAL, agency_id)
    return None if row is None else _record(row)


async def page(
    connection: Connection, *, state: CertificateState | None, after: str | None, limit: int
) -> list[CertificateRecord]:
    """Entries in the order of their fingerprints."""
    rows = await connection.fetch(_PAGE, None if state is None else state.value, after, limit)
    return [_record(row) for row in rows]


async def over(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Certificates whose period or overlap is over although their state does not say so yet."""
    return [row["fingerprint"] for row in await connection.fetch(_OVER, now, limit)]


async def taken_back(connection: Connection, issuer: str) -> list[CertificateRecord]:
    """What belongs on the issuer's revocation list."""
    return [_record(row) for row in await connection.fetch(_TAKEN_BACK, issuer)]


async def issuer_of(connection: Connection, fingerprint: str) -> str | None:
    """The fingerprint of the authority that issued the certificate."""
    return await connection.fetchval(_ISSUER, fingerprint)


async def insert(connection: Connection, record: CertificateRecord, *, issuer: str) -> bool:
    """Register a certificate; False where it is registered already. `issuer` is the fingerprint of its authority."""
    holder = record.holder
    done = await connection.execute(
        _INSERT,
        record.fingerprint,
        record.version,
        holder.kind.value,
        holder.agency_id,
        holder.service,
        [base64.b64decode(each) for each in record.x5c],
        record.serial,
        record.not_before,
        record.not_after,
        record.state.value,
        _history(record),
        record.successor,
        record.rs256_allowed,
        issuer,
        end_of(record),
    )
    return done == "INSERT 0 1"


async def update(connection: Connection, record: CertificateRecord) -> None:
    """Write the next version; the caller holds the row's lock. Raises LookupError where it does not follow."""
    done = await connection.execute(
        _UPDATE,
        record.fingerprint,
        record.version,
        record.state.value,
        _history(record),
        record.successor,
        end_of(record),
    )
    if done != "UPDATE 1":
        raise LookupError(f"certificate {record.fingerprint}: version {record.version} does not follow the stored one")


def _history(record: CertificateRecord) -> str:
    periods: Sequence[Any] = [period.model_dump(mode="json", exclude_none=True) for period in record.history]
    return json.dumps(periods, ensure_ascii=False)


def _record(row: asyncpg.Record) -> CertificateRecord:
    return CertificateRecord.model_validate(
        {
            "fingerprint": row["fingerprint"],
            "version": row["version"],
            "holder": {"kind": row["holder_kind"], "agency_id": row["agency_id"], "service": row["service"]},
            "x5c": tuple(base64.b64encode(each).decode() for each in row["chain"]),
            "serial": row["serial"],
            "not_before": row["not_before"],
            "not_after": row["not_after"],
            "state": row["state"],
            "history": json.loads(row["history"]),
            "successor": row["successor"],
            "rs256_allowed": row["rs256_allowed"],
        }
    )
