"""Keys of access tokens: their public halves and states. Private halves are files (`clients/key_folder.py`)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lienthong.accounts.domain.token_keys import KeyTimes
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import TokenKey, TokenKeyState

_LOCK: Final = "LOCK TABLE token_key IN SHARE ROW EXCLUSIVE MODE"
_LOAD: Final = "SELECT key_id, version, state, public_key, since FROM token_key ORDER BY since, key_id"
_ACTIVE: Final = "SELECT key_id FROM token_key WHERE state = 'active'"
_INSERT: Final = "INSERT INTO token_key (key_id, version, state, public_key, since) VALUES ($1, $2, $3, $4, $5)"
_UPDATE: Final = "UPDATE token_key SET version = $2, state = $3, since = $4 WHERE key_id = $1 AND version = $2 - 1"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key and since when it is in its state."""

    key: TokenKey
    since: datetime

    @property
    def times(self) -> KeyTimes:
        return KeyTimes(self.key.key_id, self.key.state, self.since)


async def load(connection: Connection, *, lock: bool = False) -> list[StoredKey]:
    """All keys, oldest state first; with `lock` nobody else changes keys before the transaction ends."""
    if lock:
        await connection.execute(_LOCK)
    rows = await connection.fetch(_LOAD)
    return [
        StoredKey(
            TokenKey(
                key_id=row["key_id"],
                version=row["version"],
                state=TokenKeyState(row["state"]),
                public_key=json.loads(row["public_key"]),
            ),
            row["since"],
        )
        for row in rows
    ]


async def active_id(connection: Connection) -> str | None:
    """The id of the key that signs now."""
    return await connection.fetchval(_ACTIVE)


async def insert(connection: Connection, key: TokenKey, since: datetime) -> None:
    public_key = json.dumps(key.public_key)
    await connection.execute(_INSERT, key.key_id, key.version, key.state.value, public_key, since)


async def update(connection: Connection, key: TokenKey, since: datetime) -> None:
    """Write the next version. Raises LookupError where it does not follow the stored one."""
    if await connection.execute(_UPDATE, key.key_id, key.version, key.state.value, since) != "UPDATE 1":
        raise LookupError(f"token key {key.key_id}: version {key.version} does not follow the stored one")
