"""The pool of connections and the edge of a transaction.

Whoever opens a transaction owns its end: code below never commits. What the server or the network does to a
connection arrives as one error, `DatabaseAway`; every other exception passes unchanged.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy

from lienthong.common.database.sharing import Shares, TooManyAtOnce
from lienthong.common.errors import Kind, LienthongError, Words

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
"""A connection inside a transaction, as stores and effects receive it."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # the primary has moved
    asyncpg.InsufficientResourcesError,  # disk, memory or connections are used up
    asyncpg.QueryCanceledError,  # the server ended a statement that took too long
    TimeoutError,  # the server did not answer: it hangs, or the network swallows what is sent
)


_THROWN_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""With these the pool ends a connection that it cannot take back."""

_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class AdvisoryLock(IntEnum):
    """First halves of our advisory locks; the second half is the shard, the bucket or nothing."""

    MIGRATIONS = 0x4C54_0001
    OUTBOX_WRITERS = 0x4C54_0002
    RELAY_SHARDS = 0x4C54_0003
    OWN_TOPICS = 0x4C54_0004
    AUDIT = 0x4C54_0005


class DatabaseAway(LienthongError):
    """The database cannot be reached, refused the connection or broke it off; what was asked is undone or unknown."""

    code = "database_away"
    kind = Kind.UNAVAILABLE
    title = Words("Cơ sở dữ liệu tạm thời không sẵn sàng", "The database is not available at the moment")
    advice = Words(
        "Thử lại sau ít giây với cùng mã thông điệp: yêu cầu lặp lại không bị xử lý hai lần.",
        "Try again in some seconds with the same message id: a repeated request is not carried out twice.",
    )


class DatabaseBusy(DatabaseAway):
    """Somebody holds what was asked for, too long or in a circle of waiting; nothing of what was asked is done."""

    code = "database_busy"
    title = Words("Cơ sở dữ liệu đang bận", "The database is busy")


@dataclass(frozen=True, slots=True)
class Limits:
    """Longest waits of one connection, in seconds: no statement, lock or forgotten transaction holds others up."""

    connect: int = 5
    acquire: float = 5.0
    statement: float = 10.0
    lock: float = 3.0
    idle_in_transaction: float = 15.0

    def server_settings(self, name: str) -> dict[str, str]:
        """The settings a session starts with; `name` shows in pg_stat_activity."""
        return {
            "application_name": name,
            "statement_timeout": _milliseconds(self.statement),
            "lock_timeout": _milliseconds(self.lock),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_in_transaction),
            "timezone": "UTC",
            "jit": "off",
        }


class Database:
    """The database of one service as one process uses it."""

    def __init__(self, dsn: str, pool: asyncpg.Pool, name: str, limits: Limits) -> None:
        self._dsn = dsn
        self._pool = pool
        self._name = name
        self._limits = limits
        self._shares = Shares(max(1, pool.get_max_size() // 3))

    @classmethod
    @asynccontextmanager
    async def open(
        cls, dsn: str, *, name: str, min_size: int = 1, max_size: int = 10, limits: Limits | None = None
    ) -> AsyncGenerator["Database"]:
        """A pool that lives as long as the context; `name` is the application name. Raises DatabaseAway."""
        limits = limits or Limits()
        pool = asyncpg.create_pool(
            dsn,
            min_size=min_size,
            max_size=max_size,
            timeout=limits.connect,
            # The server ends a long statement; this ends the wait for a server that no longer answers.
            command_timeout=limits.statement + limits.connect,
            server_settings=limits.server_settings(name),
            reset=_keep_as_it_is,
        )
        try:
            await pool
        except (OSError, asyncpg.PostgresError) as error:
            raise _away(error) from error
        try:
            yield cls(dsn, pool, name, limits)
        finally:
            await _close(pool, limits.statement)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A connection of the pool, each statement its own transaction: for reading.

        Raises DatabaseAway; TooManyAtOnce where whoever this is done for has its share of them all the time.
        """
        async with self._share(), self._any_connection() as connection:
            yield connection

    @asynccontextmanager
    async def _share(self) -> AsyncGenerator[None]:
        """One of the connections that may be held at a time for whoever the work is for (`sharing.py`)."""
        share = self._shares.mine()
        if share is None:
            yield
            return
        try:
            async with asyncio.timeout(self._limits.acquire):
                await share.acquire()
        except TimeoutError:
            raise TooManyAtOnce(retry_after=2) from None
        try:
            yield
        finally:
            share.release()

    @asynccontextmanager
    async def _any_connection(self) -> AsyncGenerator[Connection]:
        try:
            connection = await self._pool.acquire(timeout=self._limits.acquire)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise _away(error) from error
        try:
            async with losses_named(connection):
                yield connection
        finally:
            await self._release(connection)

    async def _release(self, connection: PoolConnectionProxy) -> None:
        try:
            await self._pool.release(connection, timeout=self._limits.acquire)
        except _THROWN_AWAY as error:
            log.warning("connection thrown away", exc_info=error)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        """One transaction: committed at the end of the block, rolled back where it raises. Raises as `connection`.

        A loss of the connection during the commit leaves the outcome unknown: look again or repeat the same id.
        """
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def session(self, purpose: str, limits: Limits | None = None) -> AsyncGenerator[asyncpg.Connection]:
        """A connection of its own beside the pool, for LISTEN and locks held by the session. Raises DatabaseAway."""
        limits = limits or self._limits
        try:
            connection = await asyncpg.connect(
                self._dsn,
                timeout=limits.connect,
                command_timeout=limits.statement + limits.connect,
                server_settings=limits.server_settings(f"{self._name} {purpose}"),
            )
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise _away(error) from error
        try:
            async with losses_named(connection):
                yield connection
        finally:
            await _close(connection, limits.connect)


async def _keep_as_it_is(connection: Any) -> None:
    """No reset when a connection goes back: stores set nothing of a session, so a round trip per use is spared."""


@asynccontextmanager
async def losses_named(connection: Connection) -> AsyncGenerator[None]:
    """What the server or the network did to the connection inside the block leaves it as DatabaseAway.

    A lock that was not to be had leaves it as DatabaseBusy.
    """
    try:
        yield
    except DatabaseAway:
        raise
    except Exception as error:
        if isinstance(error, _BUSY):
            raise DatabaseBusy(retry_after=2) from error
        if _confused(error) and not is_lost(connection):
            connection.terminate()
        if isinstance(error, _LOST) or is_lost(connection):
            raise _away(error) from error
        raise


def _confused(error: BaseException | None) -> bool:
    """Whether the driver no longer knows where its connection stands.

    So it is where the server's last word came between two statements and the end of the connection has not come yet. A
    COPY then leaves the connection open and refuses whatever follows, the ROLLBACK first.
    """
    while error is not None and not isinstance(error, asyncpg.InternalClientError):
        error = error.__context__
    return error is not None


def is_lost(connection: Connection) -> bool:
    """Whether the connection is gone; the pool takes a lost one back even while a transaction holds it."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


async def _close(ended: asyncpg.Pool | asyncpg.Connection, within: float) -> None:
    """Close politely, or at once where the server does not answer within so many seconds."""
    try:
        async with asyncio.timeout(within):
            await ended.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        ended.terminate()


def _away(error: Exception) -> DatabaseAway:
    return DatabaseAway(
        Words(
            f"Cơ sở dữ liệu không sẵn sàng ({type(error).__name__})", f"The database is away ({type(error).__name__})"
        ),
        retry_after=2,
    )


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
