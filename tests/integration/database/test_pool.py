"""The pool and the transaction edge on a real server: what is undone, what is named, what ends a wait."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from lienthong.common.database import Database, DatabaseAway, DatabaseBusy, Limits, TooManyAtOnce, working_for
from lienthong.common.testing.failures import PrivateServers

QUICK = Limits(connect=2, acquire=0.3, statement=0.4, lock=0.2, idle_in_transaction=0.3)


async def test_a_transaction_commits_at_its_end_and_rolls_back_where_it_raises(postgres_dsn: str) -> None:
    async with Database.open(postgres_dsn, name="test") as database:
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE kept (n int)")
            await connection.execute("INSERT INTO kept VALUES (1)")
        with pytest.raises(LookupError):
            await insert_and_fail(database)
        async with database.connection() as connection:
            assert [row["n"] for row in await connection.fetch("SELECT n FROM kept")] == [1]


async def insert_and_fail(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO kept VALUES (2)")
        raise LookupError


async def test_the_session_carries_its_name_limits_and_utc(postgres_dsn: str) -> None:
    async with Database.open(postgres_dsn, name="exchange api") as database, database.connection() as connection:
        for setting, expected in {
            "application_name": "exchange api",
            "statement_timeout": "10s",
            "lock_timeout": "3s",
            "idle_in_transaction_session_timeout": "15s",
            "TimeZone": "UTC",
        }.items():
            assert await connection.fetchval("SELECT current_setting($1)", setting) == expected


async def test_a_long_statement_is_ended_and_the_connection_stays_usable(postgres_dsn: str) -> None:
    async with Database.open(postgres_dsn, name="test", limits=QUICK) as database, database.connection() as connection:
        with pytest.raises(asyncpg.QueryCanceledError):
            await connection.execute("SELECT pg_sleep(5)")
        assert await connection.fetchval("SELECT 1") == 1


async def test_waiting_for_a_lock_ends(postgres_dsn: str) -> None:
    async with Database.open(postgres_dsn, name="test", limits=QUICK) as database:
        async with database.connection() as connection:
            await connection.execute("CREATE TABLE thing (n int)")
        limits = replace(QUICK, idle_in_transaction=10)
        async with Database.open(postgres_dsn, name="other", limits=limits) as other, other.transaction() as holding:
            await holding.execute("LOCK TABLE thing")
            with pytest.raises(DatabaseBusy):
                async with database.transaction() as connection:
                    await connection.execute("LOCK TABLE thing")


async def test_a_forgotten_transaction_is_ended_by_the_server(postgres_dsn: str) -> None:
    async with Database.open(postgres_dsn, name="test", limits=QUICK) as database:
        with pytest.raises(DatabaseAway):
            await forget_a_transaction(database)


async def forget_a_transaction(database: Database) -> None:
    async with database.transaction() as connection:
        await asyncio.sleep(0.8)
        await connection.execute("SELECT 1")


async def test_a_used_up_pool_is_reported_instead_of_waited_for(postgres_dsn: str) -> None:
    async with (
        Database.open(postgres_dsn, name="test", max_size=1, limits=QUICK) as database,
        database.connection() as connection,
    ):
        with pytest.raises(DatabaseAway):
            async with database.connection():
                raise AssertionError
        assert await connection.fetchval("SELECT 1") == 1


async def test_whoever_asks_for_more_than_its_share_is_told_so_and_keeps_nobody_waiting(postgres_dsn: str) -> None:
    limits = replace(QUICK, acquire=0.3)
    async with Database.open(postgres_dsn, name="test", max_size=3, limits=limits) as database:
        with working_for("greedy"):
            async with database.connection():
                with pytest.raises(TooManyAtOnce) as told:
                    async with database.connection():
                        raise AssertionError
                assert (told.value.kind.status, told.value.retry_after) == (429, 2)
                with working_for("modest"):
                    async with database.connection() as connection:
                        assert await connection.fetchval("SELECT 1") == 1
            async with database.connection() as connection:
                assert await connection.fetchval("SELECT 1") == 1


async def test_a_terminated_connection_is_named_and_replaced(postgres_dsn: str) -> None:
    async with Database.open(postgres_dsn, name="test", max_size=2) as database:
        with pytest.raises(DatabaseAway):
            await be_terminated(database)
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def be_terminated(database: Database) -> None:
    async with database.transaction() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        async with database.connection() as other:
            await other.execute("SELECT pg_terminate_backend($1)", pid)
        await connection.execute("SELECT 1")


async def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(DatabaseAway) as raised:
        async with Database.open("postgresql://nobody@127.0.0.1:1/none", name="test"):
            raise AssertionError
    assert raised.value.retry_after == 2


async def test_the_pool_outlives_a_restart_of_the_server(private_servers: PrivateServers) -> None:
    async with Database.open(private_servers.addresses.postgres, name="test") as database:
        await asyncio.to_thread(private_servers.stop, "postgres")
        with pytest.raises(DatabaseAway):
            async with database.transaction() as connection:
                await connection.execute("SELECT 1")
        await asyncio.to_thread(private_servers.restart, "postgres")
        async with database.transaction() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_server_that_hangs_is_named_and_the_pool_outlives_it(private_servers: PrivateServers) -> None:
    limits = Limits(connect=1, acquire=0.5, statement=0.5, lock=0.2)
    async with Database.open(private_servers.addresses.postgres, name="test", max_size=2, limits=limits) as database:
        private_servers.freeze("postgres")
        try:
            for read in (read_one, read_one_in_a_transaction):
                async with asyncio.timeout(10):
                    with pytest.raises(DatabaseAway):
                        await read(database)
        finally:
            private_servers.thaw("postgres")
        assert await read_one(database) == 1


async def test_a_statement_that_takes_too_long_is_named_where_nobody_expects_it(postgres_dsn: str) -> None:
    async with Database.open(postgres_dsn, name="test", limits=QUICK) as database:
        with pytest.raises(DatabaseAway):
            async with database.connection() as connection:
                await connection.execute("SELECT pg_sleep(5)")


async def read_one(database: Database) -> int | None:
    async with database.connection() as connection:
        return await connection.fetchval("SELECT 1")


async def read_one_in_a_transaction(database: Database) -> int | None:
    async with database.transaction() as connection:
        return await connection.fetchval("SELECT 1")
