"""Numbered SQL files, forward only: `0001_what_it_makes.sql`, each opening with a comment that says why.

A runner takes one advisory lock, so that any number of processes may start together; each file runs in one
transaction with a short lock timeout, and its number and SHA-256 are written down in the same transaction. Refused
are an edited or missing file of the past (EditedHistory) and a database newer than the program (DatabaseTooNew).
"""

import hashlib
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from lienthong.common.database.pool import AdvisoryLock, Connection, Limits

_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.sql")
_SHORTEST_REASON: Final = 20
_LIMITS: Final = Limits(statement=300, lock=5, idle_in_transaction=60)
_HISTORY: Final = """
    CREATE TABLE IF NOT EXISTS migration (
        component  text        NOT NULL CHECK (component <> ''),
        number     integer     NOT NULL CHECK (number > 0),
        name       text        NOT NULL,
        sha256     bytea       NOT NULL CHECK (octet_length(sha256) = 32),
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (component, number)
    )
"""


class MigrationFault(Exception):
    """The migrations cannot be run as they are; the sentence names the file."""


class EditedHistory(MigrationFault):
    """A file that this database has already seen was changed or is missing."""


class DatabaseTooNew(MigrationFault):
    """The database was migrated by a later program; this one would not understand its tables."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """The SQL files of one component; `folder` is usually `files("lienthong.<service>") / "migrations"`."""

    component: str
    folder: Traversable


@dataclass(frozen=True, slots=True)
class _Migration:
    number: int
    name: str
    sql: str
    sha256: bytes


COMMON_MIGRATIONS: Final = Migrations("common", files("lienthong.common").joinpath("migrations"))


async def migrate(dsn: str, *components: Migrations) -> list[str]:
    """Bring the database to the newest form, component by component in the order given.

    Returns the files applied now, as `component/0001_name.sql`. Creates nothing but tables. Raises MigrationFault.
    """
    applied: list[str] = []
    connection = await asyncpg.connect(dsn, timeout=_LIMITS.connect, server_settings=_LIMITS.server_settings("migrate"))
    try:
        async with _alone(connection):
            await connection.execute(_HISTORY)
            for component in components:
                applied += await _migrate_component(connection, component)
    finally:
        await connection.close(timeout=_LIMITS.connect)
    return applied


async def create_database(server_dsn: str, name: str) -> bool:
    """Create the database if it is missing; True if it was. Safe when several processes do it at once."""
    connection = await asyncpg.connect(server_dsn, timeout=_LIMITS.connect)
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return False
        identifier = await connection.fetchval("SELECT quote_ident($1)", name)
        await connection.execute(f"CREATE DATABASE {identifier} ENCODING 'UTF8' TEMPLATE template0")
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return False  # another process was quicker
    finally:
        await connection.close(timeout=_LIMITS.connect)
    return True


def database_dsn(server_dsn: str, name: str) -> str:
    """The DSN of the database `name` on the server of `server_dsn`."""
    return urlunsplit(urlsplit(server_dsn)._replace(path="/" + quote(name, safe="")))


async def generation(connection: Connection) -> UUID:
    """The id this database was born with: it stands in consumer groups, so that a new one reads topics anew."""
    row = await connection.fetchrow("SELECT id FROM generation")
    if row is None:
        raise MigrationFault("the table generation is empty: the database was not made by its migrations")
    return row["id"]


@asynccontextmanager
async def _alone(connection: asyncpg.Connection) -> AsyncGenerator[None]:
    # Waiting for another runner is no fault, so the lock is asked for without a time limit of its own.
    await connection.execute("SET lock_timeout = 0")
    await connection.execute("SELECT pg_advisory_lock($1, 0)", int(AdvisoryLock.MIGRATIONS))
    await connection.execute("RESET lock_timeout")
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1, 0)", int(AdvisoryLock.MIGRATIONS))


async def _migrate_component(connection: asyncpg.Connection, component: Migrations) -> list[str]:
    known = read_files(component)
    rows = await connection.fetch(
        "SELECT number, name, sha256 FROM migration WHERE component = $1 ORDER BY number", component.component
    )
    _check_history(component.component, known, rows)
    for migration in known[len(rows) :]:
        await _apply(connection, component.component, migration)
    return [f"{component.component}/{migration.name}" for migration in known[len(rows) :]]


def _check_history(component: str, known: Sequence[_Migration], rows: Sequence[asyncpg.Record]) -> None:
    if len(rows) > len(known):
        raise DatabaseTooNew(
            f"{component}: the database has migration {rows[-1]['name']}, the program ends at {len(known):04}: "
            "start the newer program"
        )
    for migration, row in zip(known, rows, strict=False):
        if (migration.number, migration.name, migration.sha256) != (row["number"], row["name"], row["sha256"]):
            raise EditedHistory(
                f"{component}/{migration.name}: the database ran {row['name']} with other contents: "
                "restore that file and write a new one"
            )


async def _apply(connection: asyncpg.Connection, component: str, migration: _Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO migration (component, number, name, sha256) VALUES ($1, $2, $3, $4)",
                component,
                migration.number,
                migration.name,
                migration.sha256,
            )
    except asyncpg.PostgresError as error:
        raise MigrationFault(f"{component}/{migration.name}: {type(error).__name__}: {error}") from error


def read_files(component: Migrations) -> list[_Migration]:
    """The files of a component in their order. Raises MigrationFault for a gap, a stray name or a missing reason."""
    found = sorted(
        (entry for entry in component.folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name
    )
    return [_read_file(component.component, entry, place) for place, entry in enumerate(found, 1)]


def _read_file(component: str, entry: Traversable, place: int) -> _Migration:
    match = _FILE.fullmatch(entry.name)
    if match is None or int(match["number"]) != place:
        raise MigrationFault(f"{component}/{entry.name}: expected {place:04}_<what_it_makes>.sql")
    contents = entry.read_bytes()
    first, _, _ = contents.decode("utf-8").partition("\n")
    if not first.startswith("-- ") or len(first) < _SHORTEST_REASON:
        raise MigrationFault(f"{component}/{entry.name}: the first line is a comment that says why the file exists")
    return _Migration(place, entry.name, contents.decode("utf-8"), hashlib.sha256(contents).digest())
