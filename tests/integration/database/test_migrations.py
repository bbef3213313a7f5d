"""Numbered files run once, in order, alone; history is never rewritten."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from lienthong.common.database import (
    COMMON_MIGRATIONS,
    Database,
    DatabaseTooNew,
    EditedHistory,
    MigrationFault,
    Migrations,
    create_database,
    database_dsn,
    generation,
    migrate,
)
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.databases import drop_database

WHY = "-- Made so that the test has something to run.\n"


@pytest.fixture
def component(tmp_path: Path) -> Migrations:
    (tmp_path / "0001_things.sql").write_text(WHY + "CREATE TABLE thing (n int); INSERT INTO thing VALUES (1);")
    (tmp_path / "0002_more.sql").write_text(WHY + "ALTER TABLE thing ADD COLUMN m int;")
    return Migrations("thing", tmp_path)


async def test_files_run_once_in_order(postgres_dsn: str, component: Migrations) -> None:
    assert await migrate(postgres_dsn, component) == ["thing/0001_things.sql", "thing/0002_more.sql"]
    assert await migrate(postgres_dsn, component) == []
    (Path(str(component.folder)) / "0003_last.sql").write_text(WHY + "INSERT INTO thing VALUES (2, 2);")
    assert await migrate(postgres_dsn, component) == ["thing/0003_last.sql"]


async def test_many_runners_at_once_run_each_file_once(postgres_dsn: str, component: Migrations) -> None:
    results = await asyncio.gather(*(migrate(postgres_dsn, COMMON_MIGRATIONS, component) for _ in range(6)))
    assert sorted(len(result) for result in results)[:5] == [0] * 5
    async with Database.open(postgres_dsn, name="test") as database, database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM thing") == 1


async def test_a_failing_file_leaves_nothing_and_names_itself(postgres_dsn: str, component: Migrations) -> None:
    failing = Path(str(component.folder)) / "0003_wrong.sql"
    failing.write_text(WHY + "CREATE TABLE half (n int); SELECT 1/0;")
    with pytest.raises(MigrationFault, match=r"thing/0003_wrong.sql: DivisionByZero"):
        await migrate(postgres_dsn, component)
    async with Database.open(postgres_dsn, name="test") as database, database.connection() as connection:
        assert await connection.fetchval("SELECT to_regclass('half')") is None
        assert await connection.fetchval("SELECT max(number) FROM migration") == 2


async def test_an_edited_file_is_refused(postgres_dsn: str, component: Migrations) -> None:
    await migrate(postgres_dsn, component)
    edited = Path(str(component.folder)) / "0001_things.sql"
    edited.write_text(edited.read_text() + "-- only a comment")
    with pytest.raises(EditedHistory, match="0001_things"):
        await migrate(postgres_dsn, component)


async def test_a_database_newer_than_the_program_is_refused(postgres_dsn: str, component: Migrations) -> None:
    await migrate(postgres_dsn, component)
    (Path(str(component.folder)) / "0002_more.sql").unlink()
    with pytest.raises(DatabaseTooNew, match="0002_more"):
        await migrate(postgres_dsn, component)


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("0004_gap.sql", WHY),
        ("0003-dash.sql", WHY),
        ("3_short.sql", WHY),
        ("0003_silent.sql", "CREATE TABLE why (n int);"),
        ("0003_curt.sql", "-- why\nCREATE TABLE why (n int);"),
    ],
)
async def test_a_stray_or_silent_file_is_refused(
    postgres_dsn: str, component: Migrations, name: str, contents: str
) -> None:
    (Path(str(component.folder)) / name).write_text(contents)
    with pytest.raises(MigrationFault, match=name):
        await migrate(postgres_dsn, component)


async def test_a_migration_does_not_wait_behind_a_lock_for_ever(postgres_dsn: str, component: Migrations) -> None:
    """A queue behind ALTER TABLE stops every reader of the table: better to fail and be started again."""
    await migrate(postgres_dsn, component)
    (Path(str(component.folder)) / "0003_wait.sql").write_text(WHY + "ALTER TABLE thing ADD COLUMN o int;")
    async with Database.open(postgres_dsn, name="test") as database, database.transaction() as connection:
        await connection.execute("LOCK TABLE thing")
        with pytest.raises(MigrationFault, match="LockNotAvailable"):
            await migrate(postgres_dsn, component)


async def test_a_missing_database_is_made_once(servers: Servers) -> None:
    name = f't_{uuid4().hex[:10]} "quoted"'
    try:
        made = await asyncio.gather(*(create_database(servers.postgres, name) for _ in range(4)))
        assert made.count(True) == 1
        assert urlsplit(database_dsn(servers.postgres, name)).path == "/" + name.replace(" ", "%20").replace('"', "%22")
        assert await migrate(database_dsn(servers.postgres, name), COMMON_MIGRATIONS)
    finally:
        connection = await asyncpg.connect(servers.postgres)
        await connection.execute(f"DROP DATABASE {await connection.fetchval('SELECT quote_ident($1)', name)}")
        await connection.close()


async def test_a_database_made_anew_has_another_generation(servers: Servers) -> None:
    name = f"t_{uuid4().hex[:10]}"
    born: list[object] = []
    for _ in range(2):
        await create_database(servers.postgres, name)
        dsn = database_dsn(servers.postgres, name)
        await migrate(dsn, COMMON_MIGRATIONS)
        async with Database.open(dsn, name="test") as database, database.connection() as connection:
            born.append(await generation(connection))
            with pytest.raises(asyncpg.UniqueViolationError):
                await connection.execute("INSERT INTO generation DEFAULT VALUES")
        drop_database(dsn)
    assert born[0] != born[1]
