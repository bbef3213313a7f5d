"""Requests under an agency's seal, kept with their exact bytes: each takes effect once, and is evidence afterwards."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.signing import SignedBytes
from lienthong.common.strict_json import JsonValue

_FIND: Final = "SELECT sha256, answer FROM sealed_request WHERE agency_id = $1 AND id = $2"
_INSERT: Final = """
    INSERT INTO sealed_request (agency_id, id, sha256, payload, jws, answer, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What was asked (SHA-256 of its exact bytes) and answered the first time."""

    sha256: bytes
    answer: dict[str, JsonValue]


async def find(connection: Connection, agency_id: UUID, request_id: UUID) -> FirstAnswer | None:
    """The first answer, if there was one. The caller holds the lock of the agency (`certificates.lock_holder`)."""
    row = await connection.fetchrow(_FIND, agency_id, request_id)
    return None if row is None else FirstAnswer(row["sha256"], json.loads(row["answer"]))


async def insert(
    connection: Connection,
    agency_id: UUID,
    request_id: UUID,
    *,
    sha256: bytes,
    signed: SignedBytes,
    answer: dict[str, JsonValue],
    at: datetime,
) -> None:
    await connection.execute(
        _INSERT, agency_id, request_id, sha256, signed.payload, signed.jws, json.dumps(answer, ensure_ascii=False), at
    )
