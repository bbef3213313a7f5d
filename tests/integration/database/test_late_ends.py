"""The server's last word comes before the end of the connection: between statements the driver makes nothing of it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from lienthong.common.database import Connection, Database, DatabaseAway, Limits

QUICK = Limits(statement=0.5)
"""A pool waits so long for the ends of its connections, too."""

Statement = Callable[[Connection], Awaitable[object]]


async def execute(connection: Connection) -> None:
    await connection.execute("SELECT 1")


async def fetch(connection: Connection) -> None:
    await connection.fetchval("SELECT 1")


async def copy(connection: Connection) -> None:
    await connection.copy_records_to_table("thing", records=[(1,)], columns=["n"])


@pytest.mark.parametrize("statement", [execute, fetch, copy])
async def test_a_connection_that_ended_is_named_and_replaced(postgres_dsn: str, statement: Statement) -> None:
    async with (
        ends_held_back(postgres_dsn) as dsn,
        Database.open(dsn, name="test", limits=QUICK) as database,
        database.connection() as other,
    ):
        await other.execute("CREATE TABLE thing (n int)")
        with pytest.raises(DatabaseAway):
            await be_ended_midway(database, statement, other)
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_connection_that_ended_within_a_transaction_is_not_given_back(postgres_dsn: str) -> None:
    """So it is where a statement and its ROLLBACK took too long, as after a pause of the whole process."""
    async with (
        ends_held_back(postgres_dsn) as dsn,
        Database.open(dsn, name="test", limits=QUICK) as database,
        database.connection() as other,
    ):
        async with database.connection() as connection:
            await connection.execute("BEGIN")
            await be_ended(connection, other)
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def be_ended_midway(database: Database, statement: Statement, other: Connection) -> None:
    async with database.transaction() as connection:
        await statement(connection)
        await be_ended(connection, other)
        await statement(connection)


async def be_ended(connection: Connection, other: Connection) -> None:
    """The server says that it ends the connection; the rest of the loop's work is done before anybody asks for more."""
    await other.execute("SELECT pg_terminate_backend($1, 5000)", await connection.fetchval("SELECT pg_backend_pid()"))
    await asyncio.sleep(0.1)


@asynccontextmanager
async def ends_held_back(dsn: str) -> AsyncGenerator[str]:
    """A way to the server that brings all it says, but not that it has hung up."""
    server = urlsplit(dsn)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(1 << 16):
            writer.write(said)
            await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(server.hostname, server.port)
        answers = asyncio.create_task(carry(from_server, writer))
        try:
            await carry(reader, to_server)
        finally:
            answers.cancel()
            writer.close()
            to_server.close()

    way = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with way:
        port = way.sockets[0].getsockname()[1]
        yield server._replace(netloc=f"{server.username}:{server.password}@127.0.0.1:{port}").geturl()
