"""A reader as a worker role has it, with a handler that the test chooses."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from lienthong.common.broker import (
    Backoff,
    BrokerSettings,
    PageHandler,
    Record,
    Subscription,
    make_broker,
    run_subscriptions,
    subscribe,
)
from lienthong.common.telemetry import Telemetry, make_telemetry


class Reader:
    """What was handed over, page by page, and the subscription that did it."""

    def __init__(self, telemetry: Telemetry) -> None:
        self.telemetry = telemetry
        self.pages: list[Sequence[Record]] = []
        self.arrived = asyncio.Event()
        self.subscription: Subscription | None = None

    @property
    def values(self) -> list[bytes | None]:
        return [record.value for page in self.pages for record in page]

    async def until(self, count: int, seconds: float = 20.0) -> None:
        """Wait until so many records have been handed over."""
        async with asyncio.timeout(seconds):
            while len(self.values) < count:
                self.arrived.clear()
                await self.arrived.wait()


@asynccontextmanager
async def reading(
    kafka: str,
    topic: str,
    group: str,
    handler: PageHandler | None = None,
    *,
    page_size: int = 500,
    telemetry: Telemetry | None = None,
) -> AsyncGenerator[Reader]:
    """Read `topic` until the block ends; pages the handler accepted are in `reader.pages`."""
    telemetry = telemetry or make_telemetry("test")
    reader = Reader(telemetry)

    async def on_page(records: Sequence[Record]) -> None:
        if handler is not None:
            await handler(records)
        reader.pages.append(records)
        reader.arrived.set()

    broker = make_broker(BrokerSettings(kafka, "test"))
    reader.subscription = subscribe(
        broker, topic, group, on_page, telemetry=telemetry, page_size=page_size, backoff=Backoff(first=0.02, cap=0.2)
    )
    stop = asyncio.Event()
    running = asyncio.create_task(run_subscriptions(broker, [reader.subscription], stop))
    try:
        yield reader
    finally:
        stop.set()
        await running
