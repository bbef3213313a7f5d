"""Audit rows commit with their act, keep their exact bytes and are never changed, whoever tries."""

import hashlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import asyncpg
import pytest

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.database import COMMON_MIGRATIONS, Database, migrate

AT = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)


@pytest.fixture
async def database(postgres_dsn: str) -> AsyncGenerator[Database]:
    await migrate(postgres_dsn, COMMON_MIGRATIONS)
    async with Database.open(postgres_dsn, name="test") as opened:
        yield opened


def record(act: str = "certificate.revoke") -> AuditRecord:
    return AuditRecord(AT, "/services/accounts", act, "/agencies/1", Outcome.DONE, {"reason": "lộ khóa", "count": 2})


async def test_the_leaf_is_the_hash_of_the_exact_bytes(database: Database) -> None:
    written = record()
    async with database.transaction() as connection:
        await write_audit(connection, written, record("certificate.renew"))
        row = await connection.fetchrow("SELECT * FROM audit WHERE id = $1", written.id)
    assert row is not None
    assert row["entry"] == written.to_bytes()
    assert row["leaf"] == hashlib.sha256(written.to_bytes()).digest()
    assert (row["at"], row["who"], row["act"], row["object"], row["outcome"]) == (
        AT, "/services/accounts", "certificate.revoke", "/agencies/1", "done",
    )  # fmt: skip


async def test_an_act_that_is_undone_leaves_no_record(database: Database) -> None:
    async def act() -> None:
        async with database.transaction() as connection:
            await write_audit(connection, record())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit") == 0


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET who = 'another'", "DELETE FROM audit", "TRUNCATE audit", "UPDATE audit SET entry = '\\x00'"],
)
async def test_the_database_refuses_to_change_history(database: Database, statement: str) -> None:
    async with database.connection() as connection:
        await write_audit(connection, record())
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
        assert await connection.fetchval("SELECT count(*) FROM audit") == 1


async def test_an_act_is_named_by_thing_and_verb(database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await write_audit(connection, record("revoked"))
