"""Counting what was exchanged: each question in one pass, in the parts and in all, as medians cannot be added up.

`message` is read through its slim indexes alone. $1: agencies, or null for all; $2, $3: from, until; $4: day or month.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.exchange.domain.figures import Figures, Key, Period

_PART: Final = "date_trunc($4::text, {moment} AT TIME ZONE 'UTC' + interval '7 hours')::date"
_OUTCOMES: Final = """
    count(*) FILTER (WHERE code = '03' OR start_state IS NOT NULL) AS {role}_received,
    count(*) FILTER (WHERE code = '02') AS {role}_refused,
    count(*) FILTER (WHERE state IN ('sent', 'arrived')) AS {role}_open,
    count(*) FILTER (WHERE state = 'expired') AS {role}_expired,
    count(*) FILTER (WHERE state IN ('withdrawn', 'taken_back', 'revoked', 'updated', 'replaced', 'declined'))
        AS {role}_changed,
    count(*) FILTER (WHERE due_at < coalesce(said_at, CASE WHEN state IN ('sent', 'arrived') THEN $5::timestamptz END,
                                             ended_at)) AS {role}_overdue,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS {role}_hours_median,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY hours) AS {role}_hours_p95
"""
_DELIVERED: Final = """
    SELECT {agency} AS agency, {part} AS part, m.id, d.state, d.start_state, s.code, s.said_at,
           due.due_at, e.expired_at AS ended_at,
           CASE WHEN s.code = '03' THEN greatest(extract(epoch FROM s.said_at - m.accepted_at), 0) / 3600 END AS hours
    FROM message AS m
         JOIN delivery AS d ON d.message = m.id
         LEFT JOIN status AS s ON s.document = d.message AND s.recipient = d.recipient AND s.code IN ('02', '03')
         LEFT JOIN due ON due.message = m.id AND due.kind = 'delivery'
         LEFT JOIN expiry AS e ON e.document = d.message AND e.recipient = d.recipient
    WHERE m.accepted_at >= $2 AND m.accepted_at < $3 AND d.state IS NOT NULL
      AND ($1::uuid[] IS NULL OR {agency} = ANY($1::uuid[]))
"""


def _delivered(role: str, agency: str, counted: str) -> str:
    rows = _DELIVERED.format(agency=agency, part=_PART.format(moment="m.accepted_at"))
    return _grouped(f"{counted}, {_OUTCOMES.format(role=role)}", rows)


def _counted(what: str, agency: str, moment: str, source: str) -> str:
    rows = f"""
        SELECT {agency} AS agency, {_PART.format(moment=moment)} AS part, x.* FROM {source} AS x
        WHERE {moment} >= $2 AND {moment} < $3 AND ($1::uuid[] IS NULL OR {agency} = ANY($1::uuid[]))
    """  # noqa: S608  constants
    return _grouped(what, rows)


def _grouped(what: str, rows: str) -> str:
    return f"SELECT agency, {{part}} AS part, {what} FROM ({rows}) AS counted GROUP BY {{sets}}"  # noqa: S608  constants


_QUESTIONS: Final[Sequence[str]] = (
    _delivered("sent", "m.sender", "count(DISTINCT id) AS sent_documents, count(*) AS sent_deliveries"),
    _delivered("received", "d.recipient", "count(*) AS received_documents"),
    _counted(
        "count(*) AS statuses_said",
        "x.sender",
        "x.accepted_at",
        "(SELECT m.sender, m.accepted_at FROM message AS m JOIN status AS s ON s.message = m.id)",
    ),
    _counted("count(*) AS refused_by_rule", "x.source", "x.refused_at", "refusal"),
    _counted(
        """
        count(*) FILTER (WHERE kind = 'take_back') AS take_backs_asked,
        count(*) FILTER (WHERE kind = 'revoke') AS revocations_asked,
        count(*) FILTER (WHERE kind = 'update') AS updates_asked,
        count(*) FILTER (WHERE kind = 'replace') AS replacements_asked,
        count(*) FILTER (WHERE state IN ('agreed', 'granted')) AS changes_agreed,
        count(*) FILTER (WHERE state = 'refused') AS changes_refused,
        count(*) FILTER (WHERE state = 'lapsed') AS changes_lapsed
        """,
        "x.sender",
        "x.accepted_at",
        """(SELECT m.sender, m.accepted_at, c.kind, c.state
            FROM change_request AS c JOIN message AS m ON m.id = c.message)""",
    ),
    _counted("count(*) AS late_entries", "x.agency_id", "x.entered_at", "late_entry"),
    _counted("count(*) AS registrations", "x.agency_id", "x.registered_at", "registration"),
)
OF_PARTS: Final = [each.format(part="part", sets="GROUPING SETS ((agency, part), (agency))") for each in _QUESTIONS]
"""Agencies' figures in each part, and in all of the period (null)."""
OF_AGENCIES: Final = [each.format(part="NULL::date", sets="GROUPING SETS ((agency), ())") for each in _QUESTIONS]
"""Agencies' figures in all of the period, and those of all agencies together (null)."""

_RULES: Final = """
    SELECT rule, count(*) AS refused FROM refusal CROSS JOIN unnest(rules) AS rule
    WHERE refused_at >= $2 AND refused_at < $3 AND ($1::uuid[] IS NULL OR source = ANY($1::uuid[]))
    GROUP BY rule ORDER BY rule
"""


async def begin(connection: Connection, seconds: float) -> None:
    """The first thing in the transaction: one view of all tables, nothing written, plans for the agencies asked for."""
    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    await connection.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
    await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")


async def count_all(
    connection: Connection, agencies: Sequence[UUID] | None, period: Period, now: datetime, seconds: float
) -> Mapping[Key, Figures]:
    """Figures of these agencies in each part, or of all agencies in the whole period.

    Each question has so many seconds. Raises DatabaseAway where that is too few.
    """
    found: dict[Key, Figures] = {}
    for question in OF_AGENCIES if agencies is None else OF_PARTS:
        given: list[Any] = [agencies, period.since, period.until, period.step.value]
        if "$5" in question:
            given.append(now)
        for row in await connection.fetch(question, *given, timeout=seconds + 5):
            key, told = _read(row)
            found[key] = replace(found.get(key, Figures()), **told)
    return found


async def count_rules(connection: Connection, agencies: Sequence[UUID] | None, period: Period) -> Mapping[str, int]:
    """By which rules messages were refused; one that broke several counts under each."""
    rows = await connection.fetch(_RULES, agencies, period.since, period.until)
    return {row["rule"]: row["refused"] for row in rows}


def _read(row: asyncpg.Record) -> tuple[Key, dict[str, Any]]:
    members = dict(row.items())
    agency, part = members.pop("agency"), members.pop("part")
    key: tuple[UUID | None, date | None] = (agency, part)
    return key, {name: round(value, 3) if isinstance(value, float) else value for name, value in members.items()}
