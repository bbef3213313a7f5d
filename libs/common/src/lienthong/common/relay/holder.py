"""A process's hold on shards: one connection, advisory locks on it, and a beat that says the process lives."""

import asyncio
import math
import os
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import asyncpg
import structlog

from lienthong.common.database import AdvisoryLock, Database, DatabaseAway, Limits, losses_named
from lienthong.common.outbox import CHANNEL, SHARDS
from lienthong.common.relay.settings import RelaySettings

_BEAT = """
    INSERT INTO relay_holder AS known (holder, backend, process) VALUES ($1, pg_backend_pid(), $2)
    ON CONFLICT (holder) DO UPDATE SET beat_at = clock_timestamp()
"""
_LEAVE = "DELETE FROM relay_holder WHERE holder = $1"
# A backend number may come back after a restart of the server; its old row must not stand in the way.
_FORGET_GONE = """
    DELETE FROM relay_holder AS h
    WHERE NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = h.backend AND a.backend_start <= h.beat_at)
       OR (h.backend = pg_backend_pid() AND h.holder <> $1)
"""
_END_SILENT = """
    SELECT l.pid, pg_terminate_backend(l.pid) AS ended
    FROM (
        SELECT DISTINCT pid FROM pg_locks
        WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND objsubid = 2 AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS l
    LEFT JOIN relay_holder AS h ON h.backend = l.pid AND h.beat_at > clock_timestamp() - make_interval(secs => $2)
    WHERE h.backend IS NULL AND l.pid <> pg_backend_pid()
"""
_ALIVE = """
    SELECT count(*)
    FROM relay_holder AS h JOIN pg_stat_activity AS a ON a.pid = h.backend
    WHERE h.beat_at > clock_timestamp() - make_interval(secs => $1)
"""
_TRY = "SELECT pg_try_advisory_lock($1, $2)"
_UNLOCK = "SELECT pg_advisory_unlock($1, $2)"

_TOO_SLOW = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError, asyncpg.TransactionRollbackError)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Holder:
    """Made by `open_holder`. `held` are the shards whose rows this process may send."""

    def __init__(self, connection: asyncpg.Connection, settings: RelaySettings) -> None:
        self.held: frozenset[int] = frozenset()
        self._id: UUID = uuid4()
        self._connection = connection
        self._settings = settings
        self._turn = asyncio.Lock()
        self._beaten_at = -math.inf

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[asyncpg.Connection]:
        """A transaction on the connection that holds the locks: it cannot commit once they are lost."""
        async with self._alone() as connection, connection.transaction():
            yield connection

    async def begin(self) -> None:
        """The first beat, before any lock is asked for."""
        await self._connection.execute(_FORGET_GONE, self._id)
        await self.beat()

    async def beat(self) -> None:
        """Say that this process lives."""
        begun = time.monotonic()  # before the server's own time of the beat, so never later than what others see
        async with self._alone() as connection:
            await connection.execute(_BEAT, self._id, f"{socket.gethostname()}:{os.getpid()}")
        self._beaten_at = begun

    async def keep_beating(self) -> None:
        """Beat until the connection is lost; that shows in `assert_current`, which every flight asks."""
        with suppress(DatabaseAway):
            while True:
                await self.beat()
                await asyncio.sleep(self._settings.beat)

    async def assert_current(self) -> None:
        """Return only if nobody can have taken the shards: asked before every flight.

        After a pause of the whole process the beat is old; then only a new beat on the same connection tells that the
        locks were never lost. Raises DatabaseAway.
        """
        if time.monotonic() - self._beaten_at > self._settings.silence / 2:
            log.warning("relay beat was late", seconds=round(time.monotonic() - self._beaten_at, 1))
            await self.beat()

    async def take_share(self, finish_pages: Callable[[], Awaitable[None]]) -> None:
        """End silent holders, give up what is above the fair share, take what is free.

        `finish_pages` returns when no page is under way any more that was begun with what is given up.
        """
        lock, before = int(AdvisoryLock.RELAY_SHARDS), self.held
        async with self._alone() as connection:
            for row in await connection.fetch(_END_SILENT, lock, self._settings.silence):
                log.warning("relay ended a silent holder", backend=row["pid"], ended=row["ended"])
            await connection.execute(_FORGET_GONE, self._id)
            alive: int = await connection.fetchval(_ALIVE, self._settings.silence) or 1
            most = math.ceil(SHARDS / alive)
            kept, given_up = sorted(self.held)[:most], sorted(self.held)[most:]
            for shard in set(range(SHARDS)) - self.held:
                if len(kept) < most and await connection.fetchval(_TRY, lock, shard):
                    kept.append(shard)
        self.held = frozenset(kept)
        if given_up:
            await finish_pages()
            async with self._alone() as connection:
                for shard in given_up:
                    await connection.execute(_UNLOCK, lock, shard)
        if self.held != before:
            log.info("relay holds shards", shards=sorted(self.held), alive=alive)

    async def leave(self) -> None:
        """Take the beat away so that others need not wait for it; the locks go with the connection."""
        with suppress(DatabaseAway):
            async with self._alone() as connection:
                await connection.execute(_LEAVE, self._id)

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[asyncpg.Connection]:
        async with self._turn, losses_named(self._connection):
            try:
                yield self._connection
            except (TimeoutError, *_TOO_SLOW) as error:  # as good as gone: give the connection up and its locks with it
                self._connection.terminate()
                raise DatabaseAway from error


@asynccontextmanager
async def open_holder(database: Database, settings: RelaySettings, woken: Callable[[], None]) -> AsyncGenerator[Holder]:
    """A holder without shards so far; `woken` is called at every NOTIFY of an outbox. Raises DatabaseAway."""
    wait = settings.silence / 2
    limits = Limits(statement=wait, lock=wait, idle_in_transaction=settings.silence)

    def notified(*_: object) -> None:
        woken()

    async with database.session("relay", limits) as connection:
        await connection.add_listener(CHANNEL, notified)
        holder = Holder(connection, settings)
        await holder.begin()
        beating = asyncio.create_task(holder.keep_beating())
        try:
            yield holder
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await holder.leave()
