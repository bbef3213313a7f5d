"""Announce, take into use, retire and end the keys of access tokens as their time comes.

1. under a lock of the table, what the schedule asks for now; a key whose private half is lost ends at once
2. a new key's private half is on disk before the database knows of it
3. the change, its event and its audit record in one transaction
4. an ended key's private half goes after the commit; if that is lost, the file does no harm: nobody accepts the key
"""

from datetime import datetime

import structlog

from lienthong.accounts.clients.key_folder import KeyFolder
from lienthong.accounts.domain.token_keys import Due, Schedule, Step, due
from lienthong.accounts.store import token_keys
from lienthong.accounts.store.token_keys import StoredKey
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import TokenKey, TokenKeyState
from lienthong.common.sources import ACCOUNTS

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def rotate_token_keys(context: Context, folder: KeyFolder, schedule: Schedule) -> int:
    """Do everything that is due; how many steps there were. Harmless to repeat."""
    now = context.clock.now()
    steps = 0
    ended: list[str] = []
    async with context.transaction() as connection:
        while True:
            # 1.
            keys = await token_keys.load(connection, lock=True)
            lost = _lost(keys, folder)
            wanted = [] if lost else due([each.times for each in keys], schedule, now)
            if not (lost or wanted):
                break
            # 2. and 3.
            changed = lost or [key for step in wanted for key in _changed(step, keys, folder)]
            await _store(connection, changed, now)
            await context.announcements.say(connection, changed)
            ended += [key.key_id for key in changed if key.state is TokenKeyState.ENDED]
            steps += len(lost) + len(wanted)
    # 4.
    for key_id in ended:
        folder.remove(key_id)
    return steps


def _lost(keys: list[StoredKey], folder: KeyFolder) -> list[TokenKey]:
    """Keys that should sign, or soon will, and cannot: the folder was lost, and with it their private halves."""
    signing = (TokenKeyState.ANNOUNCED, TokenKeyState.ACTIVE)
    lost = [each.key for each in keys if each.key.state in signing and not folder.has(each.key.key_id)]
    for key in lost:
        log.error("the private half of a token key is lost", key_id=key.key_id)
    return [_next(key, TokenKeyState.ENDED) for key in lost]


def _changed(step: Due, keys: list[StoredKey], folder: KeyFolder) -> list[TokenKey]:
    if step.step is Step.ANNOUNCE:
        key_id, public_key = folder.make()
        return [TokenKey(key_id=key_id, version=1, state=TokenKeyState.ANNOUNCED, public_key=public_key)]
    if step.step is Step.END:
        return [_next(each.key, TokenKeyState.ENDED) for each in keys if each.key.key_id == step.key_id]
    retired = [_next(each.key, TokenKeyState.RETIRED) for each in keys if each.key.state is TokenKeyState.ACTIVE]
    used = [_next(each.key, TokenKeyState.ACTIVE) for each in keys if each.key.key_id == step.key_id]
    return retired + used


def _next(key: TokenKey, state: TokenKeyState) -> TokenKey:
    return key.model_copy(update={"version": key.version + 1, "state": state})


async def _store(connection: Connection, keys: list[TokenKey], now: datetime) -> None:
    for key in keys:
        if key.version == 1:
            await token_keys.insert(connection, key, now)
        else:
            await token_keys.update(connection, key, now)
        await write_audit(connection, done(now, ACCOUNTS, f"token_key.{key.state.value}", f"/token-keys/{key.key_id}"))
