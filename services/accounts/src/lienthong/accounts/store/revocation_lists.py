"""The newest revocation list of each issuing authority, exactly as it was signed."""

import base64
from typing import Final

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.accounts import RevocationList

_COLUMNS: Final = "SELECT issuer, version, this_update, next_update, issuer_x5c, crl FROM revocation_list"
_SAVE: Final = """
    INSERT INTO revocation_list (issuer, version, this_update, next_update, issuer_x5c, crl)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (issuer) DO UPDATE
    SET version = excluded.version, this_update = excluded.this_update, next_update = excluded.next_update,
        issuer_x5c = excluded.issuer_x5c, crl = excluded.crl
    WHERE revocation_list.version < excluded.version
"""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('revocation_list ' || $1, 0))"


async def lock(connection: Connection, issuer: str) -> RevocationList | None:
    """The present list; nobody else makes this issuer's next one before the transaction ends.

    The lock is not the row's, because the first list has none yet.
    """
    await connection.execute(_LOCK, issuer)
    return await find(connection, issuer)


async def find(connection: Connection, issuer: str) -> RevocationList | None:
    row = await connection.fetchrow(f"{_COLUMNS} WHERE issuer = $1", issuer)
    return None if row is None else _list(row)


async def load_all(connection: Connection) -> list[RevocationList]:
    return [_list(row) for row in await connection.fetch(_COLUMNS)]


async def newest(connection: Connection) -> list[bytes]:
    """The lists themselves, DER."""
    return [row["crl"] for row in await connection.fetch(_COLUMNS)]


async def save(connection: Connection, published: RevocationList) -> bool:
    """Keep the list in place of the one before; False where that one is as new."""
    done = await connection.execute(
        _SAVE,
        published.issuer,
        published.version,
        published.this_update,
        published.next_update,
        [base64.b64decode(each) for each in published.issuer_x5c],
        base64.b64decode(published.crl),
    )
    return done == "INSERT 0 1"


def _list(row: asyncpg.Record) -> RevocationList:
    return RevocationList.model_validate(
        {
            **row,
            "issuer_x5c": tuple(base64.b64encode(each).decode() for each in row["issuer_x5c"]),
            "crl": base64.b64encode(row["crl"]).decode(),
        }
    )
