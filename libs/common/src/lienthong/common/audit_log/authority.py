"""A time-stamping authority of the outside world, asked over HTTP (RFC 3161 section 3.4)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import httpcore

from lienthong.common.timestamps.query import MOST_BYTES, QUERY_TYPE

_OK: Final = 200


class AuthorityAway(Exception):
    """The authority cannot be reached, took too long, or answered something else."""


class TimeStampAuthority:
    """Made by `open_authority`."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, url: str, seconds: float) -> None:
        self._pool = pool
        self._url = url
        self._seconds = seconds

    async def ask(self, query: bytes) -> bytes:
        """The answer to a query, whatever it says. Raises AuthorityAway."""
        headers = [("Content-Type", QUERY_TYPE)]
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._pool.stream("POST", self._url, headers=headers, content=query) as response,
            ):
                if response.status != _OK:
                    raise AuthorityAway(f"status {response.status}")
                return await _read(response)
        except (
            TimeoutError,
            OSError,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
        ) as error:
            raise AuthorityAway(str(error) or type(error).__name__) from error


@asynccontextmanager
async def open_authority(url: str, seconds: float) -> AsyncGenerator[TimeStampAuthority]:
    """Connections to the authority, as long as the context."""
    async with httpcore.AsyncConnectionPool(max_connections=2, keepalive_expiry=30.0) as pool:
        yield TimeStampAuthority(pool, url, seconds)


async def _read(response: httpcore.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_stream():
        size += len(piece)
        if size > MOST_BYTES:
            raise AuthorityAway("the answer is too long")
        pieces.append(piece)
    return b"".join(pieces)
