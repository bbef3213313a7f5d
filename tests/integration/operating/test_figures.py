"""Figures over 200,000 deliveries: bounded in time, without reading the long rows; and as operators ask for them."""

import csv
import io
import time
from collections.abc import AsyncGenerator, Awaitable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from lienthong.common.clock import SystemClock
from lienthong.common.database import COMMON_MIGRATIONS, Database, migrate
from lienthong.exchange.bootstrap.addresses import MIGRATIONS
from lienthong.exchange.domain.figures import Period, Step
from lienthong.exchange.store import figures
from lienthong.exchange.usecases.count_figures import Counted, CountFigures

from .operating import Operator

pytestmark = pytest.mark.requirement("N10")

YEAR = Period(date(2025, 1, 1), date(2025, 12, 31), Step.MONTH)
MESSAGES, RECIPIENTS = 20_000, 10

_MAKE = """
    CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql
        AS $$ SELECT format('01900000-%s-7000-8000-%s', kind, lpad(n::text, 12, '0'))::uuid $$;
    INSERT INTO agency (agency_id, version, state, name, codes, successors, kind)
    SELECT pg_temp.id('0000', n), 1, 'active', 'Sở số ' || n, '{}', '{}', 'department'
    FROM generate_series(1, 100) AS n;
    INSERT INTO message (id, sender, message_id, subject, lane, accepted_at, size, sha256, payload, jws, receipt,
                         receipt_jws)
    SELECT pg_temp.id('0001', n), pg_temp.id('0000', n % 100 + 1), uuidv7(), uuidv7(), 'ordinary',
           '2025-01-01T00:00:00Z'::timestamptz + n * interval '25 minutes', 2000,
           sha256(''), convert_to(repeat('x', 2000), 'UTF8'), 'a..b', '\\x01', 'a..b'
    FROM generate_series(1, 20000) AS n;
    INSERT INTO delivery (recipient, lane, n, message, chain, state)
    SELECT pg_temp.id('0000', (m + k * 7) % 100 + 1), 'ordinary', m * 10 + k, pg_temp.id('0001', m), sha256(''),
           'received'
    FROM generate_series(1, 20000) AS m CROSS JOIN generate_series(1, 10) AS k;
    INSERT INTO status (message, document, recipient, code, said_at, late)
    SELECT uuidv7(), d.message, d.recipient, '03', m.accepted_at + (d.n % 48) * interval '1 hour', false
    FROM delivery AS d JOIN message AS m ON m.id = d.message;
"""


@pytest.fixture
async def filled(postgres_dsn: str) -> AsyncGenerator[str]:
    await migrate(postgres_dsn, COMMON_MIGRATIONS, MIGRATIONS)
    connection = await asyncpg.connect(postgres_dsn)
    try:
        # 200,000 statuses without messages of their own, and inboxes whose counters stand still: only counted here.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_MAKE)
        await connection.execute("SET session_replication_role = origin")
        await connection.execute("VACUUM ANALYZE")
        yield postgres_dsn
    finally:
        await connection.close()


async def test_two_hundred_thousand_deliveries_are_counted_in_time(filled: str, kafka: str, tmp_path: Path) -> None:
    async with Database.open(filled, name="figures") as database:
        count, agency = CountFigures(database, SystemClock()), await _first_agency(filled)
        own, seconds_own = await _timed(count.own(agency, YEAR))
        every, seconds_all = await _timed(count.of_all(YEAR))
    print(f"one agency {seconds_own:.2f} s, all agencies {seconds_all:.2f} s")
    assert (own.report.of(agency).sent_deliveries, own.report.of(agency).received_documents) == (2000, 2000)
    assert every.report.of(None).sent_deliveries == MESSAGES * RECIPIENTS
    assert every.report.of(None).sent_received == MESSAGES * RECIPIENTS
    assert len(every.report.agencies()) == 100
    assert (seconds_own < 5, seconds_all < 30) == (True, True)
    await _no_long_row_is_read(filled, agency)
    await _operators_get_every_agency_and_all_together(filled, kafka, tmp_path)


async def _no_long_row_is_read(dsn: str, agency: UUID) -> None:
    """`message`, whose rows are long, is read through its indexes alone."""
    connection = await asyncpg.connect(dsn)
    try:
        for agencies, questions in (([agency], figures.OF_PARTS), (None, figures.OF_AGENCIES)):
            for question in questions[:2]:
                given = [agencies, YEAR.since, YEAR.until, "month", datetime.now(UTC)]
                rows = await connection.fetch(f"EXPLAIN {question}", *given)
                plan = "\n".join(row[0] for row in rows)
                assert "Seq Scan on message " not in plan, plan
                assert "Heap Scan on message " not in plan, plan
    finally:
        await connection.close()


async def _operators_get_every_agency_and_all_together(dsn: str, kafka: str, folder: Path) -> None:
    operator = Operator(kafka, dsn)
    period = ("--from", "01/01/2025", "--to", "2025-12-31")
    told = await operator.value("figures", *period)
    assert (len(told["agencies"]), told["total"]["sent_deliveries"]) == (100, MESSAGES * RECIPIENTS)
    assert told["agencies"][0]["name"].startswith("Sở số")
    table = folder / "2025.csv"
    assert (await operator.ops("figures", *period, "--csv", table)).code == 0
    lines = list(csv.DictReader(io.StringIO(table.read_bytes().decode("utf-8-sig"))))
    assert (len(lines), lines[-1]["agency_id"], lines[-1]["sent_deliveries"]) == (101, "total", "200000")
    assert (await operator.ops("figures", "--from", "2025-13-01", "--to", "2025-12-31")).code == 2
    assert (await operator.ops("figures", "--from", "2026-01-01", "--to", "2025-12-31")).code == 1


async def _first_agency(dsn: str) -> UUID:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT agency_id FROM agency ORDER BY agency_id LIMIT 1")
    finally:
        await connection.close()


async def _timed(counting: Awaitable[Counted]) -> tuple[Counted, float]:
    began = time.perf_counter()
    return await counting, time.perf_counter() - began
