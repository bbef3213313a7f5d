"""A caller who has hung up waits no longer: its place is somebody else's."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

T = TypeVar("T")


async def unless_gone(request: Request, answering: Coroutine[Any, Any, T]) -> T | None:
    """What `answering` gives; None where the caller hung up before, and then it is cancelled.

    What the caller still sends is read and thrown away. Raises what reading it raises: BodyTooLarge, BodyTooSlow.
    """
    answer = asyncio.ensure_future(answering)
    gone = asyncio.ensure_future(_until_gone(request))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else gone.result()
    finally:
        for task in (answer, gone):
            task.cancel()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue
