"""One connection of a process that hears of new entries, for as long as the process runs."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

import asyncpg
import structlog

from lienthong.common.broker import Backoff
from lienthong.common.database import Database, DatabaseAway
from lienthong.common.pauses import wait_at_most

CHANNEL = "lienthong_exchange_inbox"

_ALIVE_CHECK_SECONDS = 20.0
_PAUSE = Backoff(first=0.1, cap=5.0)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def listen(
    database: Database, name: str, hear: Callable[..., None], begin: Callable[[], None] | None = None
) -> NoReturn:
    """Call `hear` at every call of the channel, and `begin` whenever listening begins (again).

    A call that is lost while the database is away is heard by nobody: whoever waits looks again by itself.
    """
    failures = 0
    while True:
        try:
            async with database.session(name) as connection:
                lost = _lost(connection)
                await connection.add_listener(CHANNEL, hear)
                if begin is not None:
                    begin()
                failures = 0
                while True:
                    await wait_at_most(lost, _ALIVE_CHECK_SECONDS)
                    await connection.execute("SELECT 1")
        except DatabaseAway as away:
            failures += 1
            log.warning("listening waits for the database", name=name, exc_info=away)
            await asyncio.sleep(_PAUSE.delay(failures))


def _lost(connection: asyncpg.Connection) -> asyncio.Event:
    """Set when the connection is gone: nothing is heard any more, and nobody would know before the next check."""
    lost = asyncio.Event()

    def note(_connection: object) -> None:
        lost.set()

    connection.add_termination_listener(note)
    return lost
