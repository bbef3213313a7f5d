"""The hotline's entries and their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.exchange.domain.hotline import HotlineKind, HotlineState

_COLUMNS: Final = """
    h.number, h.agency_id, h.report_id, h.client_id, h.kind, h.said, h.contact, h.reported_at, h.state, h.closed_at,
    (SELECT name FROM agency AS a WHERE a.agency_id = h.agency_id) AS agency_name
"""
_ADD: Final = """
    INSERT INTO hotline (agency_id, report_id, client_id, kind, said, contact, reported_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (agency_id, report_id) DO NOTHING
"""
_FIND_REPORT: Final = f"SELECT {_COLUMNS} FROM hotline AS h WHERE agency_id = $1 AND report_id = $2"  # noqa: S608  constants
_LIST: Final = f"""
    SELECT {_COLUMNS} FROM hotline AS h
    WHERE ($1::uuid IS NULL OR agency_id = $1) AND ($2::text IS NULL OR state = $2)
      AND ($3::bigint IS NULL OR number < $3)
    ORDER BY number DESC LIMIT $4
"""  # noqa: S608  constants
_FIND: Final = f"SELECT {_COLUMNS} FROM hotline AS h WHERE number = $1"  # noqa: S608  constants
_ANSWERS: Final = """
    SELECT entry, said, answered_at, answered_by FROM hotline_answer WHERE entry = ANY($1::bigint[]) ORDER BY id
"""
_ONE_AGENCY: Final = "SELECT pg_advisory_xact_lock(hashtextextended('hotline ' || $1::uuid::text, 0))"
_SINCE: Final = "SELECT count(*) FROM hotline WHERE agency_id = $1 AND reported_at > $2"
_ANSWER: Final = "INSERT INTO hotline_answer (entry, said, answered_at, answered_by) VALUES ($1, $2, $3, $4)"
_STATE: Final = "UPDATE hotline SET state = $2, closed_at = $3 WHERE number = $1"
_LOCK: Final = "SELECT number FROM hotline WHERE number = $1 FOR UPDATE"
_WAITING: Final = """
    SELECT count(*) AS number, min(reported_at) AS oldest FROM hotline WHERE state = 'open'
"""


@dataclass(frozen=True, slots=True)
class HotlineReport:
    """What an agency tells, under its own id."""

    agency_id: UUID
    report_id: UUID
    client_id: UUID
    kind: HotlineKind
    text: str
    contact: str


@dataclass(frozen=True, slots=True)
class HotlineAnswer:
    """What an operator said to it. `by` is for operators."""

    text: str
    answered_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class HotlineEntry:
    """A report with its number and what became of it."""

    number: int
    report: HotlineReport
    agency_name: str | None
    reported_at: datetime
    state: HotlineState
    closed_at: datetime | None
    answers: Sequence[HotlineAnswer]


@dataclass(frozen=True, slots=True)
class HotlineWaiting:
    """How many entries nobody has answered, and since when the oldest one stands there."""

    number: int
    oldest: datetime | None


async def take_turn(connection: Connection, agency_id: UUID) -> None:
    """One report of an agency at a time, so that its limit holds."""
    await connection.execute(_ONE_AGENCY, agency_id)


async def find_report(connection: Connection, agency_id: UUID, report_id: UUID) -> HotlineEntry | None:
    """The entry of an agency's report, if it was told before."""
    return await _one(connection, await connection.fetchrow(_FIND_REPORT, agency_id, report_id))


async def count_since(connection: Connection, agency_id: UUID, since: datetime) -> int:
    """How many reports the agency has told since then."""
    counted = await connection.fetchval(_SINCE, agency_id, since)
    return int(counted or 0)


async def add(connection: Connection, report: HotlineReport, now: datetime) -> None:
    """Keep a report; one that was told before stays as it is."""
    members = (report.agency_id, report.report_id, report.client_id, report.kind, report.text, report.contact)
    await connection.execute(_ADD, *members, now)


async def read_page(
    connection: Connection,
    *,
    agency_id: UUID | None = None,
    state: HotlineState | None = None,
    before: int | None = None,
    most: int = 100,
) -> Sequence[HotlineEntry]:
    """Entries, the latest first."""
    return await _entries(connection, await connection.fetch(_LIST, agency_id, state, before, most))


async def find(connection: Connection, number: int, *, lock: bool = False) -> HotlineEntry | None:
    """The entry of this number; with `lock` nobody else's until the end of the transaction."""
    if lock:
        await connection.fetchrow(_LOCK, number)
    return await _one(connection, await connection.fetchrow(_FIND, number))


async def answer(connection: Connection, number: int, said: HotlineAnswer) -> None:
    """Keep an operator's answer."""
    await connection.execute(_ANSWER, number, said.text, said.answered_at, said.by)


async def change_state(connection: Connection, number: int, state: HotlineState, closed_at: datetime | None) -> None:
    """What became of an entry."""
    await connection.execute(_STATE, number, state, closed_at)


async def count_waiting(connection: Connection) -> HotlineWaiting:
    """What waits for an answer."""
    row = await connection.fetchrow(_WAITING)
    return HotlineWaiting(0, None) if row is None else HotlineWaiting(row["number"], row["oldest"])


async def _one(connection: Connection, row: asyncpg.Record | None) -> HotlineEntry | None:
    return None if row is None else (await _entries(connection, [row]))[0]


async def _entries(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[HotlineEntry]:
    answers: dict[int, list[HotlineAnswer]] = {}
    for row in await connection.fetch(_ANSWERS, [row["number"] for row in rows]):
        told = HotlineAnswer(row["said"], row["answered_at"], row["answered_by"])
        answers.setdefault(row["entry"], []).append(told)
    return [_entry(row, answers.get(row["number"], ())) for row in rows]


def _entry(row: asyncpg.Record, answers: Sequence[HotlineAnswer]) -> HotlineEntry:
    report = HotlineReport(
        agency_id=row["agency_id"],
        report_id=row["report_id"],
        client_id=row["client_id"],
        kind=HotlineKind(row["kind"]),
        text=row["said"],
        contact=row["contact"],
    )
    return HotlineEntry(
        number=row["number"],
        report=report,
        agency_name=row["agency_name"],
        reported_at=row["reported_at"],
        state=HotlineState(row["state"]),
        closed_at=row["closed_at"],
        answers=tuple(answers),
    )
