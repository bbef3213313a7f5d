"""The exchange's database is gone: the register comes back from the topics, and readers notice what is missing."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from tests.integration.journeys.province import FINANCE, JUSTICE, Province, begin, opened, read_all, send

from lienthong.sdk import InboxRolledBack

pytestmark = pytest.mark.xdist_group("wiped platform")


@pytest.fixture
def own_province(tmp_path: Path) -> Iterator[Province]:
    yield from begin(tmp_path)


def test_a_wiped_exchange_rebuilds_its_register_and_old_readers_notice_the_loss(own_province: Province) -> None:
    finance, justice = own_province.enrol(FINANCE), own_province.enrol(JUSTICE)
    asyncio.run(_wipe_between(own_province, finance, justice))


async def _wipe_between(province: Province, finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        for _ in range(2):
            await send(sender, JUSTICE)
        await read_all(recipient)
        await asyncio.to_thread(province.platform.services["exchange"].daemon.stop)
        await _drop(province.platform.servers.postgres, "lienthong_exchange")
        await asyncio.to_thread(province.platform.restart, "exchange")
        # It is ready when sender, recipient and both certificates are known again, from accounts' topics alone.
        sent = await send(sender, JUSTICE)
        with pytest.raises(InboxRolledBack):
            await read_all(recipient)
    (justice / "inbox-ordinary.json").unlink()
    async with opened(justice) as newcomer:
        assert await read_all(newcomer) == [str(sent.message_id)]


async def _drop(dsn: str, database: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    finally:
        await connection.close()
