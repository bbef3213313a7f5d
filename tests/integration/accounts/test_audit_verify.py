"""Whoever changes, removes or inserts a record in accounts' database is found out, with block and record."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr
from tests.integration.accounts.installation import Installation, until_answered

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import SystemClock
from lienthong.common.settings import database_dsn

pytestmark = pytest.mark.requirement("N5")

_ALL = "id, at, who, act, object, outcome, entry, tx"


@asynccontextmanager
async def opened(accounts: Installation) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_dsn(SecretStr(accounts.servers.postgres), accounts.database))
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def unguarded(accounts: Installation) -> AsyncGenerator[asyncpg.Connection]:
    """The database as its superuser may have it: without what keeps the audit log from being changed."""
    async with opened(accounts) as connection, connection.transaction():
        await connection.execute("ALTER TABLE audit DISABLE TRIGGER audit_append_only")
        yield connection
        await connection.execute("ALTER TABLE audit ENABLE TRIGGER audit_append_only")


async def settled(accounts: Installation) -> None:
    """Until every record is in a stamped block."""
    last = "SELECT last_tx, last_id FROM audit_block WHERE stamp IS NOT NULL ORDER BY block DESC LIMIT 1"

    async def all_stamped() -> bool:
        waiting = await accounts.fetch(f"SELECT 1 FROM audit WHERE (tx, id) > ({last})")
        return bool(await accounts.fetch(last)) and not waiting

    await until_answered(all_stamped)


def verify(accounts: Installation, *arguments: str, code: int = 0) -> Any:
    return accounts.run("ops", "--service", "accounts", "audit", "verify", *arguments, code=code)


def found(report: Any) -> Sequence[tuple[str, int, str | None]]:
    return [(each["fault"], each["block"], each["record"]) for each in report["findings"]]


async def test_a_log_that_nobody_touched_is_whole_on_the_host_and_for_an_auditor_without_it(
    accounts: Installation, tmp_path: Path
) -> None:
    await settled(accounts)
    copy, anchors = tmp_path / "accounts.audit", str(accounts.folder / "ca" / "anchors")
    written = accounts.run("ops", "--service", "accounts", "audit", "export", str(copy))
    assert copy.stat().st_mode & 0o077 == 0
    report = accounts.run("audit", "verify", str(copy), "--trust", anchors)
    assert (report["valid"], report["findings"], report["service"]) == (True, [], "accounts")
    assert (report["blocks"], report["records"]) == (written["blocks"], written["rows"])
    assert report["stamped_block"] >= report["blocks"] - 1
    acts = await accounts.fetch("SELECT act FROM audit WHERE act = 'audit.export'")
    assert len(acts) == 1
    await settled(accounts)
    later = verify(accounts, "--since", str(copy))
    assert (later["valid"], later["waiting"], later["findings"]) == (True, 0, [])
    assert later["records"] > report["records"]
    again = accounts.run("ops", "--service", "accounts", "audit", "export", str(copy), code=1)
    assert again["error"]["code"] == "audit_copy_there"


async def test_a_changed_a_removed_and_an_added_record_are_found(accounts: Installation, tmp_path: Path) -> None:
    await settled(accounts)
    copy = tmp_path / "before.audit"
    accounts.run("ops", "--service", "accounts", "audit", "export", str(copy))
    await settled(accounts)
    async with opened(accounts) as connection:
        (row,) = await connection.fetch(f"SELECT {_ALL} FROM audit ORDER BY tx, id OFFSET 2 LIMIT 1")
        block = await connection.fetchval(
            "SELECT min(block) FROM audit_block WHERE (last_tx, last_id) >= ($1::xid8, $2::uuid)", row["tx"], row["id"]
        )
    name = str(row["id"])

    # The record and its columns alike: the block tells, and by the earlier copy which record it is.
    async with unguarded(accounts) as connection:
        await connection.execute(
            "UPDATE audit SET who = '/operators/x', entry = convert_to(replace(convert_from(entry, 'UTF8'), who,"
            " '/operators/x'), 'UTF8') WHERE id = $1",
            row["id"],
        )
    assert found(verify(accounts, code=1)) == [("audit.records_changed", block, None)]
    assert found(verify(accounts, "--since", str(copy), code=1)) == [("audit.records_changed", block, name)]

    # The columns alone, which mislead whoever searches.
    async with unguarded(accounts) as connection:
        await connection.execute("UPDATE audit SET entry = $2 WHERE id = $1", row["id"], row["entry"])
    assert found(verify(accounts, code=1)) == [("audit.columns", block, name)]

    async with unguarded(accounts) as connection:
        await connection.execute("DELETE FROM audit WHERE id = $1", row["id"])
    assert found(verify(accounts, code=1)) == [("audit.record_missing", block, None)]
    assert found(verify(accounts, "--since", str(copy), code=1)) == [("audit.record_missing", block, name)]

    added = AuditRecord(row["at"], "/operators/x", "agency.import", "/agencies", Outcome.DONE)
    async with unguarded(accounts) as connection:
        await connection.execute(f"INSERT INTO audit ({_ALL}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", *row.values())
        await connection.execute(
            f"INSERT INTO audit ({_ALL}) VALUES ($1, $2, '/operators/x', 'agency.import', '/agencies', 'done', $3, $4)",
            *(added.id, added.at, added.to_bytes(), row["tx"]),
        )
    reported = found(verify(accounts, code=1))
    assert [each for each in reported if each[2] == str(added.id)], reported
    async with unguarded(accounts) as connection:
        await connection.execute("DELETE FROM audit WHERE id = $1", added.id)
    assert verify(accounts)["valid"]


async def test_a_record_that_is_in_no_block_yet_is_told_as_such(accounts: Installation) -> None:
    await settled(accounts)
    async with opened(accounts) as slow, slow.transaction():
        await slow.fetchval("SELECT pg_current_xact_id()")  # blocks end in front of what still runs
        async with opened(accounts) as connection:
            act = AuditRecord(SystemClock().now(), "/operators/x", "agency.import", "/agencies", Outcome.DONE)
            await write_audit(connection, act)  # pyright: ignore[reportArgumentType]
        report = verify(accounts)
        assert (report["waiting"], report["valid"]) == (1, True)
        told = accounts.said("ops", "--service", "accounts", "audit", "verify")
        assert "1 bản ghi chưa vào khối" in told
    await settled(accounts)
    assert verify(accounts)["waiting"] == 0
