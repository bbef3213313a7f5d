"""The HTTP server inside the role's own process: killed with it, stopped with it."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import structlog
import uvicorn
from starlette.types import ASGIApp

from lienthong.common.http.connections import BoundedConnection

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has one place for signals (`roles`)."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Bind the address at once, so that it is known (port 0 takes a free one) and a taken one is told at start."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


async def serve(
    app: ASGIApp,
    sock: socket.socket,
    stop: asyncio.Event,
    *,
    grace_seconds: int = 15,
    closing: Callable[[], None] | None = None,
) -> None:
    """Serve until `stop`; then requests under way get `grace_seconds` to end. The body of an `api` role.

    `closing` is called when that time begins: for requests that wait for something, and need not.

    Beyond 4096 connections the server itself answers 503; long before that `make_app` answers 429.
    """
    config = uvicorn.Config(
        app,
        loop="none",
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=4096,
        backlog=1024,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=grace_seconds,
    )
    server = _Server(config)
    host, port = sock.getsockname()[:2]
    log.info("listening", host=host, port=port)
    serving = asyncio.create_task(server.serve(sockets=[sock]), name="http server")
    stopping = asyncio.create_task(stop.wait(), name="http stop")
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if closing is not None:
            closing()
        server.should_exit = True
        await serving
    finally:
        stopping.cancel()
        sock.close()
