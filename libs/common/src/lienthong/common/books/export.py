"""Writing the books: one read-only transaction that sees one moment, streamed, whatever the size of the tables."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock, Timestamp, truncated
from lienthong.common.database import Database, Limits
from lienthong.common.errors import Kind, LienthongError, Words

MANIFEST: Final = "manifest.json"
FORMAT: Final = "lienthong-books-1"

_DAY: Final = 86_400.0
_LIMITS: Final = Limits(statement=_DAY, lock=10, idle_in_transaction=_DAY)
_TABLES: Final = """
    SELECT c.oid::regclass::text AS name, c.oid AS id
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r'
    ORDER BY 1
"""
_COLUMNS: Final = """
    SELECT quote_ident(attname) AS name, format_type(atttypid, NULL) AS type
    FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_KEY: Final = """
    SELECT quote_ident(a.attname) AS name
    FROM pg_index AS i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
         JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = $1 AND i.indisprimary ORDER BY k.place
"""
_MOMENT: Final = """
    SELECT (SELECT id FROM generation) AS generation, clock_timestamp() AS at, pg_current_snapshot()::text AS snapshot
"""
_BASE64: Final = r"replace(encode({}, 'base64'), E'\n', '')"
# Raw JSON has neither of these letters, so that CSV leaves every line as it is.
_QUOTE, _DELIMITER = "\x01", "\x02"


class BooksThere(LienthongError):
    """The folder holds something already: books are never written over."""

    code = "books_there"
    kind = Kind.CONFLICT
    title = Words("Thư mục đã có dữ liệu", "The folder is not empty")
    advice = Words("Chọn một thư mục mới.", "Choose a new folder.")


class Book(BaseModel):
    """One table: its file, and what tells whether the file is whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    file: str
    rows: int
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What an export consists of: `generation` is the life of the database, `snapshot` the moment, by PostgreSQL."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    service: str
    at: Timestamp
    generation: UUID
    snapshot: str
    books: tuple[Book, ...]


class _File:
    """A file that is hashed and counted while it is written. Only its owner may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._digest = hashlib.sha256()
        self._rows = self._size = 0

    async def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]
        self._digest.update(data)
        self._size += len(data)
        self._rows += data.count(b"\n")

    def close(self, table: str) -> Book:
        os.fsync(self._handle)
        os.close(self._handle)
        sha256 = self._digest.hexdigest()
        return Book(table=table, file=self._path.name, rows=self._rows, bytes=self._size, sha256=sha256)


async def export_books(database: Database, clock: Clock, service: str, folder: Path, *, who: str) -> Manifest:
    """Write the service's books into a new folder. Audited before and after. Raises BooksThere."""
    await asyncio.to_thread(_make_folder, folder)
    await _audit(database, clock.now(), "books.export", service, who)
    async with (
        database.session("books", _LIMITS) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        moment = await connection.fetchrow(_MOMENT)
        if moment is None:
            raise LookupError("the database has no generation")
        books = [await _write(connection, table, folder) for table in await connection.fetch(_TABLES)]
    manifest = Manifest(
        format=FORMAT,
        service=service,
        at=truncated(moment["at"]),
        generation=moment["generation"],
        snapshot=moment["snapshot"],
        books=tuple(books),
    )
    last = _File(folder / MANIFEST)
    await last.write(manifest.model_dump_json(indent=1).encode() + b"\n")
    sha256 = last.close(MANIFEST).sha256
    await _audit(database, clock.now(), "books.exported", service, who, manifest=sha256, books=len(books))
    return manifest


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BooksThere


async def _write(connection: asyncpg.Connection, table: asyncpg.Record, folder: Path) -> Book:
    file = _File(folder / f"{table['name'].strip(chr(34))}.jsonl")
    columns = await connection.fetch(_COLUMNS, table["id"])
    key = [row["name"] for row in await connection.fetch(_KEY, table["id"])]
    await connection.copy_from_query(
        _lines(table["name"], columns, key),
        output=file.write,
        format="csv",
        quote=_QUOTE,
        delimiter=_DELIMITER,
        encoding="utf-8",
        timeout=_DAY,
    )
    return file.close(table["name"])


def _lines(table: str, columns: Sequence[asyncpg.Record], key: Sequence[str]) -> str:
    """The query of one JSON object per row. Names are those of the database itself, quoted by it."""
    told = ", ".join(f"{_shown(column['name'], column['type'])} AS {column['name']}" for column in columns)
    order = f" ORDER BY {', '.join(f't.{name}' for name in key)}" if key else ""
    return f"SELECT row_to_json(line) FROM (SELECT {told} FROM {table} AS t{order}) AS line"  # noqa: S608


def _shown(name: str, type_: str) -> str:
    if type_ == "bytea":
        return _BASE64.format(f"t.{name}")
    if type_ == "bytea[]":
        pieces = f"unnest(t.{name}) WITH ORDINALITY AS p (piece, place)"
        return f"(SELECT array_agg({_BASE64.format('piece')} ORDER BY place) FROM {pieces})"  # noqa: S608
    return f"t.{name}"


async def _audit(database: Database, at: datetime, act: str, service: str, who: str, **details: Any) -> None:
    async with database.transaction() as connection:
        record = AuditRecord(at, who, act, f"/services/{service}/books", Outcome.DONE, details)
        await write_audit(connection, record)
