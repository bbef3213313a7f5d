"""A wiped database is built again from what accounts has said, and the exchange goes on."""

import asyncio

import asyncpg
from tests.integration.exchange.province import Province, Running

from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.testing.databases import drop_database


async def test_a_dropped_database_is_built_again_from_the_topics(province: Province, exchange: Running) -> None:
    running = await asyncio.to_thread(province.start("wiped").wait_ready)
    async with province.world(running.url, "wiped") as world:
        sender, recipient, ended = await world.agencies(3)
        await world.tell_agency(world.record(ended, version=2, state=AgencyLife.ENDED))
        await asyncio.to_thread(running.child.terminate)
        await asyncio.to_thread(drop_database, province.dsn("wiped"))
        again = await asyncio.to_thread(province.start("wiped", port=running.port).wait_ready)

        async def is_built() -> bool:
            try:
                states = await world.rows("SELECT agency_id, state FROM agency")
            except asyncpg.PostgresError:
                return False
            found = {row["agency_id"]: row["state"] for row in states}
            return [found.get(each.id) for each in (sender, recipient, ended)] == ["active", "active", "ended"]

        await world.until(is_built, "the register is there again")
        certificates = await world.rows("SELECT agency_id FROM certificate")
        assert {sender.id, recipient.id} <= {row["agency_id"] for row in certificates}
        assert len(await world.rows("SELECT DISTINCT issuer FROM revocation_list")) == 2
        sent = await sender.send(recipient)
        assert [entry.message for entry in await recipient.read_all()] == [sent]
        await asyncio.to_thread(again.child.terminate)


async def test_the_exchange_starts_without_accounts_having_said_anything_new(
    province: Province, exchange: Running
) -> None:
    running = await asyncio.to_thread(province.start("late").wait_ready)
    async with province.world(running.url, "late") as world:
        sender, recipient = await world.agencies(2)
        await sender.send(recipient)
    await asyncio.to_thread(running.child.terminate)
