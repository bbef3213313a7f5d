"""Uploaded files: whose they are, what carries them, and which must go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.exchange import Scan
from lienthong.exchange.domain.permissions import AttachmentTies
from lienthong.exchange.domain.states import WITHHELD
from lienthong.exchange.domain.submission import Upload

_LOCK_HASH: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_RESERVE: Final = """
    INSERT INTO upload (agency_id, sha256, media_type, expires_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (agency_id, sha256) DO UPDATE SET expires_at = greatest(upload.expires_at, excluded.expires_at)
    WHERE upload.expires_at IS NOT NULL
"""
_FINISH: Final = """
    UPDATE upload SET size = $3, media_type = $4, scan = $5 WHERE agency_id = $1 AND sha256 = $2 RETURNING true
"""
_GIVE_UP: Final = """
    WITH gone AS (DELETE FROM upload WHERE agency_id = $1 AND sha256 = $2 AND size IS NULL RETURNING sha256)
    INSERT INTO destruction (sha256, asked_at) SELECT sha256, $3 FROM gone
"""
_CONDEMN: Final = """
    UPDATE upload SET scan = 'infected' WHERE agency_id = $1 AND sha256 = $2 AND expires_at IS NULL
"""
_ABANDON: Final = "INSERT INTO destruction (sha256, asked_at) VALUES ($1, $2)"
_LOCK_OWN: Final = """
    SELECT u.agency_id, u.sha256, u.size, u.media_type, u.scan
    FROM upload AS u JOIN unnest($1::uuid[], $2::bytea[]) AS asked (agency_id, sha256) USING (agency_id, sha256)
    WHERE u.size IS NOT NULL AND u.scan <> 'infected' AND (u.expires_at IS NULL OR u.expires_at > $3)
    ORDER BY u.agency_id, u.sha256
    FOR NO KEY UPDATE OF u
"""
_ADOPT: Final = """
    UPDATE upload AS u SET expires_at = NULL
    FROM unnest($1::uuid[], $2::bytea[]) AS adopted (agency_id, sha256)
    WHERE u.agency_id = adopted.agency_id AND u.sha256 = adopted.sha256 AND u.expires_at IS NOT NULL
"""
_CARRY: Final = """
    INSERT INTO message_attachment (message, sha256, media_type)
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[])
    ON CONFLICT DO NOTHING  -- one file under two names in one message
"""
_FORGET: Final = """
    WITH unadopted AS (
        SELECT agency_id, sha256 FROM upload
        WHERE agency_id = $1 AND sha256 = ANY($2::bytea[]) AND expires_at IS NOT NULL
        ORDER BY agency_id, sha256 FOR UPDATE
    ), gone AS (
        DELETE FROM upload USING unadopted
        WHERE upload.agency_id = unadopted.agency_id AND upload.sha256 = unadopted.sha256
        RETURNING upload.sha256
    )
    INSERT INTO destruction (sha256, asked_at) SELECT sha256, $3 FROM gone
"""
_EXPIRE: Final = """
    WITH late AS (
        SELECT agency_id, sha256 FROM upload WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM upload USING late
        WHERE upload.agency_id = late.agency_id AND upload.sha256 = late.sha256
        RETURNING upload.sha256
    )
    INSERT INTO destruction (sha256, asked_at) SELECT sha256, $1 FROM gone RETURNING sha256
"""
_NEXT_DESTRUCTION: Final = "SELECT id, sha256 FROM destruction ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
_IS_HELD: Final = "SELECT EXISTS (SELECT FROM upload WHERE sha256 = $1)"
_READABLE: Final = """
    SELECT (SELECT media_type FROM upload WHERE agency_id = $1 AND sha256 = $2 AND size IS NOT NULL) AS uploaded,
           (SELECT a.media_type FROM message_attachment AS a JOIN delivery AS d USING (message)
            WHERE a.sha256 = $2 AND d.recipient = $1 AND d.state <> ALL ($3::text[])
              AND NOT EXISTS (
                  SELECT FROM withheld_version AS w WHERE (w.message, w.recipient) = (d.message, d.recipient)
              )
            LIMIT 1) AS received
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """A message (by the id of its row) carries an upload of its sender."""

    message: UUID
    agency_id: UUID
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class SeenAttachment:
    """A stored file as one agency may see it."""

    ties: AttachmentTies
    media_type: str


@dataclass(frozen=True, slots=True)
class Destruction:
    """One file to look after: removed from the store where nobody holds it any more."""

    id: int
    sha256: str


async def reserve(connection: Connection, agency_id: UUID, sha256: str, media_type: str, until: datetime) -> None:
    """Say that the agency's file is coming, before it comes: from now on its bytes are not destroyed under it."""
    await lock_hash(connection, sha256)
    await connection.execute(_RESERVE, agency_id, bytes.fromhex(sha256), media_type, until)


async def finish(connection: Connection, upload: Upload) -> bool:
    """The file is stored; False where it was destroyed meanwhile."""
    key = upload.agency_id, bytes.fromhex(upload.sha256)
    return bool(await connection.fetchval(_FINISH, *key, upload.size, upload.media_type, upload.scan))


async def give_up(connection: Connection, agency_id: UUID, sha256: str, now: datetime) -> None:
    """The file did not come, or nobody knows whether it did; an earlier complete upload of it stays."""
    await connection.execute(_GIVE_UP, agency_id, bytes.fromhex(sha256), now)


async def condemn(connection: Connection, agency_id: UUID, sha256: str, now: datetime) -> None:
    """The scanner found something: the file goes. Where a message has adopted it before, no other may carry it."""
    await forget(connection, agency_id, [sha256], now)
    await connection.execute(_CONDEMN, agency_id, bytes.fromhex(sha256))


async def abandon(connection: Connection, sha256: str, now: datetime) -> None:
    """The file came when its row was gone: nobody may have it through this upload."""
    await connection.execute(_ABANDON, bytes.fromhex(sha256), now)


async def lock_own(
    connection: Connection, asked: Iterable[tuple[UUID, str]], now: datetime
) -> Mapping[tuple[UUID, str], Upload]:
    """Those of the agencies' complete uploads, locked in order, so that none expires before it is adopted."""
    rows = await connection.fetch(_LOCK_OWN, *_columns(sorted(set(asked))), now)
    uploads = [
        Upload(row["agency_id"], row["sha256"].hex(), row["size"], row["media_type"], Scan(row["scan"])) for row in rows
    ]
    return {(upload.agency_id, upload.sha256): upload for upload in uploads}


async def adopt(connection: Connection, carried: Sequence[Carried]) -> None:
    """From now on these uploads expire no more."""
    agencies, hashes = _columns([(each.agency_id, each.sha256) for each in carried])
    await connection.execute(_ADOPT, agencies, hashes)
    await connection.execute(_CARRY, [each.message for each in carried], hashes, [each.media_type for each in carried])


async def forget(connection: Connection, agency_id: UUID, hashes: Iterable[str], now: datetime) -> None:
    """Destroy those uploads of the agency that no message has adopted."""
    await connection.execute(_FORGET, agency_id, [bytes.fromhex(sha256) for sha256 in hashes], now)


async def expire(connection: Connection, now: datetime, most: int) -> int:
    """Destroy uploads whose time is over; answers how many."""
    return len(await connection.fetch(_EXPIRE, now, most))


async def next_destruction(connection: Connection) -> Destruction | None:
    """A file to look after, locked; None when there is none that another process does not work on."""
    row = await connection.fetchrow(_NEXT_DESTRUCTION)
    return None if row is None else Destruction(row["id"], row["sha256"].hex())


async def is_held(connection: Connection, sha256: str) -> bool:
    """Whether anybody has uploaded the file, or is just about to."""
    return bool(await connection.fetchval(_IS_HELD, bytes.fromhex(sha256)))


async def end_destruction(connection: Connection, destruction: Destruction) -> None:
    """The file was looked after."""
    await connection.execute("DELETE FROM destruction WHERE id = $1", destruction.id)


async def lock_hash(connection: Connection, sha256: str) -> None:
    """Whoever destroys a file and whoever is about to upload it wait for each other."""
    await connection.execute(_LOCK_HASH, sha256)


async def see(connection: Connection, agency_id: UUID, sha256: str) -> SeenAttachment:
    """The file as the agency sees it: its own word of what it is, else that of the message that brought it."""
    row = await connection.fetchrow(_READABLE, agency_id, bytes.fromhex(sha256), sorted(WITHHELD))
    uploaded, received = (row["uploaded"], row["received"]) if row else (None, None)
    ties = AttachmentTies(uploaded=uploaded is not None, received=received is not None)
    return SeenAttachment(ties, uploaded or received or "application/octet-stream")


def _columns(keys: Sequence[tuple[UUID, str]]) -> tuple[list[UUID], list[bytes]]:
    return [agency_id for agency_id, _ in keys], [bytes.fromhex(sha256) for _, sha256 in keys]
