"""Agencies with their names and codes. `version` guards every write: nobody overwrites what he has not read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.accounts import Agency, AgencyLife
from lienthong.common.text import search_key, sort_key

_COLUMNS: Final = """
    SELECT a.agency_id, a.version, a.state, a.kind, a.level, a.parent, a.successors, a.contact_officer, a.ended_on,
           (SELECT jsonb_agg(to_jsonb(n) - 'agency_id' - 'place' ORDER BY n.place)
            FROM agency_name n WHERE n.agency_id = a.agency_id) AS names,
           (SELECT jsonb_agg(to_jsonb(c) - 'agency_id' - 'place' ORDER BY c.place)
            FROM agency_code c WHERE c.agency_id = a.agency_id) AS codes
    FROM agency a
"""
_FIND: Final = f"{_COLUMNS} WHERE a.agency_id = $1"
_FIND_BY_CODE: Final = """
    SELECT agency_id FROM agency_code
    WHERE code = $1
    ORDER BY valid_to IS NULL DESC, valid_to DESC
    LIMIT 1
"""
_PAGE: Final = f"""
    {_COLUMNS}
    WHERE ($1::text IS NULL OR a.search_key LIKE '%' || $1 || '%')
      AND ($2::text IS NULL OR EXISTS (SELECT FROM agency_code c WHERE c.agency_id = a.agency_id AND c.code = $2))
      AND ($3::text IS NULL OR a.state = $3)
      AND ($4::uuid IS NULL
           OR (a.sort_key, a.agency_id) > (SELECT l.sort_key, l.agency_id FROM agency l WHERE l.agency_id = $4))
    ORDER BY $2::text IS NOT NULL AND EXISTS (
                 SELECT FROM agency_code c WHERE c.agency_id = a.agency_id AND c.code = $2 AND c.valid_to IS NULL) DESC,
             a.sort_key, a.agency_id
    LIMIT $5
"""  # noqa: S608 - own constant
_ENDING: Final = "SELECT agency_id FROM agency WHERE state = 'active' AND ended_on < $1 ORDER BY agency_id LIMIT $2"
_INSERT: Final = """
    INSERT INTO agency (agency_id, version, state, kind, level, parent, successors, contact_officer, ended_on,
                        search_key, sort_key)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_UPDATE: Final = """
    UPDATE agency SET version = $2, state = $3, kind = $4, level = $5, parent = $6, successors = $7,
                      contact_officer = $8, ended_on = $9, search_key = $10, sort_key = $11
    WHERE agency_id = $1 AND version = $2 - 1
"""
_DELETE_PERIODS: Final = (
    "DELETE FROM agency_name WHERE agency_id = $1",
    "DELETE FROM agency_code WHERE agency_id = $1",
)
_INSERT_NAMES: Final = """
    INSERT INTO agency_name (agency_id, place, name, name_en, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5, $6)
"""
_INSERT_CODES: Final = """
    INSERT INTO agency_code (agency_id, place, code, scheme, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5, $6)
"""


@dataclass(frozen=True, slots=True)
class Search:
    """What agencies are looked for: words of a name or code without diacritics, an exact code, a state."""

    words: str | None = None
    code: str | None = None
    state: AgencyLife | None = None
    after: UUID | None = None
    limit: int = 100


async def find(connection: Connection, agency_id: UUID, *, lock: bool = False) -> Agency | None:
    """The agency, its row locked until the end of the transaction where `lock` asks for it."""
    row = await connection.fetchrow(_FIND + (" FOR UPDATE OF a" if lock else ""), agency_id)
    return None if row is None else _agency(row)


async def find_by_code(connection: Connection, code: str) -> UUID | None:
    """Whose code it is, or who had it last."""
    return await connection.fetchval(_FIND_BY_CODE, code)


async def load_all(connection: Connection) -> list[Agency]:
    """The whole register, locked against other imports until the end of the transaction."""
    await connection.execute("LOCK TABLE agency IN SHARE ROW EXCLUSIVE MODE")
    return [_agency(row) for row in await connection.fetch(_COLUMNS)]


async def page(connection: Connection, search: Search) -> list[Agency]:
    """One page in Vietnamese order of the names; of a code, whoever has it now comes first."""
    words = None if search.words is None else _literally(search_key(search.words))
    state = None if search.state is None else search.state.value
    rows = await connection.fetch(_PAGE, words, search.code, state, search.after, search.limit)
    return [_agency(row) for row in rows]


async def ending(connection: Connection, today: date, limit: int) -> list[UUID]:
    """Agencies whose last day lies before `today` but whose state does not say so yet."""
    return [row["agency_id"] for row in await connection.fetch(_ENDING, today, limit)]


async def insert(connection: Connection, agency: Agency) -> None:
    await connection.execute(_INSERT, *_values(agency))
    await _insert_periods(connection, agency)


async def update(connection: Connection, agency: Agency) -> None:
    """Write the next version; the caller holds the row's lock. Raises LookupError where it does not follow."""
    if await connection.execute(_UPDATE, *_values(agency)) != "UPDATE 1":
        raise LookupError(f"agency {agency.agency_id}: version {agency.version} does not follow the stored one")
    for statement in _DELETE_PERIODS:
        await connection.execute(statement, agency.agency_id)
    await _insert_periods(connection, agency)


async def _insert_periods(connection: Connection, agency: Agency) -> None:
    await connection.executemany(
        _INSERT_NAMES,
        [
            (agency.agency_id, place, name.name, name.name_en, name.valid_from, name.valid_to)
            for place, name in enumerate(agency.names)
        ],
    )
    await connection.executemany(
        _INSERT_CODES,
        [
            (agency.agency_id, place, code.code, code.scheme.value, code.valid_from, code.valid_to)
            for place, code in enumerate(agency.codes)
        ],
    )


def _values(agency: Agency) -> Sequence[Any]:
    officer = agency.contact_officer
    words = [name.name for name in agency.names] + [code.code for code in agency.codes]
    return (
        agency.agency_id,
        agency.version,
        agency.state.value,
        agency.kind,
        agency.level,
        agency.parent,
        list(agency.successors),
        None if officer is None else officer.model_dump_json(exclude_none=True),
        agency.ended_on,
        search_key(" ".join(words)),
        sort_key(agency.names[-1].name),
    )


def _agency(row: asyncpg.Record) -> Agency:
    officer = row["contact_officer"]
    return Agency.model_validate(
        {
            **row,
            "names": json.loads(row["names"]),
            "codes": json.loads(row["codes"]),
            "successors": tuple(row["successors"]),
            "contact_officer": None if officer is None else json.loads(officer),
        }
    )


def _literally(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
