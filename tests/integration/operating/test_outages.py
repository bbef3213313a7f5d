"""The ledger of outages: which outage a moment lies in, so that what was entered late can name it."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest

from lienthong.common.database import COMMON_MIGRATIONS, Connection, Database, migrate
from lienthong.exchange.bootstrap.addresses import MIGRATIONS
from lienthong.exchange.store import outages
from lienthong.exchange.store.outages import Outage, OutageOrigin

NINE = datetime(2026, 11, 22, 2, tzinfo=UTC)


def after(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


@pytest.fixture
async def connection(postgres_dsn: str) -> AsyncGenerator[Connection]:
    await migrate(postgres_dsn, COMMON_MIGRATIONS, MIGRATIONS)
    async with Database.open(postgres_dsn, name="test") as database, database.transaction() as opened:
        yield opened


async def add(
    connection: Connection, began: int, ended: int | None, origin: OutageOrigin = OutageOrigin.DECLARED
) -> Outage:
    end = None if ended is None else after(ended)
    return await outages.add(
        connection, origin, began_at=after(began), ended_at=end, cause="Mất điện", recorded_at=after(60)
    )


@pytest.mark.requirement("N4")
async def test_a_moment_finds_the_outage_it_lies_in_both_ends_included(connection: Connection) -> None:
    closed, going_on = await add(connection, 0, 10), await add(connection, 20, None)
    found = await outages.find_covering(connection, [after(minutes) for minutes in (-1, 0, 5, 10, 11, 20, 999)])
    assert found == {
        **dict.fromkeys([after(0), after(5), after(10)], closed),
        **dict.fromkeys([after(20), after(999)], going_on),
    }
    assert await outages.find_covering(connection, []) == {}


async def test_what_operators_say_goes_before_what_was_found(connection: Connection) -> None:
    await add(connection, 0, 20, OutageOrigin.DETECTED)
    declared, later = await add(connection, 2, 18), await add(connection, 3, 30)
    found = await outages.find_covering(connection, [after(5), after(19)])
    assert found == {after(5): declared, after(19): later}
