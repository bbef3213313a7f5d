"""Who waits elsewhere is told as soon as the database can be reached again."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from services.exchange.tests.builders import RECIPIENT, SENDER

from lienthong.common.database import DatabaseAway
from lienthong.common.messages.document import Lane
from lienthong.common.telemetry import make_telemetry
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.usecases.inbox_bell import InboxBell


class AwayAtFirst:
    """A database that breaks off what it is asked first."""

    def __init__(self) -> None:
        self.heard = asyncio.Queue[str]()
        self.away = True

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator["AwayAtFirst"]:
        yield self

    @asynccontextmanager
    async def session(self, _purpose: str) -> AsyncGenerator[None]:
        raise DatabaseAway
        yield

    async def execute(self, _query: str, _channel: str, payload: str) -> None:
        if self.away:
            self.away = False
            raise DatabaseAway
        self.heard.put_nowait(payload)


async def test_a_call_that_the_database_broke_off_is_made_again() -> None:
    database, stop = AwayAtFirst(), asyncio.Event()
    bell = InboxBell(cast("Any", database), make_telemetry("test"), most=9, most_of_one=9)
    running = asyncio.create_task(bell.run(stop))
    try:
        bell.ring({InboxKey(RECIPIENT, Lane.ORDINARY): 1})
        await asyncio.sleep(0.01)
        bell.ring({InboxKey(SENDER, Lane.URGENT): 1})
        async with asyncio.timeout(2):
            _, *named = (await database.heard.get()).split(" ")
        assert set(named) == {f"{RECIPIENT}/ordinary", f"{SENDER}/urgent"}
    finally:
        stop.set()
        await running
