"""Duties that run beside others."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def beside(*duties: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncGenerator[None]:
    """Run these while the block runs, then ask them to finish; where one fails, the block is cancelled."""
    finish = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for duty in duties:
            group.create_task(_awaited(duty, finish))
        try:
            yield
        finally:
            finish.set()


async def _awaited(duty: Callable[[asyncio.Event], Awaitable[None]], finish: asyncio.Event) -> None:
    await duty(finish)
