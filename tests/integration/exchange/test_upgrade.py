"""A database of an earlier version is brought up to date with what it holds: nothing is lost, nothing is forgotten."""

import asyncio

import asyncpg
import pytest
from tests.integration.exchange.province import Province, Running

from lienthong.common.messages.document import CodeNumber
from lienthong.exchange.bootstrap.addresses import MIGRATIONS

DOCUMENTS = MIGRATIONS.folder.joinpath("0005_documents.sql").read_text("utf-8")


@pytest.mark.requirement("ND30-15/22")
async def test_kinds_of_agencies_and_used_numbers_are_known_after_the_upgrade(
    province: Province, exchange: Running
) -> None:
    running = await asyncio.to_thread(province.start("upgraded").wait_ready)
    async with province.world(running.url, "upgraded") as world:
        sender, recipient = await world.agencies(2)
        used = sender.message(recipient, code=CodeNumber(number=" 05", notation="QyĐ-SNV"), document_id="05")
        assert (await sender.post(used)).status_code == 201
        before = await world.rows("SELECT agency_id, kind FROM agency ORDER BY 1")
        await asyncio.to_thread(running.child.terminate)

        connection = await asyncpg.connect(province.dsn("upgraded"))
        async with connection.transaction():
            # As the version before left it.
            await connection.execute("DROP TABLE document; ALTER TABLE agency DROP COLUMN kind")
            await connection.execute(DOCUMENTS)
        await connection.close()

        again = await asyncio.to_thread(province.start("upgraded", port=running.port).wait_ready)

        async def kinds_are_known() -> bool:
            return await world.rows("SELECT agency_id, kind FROM agency ORDER BY 1") == before

        await world.until(kinds_are_known, "the register was read anew")
        doubled = sender.message(recipient, code=CodeNumber(number="5", notation="QYĐ-SNV"), document_id="5")
        assert "number_doubled" in (await sender.post(doubled)).text
        assert len(await recipient.read_all()) == 2
        await asyncio.to_thread(again.child.terminate)
