"""An agency's receiving system on a real HTTP server, on one port that goes down and comes back."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from lienthong.sdk import Agency, Lane


@asynccontextmanager
async def served(app: Any, port: int = 0) -> AsyncGenerator[str]:
    """The application's URL while the block runs; then its port is closed."""
    listening = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", log_level="error", ws="none", timeout_graceful_shutdown=2)
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/lienthong"
    finally:
        server.should_exit = True
        await serving
        listening.close()


async def until_taken(agency: Agency, lane: Lane = Lane.ORDINARY, *, seconds: float = 30) -> None:
    """Wait until the endpoint has taken the whole inbox."""
    async with asyncio.timeout(seconds):
        while (told := await agency.webhooks.show(lane)).taken < told.last:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)
