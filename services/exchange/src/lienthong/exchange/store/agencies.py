"""Agencies as accounts told them last, each with its two inboxes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.accounts import AgencyLife, ContactOfficer
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.submission import KnownAgency

_PUT: Final = """
    INSERT INTO agency (agency_id, version, state, name, codes, successors, kind, contact_officer)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (agency_id) DO UPDATE
    SET version = excluded.version, state = excluded.state, name = excluded.name,
        codes = excluded.codes, successors = excluded.successors, kind = excluded.kind,
        contact_officer = excluded.contact_officer
    -- The same version again: what was kept before there was a column for it is completed when the topic is read anew.
    WHERE agency.version <= excluded.version
"""
_OPEN_INBOX: Final = "INSERT INTO agency_inbox (agency_id, lane, chain) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_FIND: Final = """
    SELECT agency_id, state, name, codes, successors, kind, contact_officer
    FROM agency
    WHERE agency_id = ANY($1::uuid[])
       OR agency_id = ANY(SELECT unnest(successors) FROM agency WHERE agency_id = ANY($1::uuid[]))
"""
_NAMES: Final = "SELECT agency_id, name FROM agency WHERE agency_id = ANY($1::uuid[])"
_OFFICERS: Final = "SELECT agency_id, contact_officer FROM agency WHERE agency_id = ANY($1::uuid[])"

# UNION forgets what it has met: a register in which two agencies succeed each other ends here too.
_FIND_HEIRS: Final = """
    WITH RECURSIVE named AS (
        SELECT unnest($1::uuid[]) AS agency_id
        UNION
        SELECT unnest(a.successors) FROM agency AS a JOIN named USING (agency_id)
    )
    SELECT agency_id, state, name, codes, successors, kind, contact_officer FROM agency JOIN named USING (agency_id)
"""


async def put(connection: Connection, agency: KnownAgency, version: int) -> None:
    """Keep what was told unless something newer is known. An agency that becomes known gets its inboxes at once."""
    await connection.execute(
        _PUT,
        agency.agency_id,
        version,
        agency.state,
        agency.name,
        sorted(agency.codes),
        list(agency.successors),
        agency.kind,
        None if agency.contact_officer is None else agency.contact_officer.model_dump_json(exclude_none=True),
    )
    await connection.executemany(_OPEN_INBOX, [_first_link(agency.agency_id, lane) for lane in Lane])


async def find(connection: Connection, agency_ids: Sequence[UUID]) -> Mapping[UUID, KnownAgency]:
    """Those of the agencies that are known, and their successors."""
    return {row["agency_id"]: _known(row) for row in await connection.fetch(_FIND, agency_ids)}


async def find_with_heirs(connection: Connection, agency_ids: Sequence[UUID]) -> Mapping[UUID, KnownAgency]:
    """Those of the agencies that are known, their successors, and the successors of these."""
    return {row["agency_id"]: _known(row) for row in await connection.fetch(_FIND_HEIRS, agency_ids)}


async def find_names(connection: Connection, agency_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """What those of the agencies that are known are called."""
    return {row["agency_id"]: row["name"] for row in await connection.fetch(_NAMES, agency_ids)}


async def find_officers(connection: Connection, agency_ids: Iterable[UUID]) -> Mapping[UUID, ContactOfficer | None]:
    """Whom to ask at those of the agencies that are known."""
    rows = await connection.fetch(_OFFICERS, list(agency_ids))
    return {row["agency_id"]: read_officer(row["contact_officer"]) for row in rows}


def _first_link(agency_id: UUID, lane: Lane) -> tuple[UUID, Lane, bytes]:
    return agency_id, lane, Link.first(InboxKey(agency_id, lane)).chain


def _known(row: asyncpg.Record) -> KnownAgency:
    return KnownAgency(
        agency_id=row["agency_id"],
        state=AgencyLife(row["state"]),
        name=row["name"],
        codes=frozenset(row["codes"]),
        successors=tuple(row["successors"]),
        kind=row["kind"],
        contact_officer=read_officer(row["contact_officer"]),
    )


def read_officer(kept: str | None) -> ContactOfficer | None:
    """A contact officer as a row keeps one."""
    return None if kept is None else ContactOfficer.model_validate_json(kept)
