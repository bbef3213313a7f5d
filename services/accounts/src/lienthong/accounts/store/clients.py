"""Machine clients, whom they act for, and the public keys they log in with."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.accounts import Client
from lienthong.common.strict_json import JsonValue

_COLUMNS: Final = """
    SELECT c.client_id, c.version, c.state, c.name, c.key_thumbprint, c.public_key, c.duties,
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'agency_id', g.agency_id,
                       'since', to_char(g.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                   ORDER BY g.since, g.agency_id), '[]')
            FROM client_grant g WHERE g.client_id = c.client_id) AS grants
    FROM client c
"""
_FIND: Final = f"{_COLUMNS} WHERE c.client_id = $1"
_PAGE: Final = f"""
    {_COLUMNS}
    WHERE ($1::uuid IS NULL OR c.client_id > $1)
    ORDER BY c.client_id LIMIT $2
"""
_OPERATORS: Final = f"{_COLUMNS} WHERE c.duties <> '{{}}' ORDER BY c.client_id"
_INSERT: Final = """
    INSERT INTO client (client_id, version, state, name, key_thumbprint, public_key, duties)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
"""
_UPDATE: Final = """
    UPDATE client SET version = $2, state = $3, duties = $4 WHERE client_id = $1 AND version = $2 - 1
"""
_GRANT: Final = "INSERT INTO client_grant (client_id, agency_id, since) VALUES ($1, $2, $3)"
_WITHDRAW: Final = "DELETE FROM client_grant WHERE client_id = $1"
_USE: Final = """
    INSERT INTO used_assertion (client_id, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
_FORGET: Final = "DELETE FROM used_assertion WHERE expires_at < $1"


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """The published record and the key that is not published."""

    client: Client
    public_key: dict[str, JsonValue]


async def find(connection: Connection, client_id: UUID, *, lock: bool = False) -> RegisteredClient | None:
    """The client, its row locked until the end of the transaction where `lock` asks for it."""
    row = await connection.fetchrow(_FIND + (" FOR UPDATE OF c" if lock else ""), client_id)
    return None if row is None else _client(row)


async def page(connection: Connection, *, after: UUID | None, limit: int) -> list[Client]:
    """Clients in the order of their ids, which is that of their making."""
    return [_client(row).client for row in await connection.fetch(_PAGE, after, limit)]


async def operators(connection: Connection) -> list[Client]:
    """The clients that operators work with."""
    return [_client(row).client for row in await connection.fetch(_OPERATORS)]


async def insert(connection: Connection, client: Client, public_key: dict[str, JsonValue]) -> bool:
    """Enrol a client; False where its id or its key is taken."""
    done = await connection.execute(
        _INSERT,
        client.client_id,
        client.version,
        client.state.value,
        client.name,
        client.key_thumbprint,
        json.dumps(public_key),
        list(client.duties),
    )
    if done != "INSERT 0 1":
        return False
    await _insert_grants(connection, client)
    return True


async def update(connection: Connection, client: Client) -> None:
    """Write the next version; the caller holds the row's lock. Raises LookupError where it does not follow."""
    changed = (client.client_id, client.version, client.state.value, list(client.duties))
    if await connection.execute(_UPDATE, *changed) != "UPDATE 1":
        raise LookupError(f"client {client.client_id}: version {client.version} does not follow the stored one")
    await connection.execute(_WITHDRAW, client.client_id)
    await _insert_grants(connection, client)


async def use_assertion(connection: Connection, client_id: UUID, jti: str, expires_at: datetime) -> bool:
    """Remember a JWT until it could no longer be accepted; False where it was used before."""
    return await connection.execute(_USE, client_id, jti, expires_at) == "INSERT 0 1"


async def forget_assertions(connection: Connection, before: datetime) -> int:
    """Remove what could no longer be accepted; how many there were."""
    return int((await connection.execute(_FORGET, before)).split()[-1])


async def _insert_grants(connection: Connection, client: Client) -> None:
    rows: list[tuple[Any, ...]] = [(client.client_id, grant.agency_id, grant.since) for grant in client.grants]
    await connection.executemany(_GRANT, rows)


def _client(row: asyncpg.Record) -> RegisteredClient:
    members = dict(row)
    public_key = json.loads(members.pop("public_key"))
    return RegisteredClient(Client.model_validate({**members, "grants": json.loads(row["grants"])}), public_key)
