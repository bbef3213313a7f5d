"""What goes on without end goes on until the process ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn


async def until_stopped(stop: asyncio.Event, *endless: Coroutine[Any, Any, NoReturn]) -> None:
    """Run these until `stop`; where one fails, the others end too, and its failure is raised."""
    tasks = [asyncio.create_task(each) for each in endless]
    try:
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for failure in results:
        if isinstance(failure, Exception):
            raise failure
