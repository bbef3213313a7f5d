"""Reading a service's whole audit log as one moment of its database shows it, line by line, for a copy or a judge."""

import json
import unicodedata
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from lienthong.common.audit_check import CopiedBlock, CopiedRecord, CopyEnd, CopyLine, CopyStart, Witness
from lienthong.common.clock import Clock, to_text, truncated
from lienthong.common.database import Connection, Database, Limits
from lienthong.common.signing import SignedBytes

_DAY: Final = 86_400.0
_LIMITS: Final = Limits(statement=_DAY, lock=10, idle_in_transaction=_DAY)
_BLOCKS: Final = """
    SELECT block, first, count, last_tx::text AS last_tx, last_id, chain, head, head_jws, stamp
    FROM audit_block ORDER BY block
"""
_RECORDS: Final = "SELECT id, at, who, act, object, outcome, entry FROM audit"
_OF_A_BLOCK: Final = f"""
    {_RECORDS} WHERE (tx, id) > ($1::text::xid8, $2::uuid) AND (tx, id) <= ($3::text::xid8, $4::uuid) ORDER BY tx, id
"""
_WAITING: Final = f"{_RECORDS} WHERE (tx, id) > ($1::text::xid8, $2::uuid) ORDER BY tx, id"
_FIRST: Final = ("0", "00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, slots=True)
class Audited:
    """Whose log it is, and what it is judged by: `witnesses` are accounts' statements about services and lists."""

    service: str
    environment: str
    anchors: Path
    witnesses: Callable[[Connection], Awaitable[Sequence[SignedBytes | bytes]]]


async def read_log(database: Database, audited: Audited, clock: Clock) -> AsyncGenerator[CopyLine]:
    """The lines of a copy, made as they are read."""
    async with (
        database.session("audit log", _LIMITS) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield CopyStart(audited.service, audited.environment, truncated(clock.now()))
        for said in await audited.witnesses(connection):
            yield Witness(said)
        last, blocks, records, waiting = _FIRST, 0, 0, 0
        async for row in connection.cursor(_BLOCKS):
            blocks += 1
            yield _block(row)
            ends = (row["last_tx"], str(row["last_id"]))
            for each in await connection.fetch(_OF_A_BLOCK, *last, *ends):
                records += 1
                yield _record(each)
            last = ends
        async for row in connection.cursor(_WAITING, *last):
            waiting += 1
            yield _record(row, waiting=True)
        yield CopyEnd(blocks, records, waiting)


def _block(row: asyncpg.Record) -> CopiedBlock:
    return CopiedBlock(
        block=row["block"],
        first=row["first"],
        count=row["count"],
        chain=row["chain"],
        head=row["head"],
        jws=row["head_jws"],
        stamp=row["stamp"],
    )


def _record(row: asyncpg.Record, *, waiting: bool = False) -> CopiedRecord:
    return CopiedRecord(str(row["id"]), row["entry"], waiting, _differing(row))


def _differing(row: asyncpg.Record) -> tuple[str, ...]:
    """Columns, which are there for searching, that do not say what the record says."""
    try:
        told: Any = json.loads(row["entry"])
    except ValueError:
        return ("entry",)
    if not isinstance(told, dict):
        return ("entry",)
    shown = {"id": str(row["id"]), "at": to_text(row["at"])}
    shown |= {name: unicodedata.normalize("NFC", row[name]) for name in ("who", "act", "object", "outcome")}
    return tuple(name for name, value in shown.items() if told.get(name) != value)
