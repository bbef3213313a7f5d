"""Revocation lists of other authorities, fetched from the addresses they publish (RFC 5280, RFC 2585)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

LARGEST: Final = 16 << 20
_SECONDS: Final = 20.0


class SourceAway(Exception):
    """The address gave no list; the sentence says why."""


class ListSources:
    """The configured addresses: `http:`, `https:` or `file:`. A list proves itself, so plain HTTP does no harm."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = tuple(addresses)

    async def fetch(self, address: str) -> bytes:
        """The list's bytes, not yet believed. Raises SourceAway."""
        parts = urlsplit(address)
        try:
            if parts.scheme == "file":
                return await asyncio.to_thread(Path(unquote(parts.path)).read_bytes)
            return await self._get(address)
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceAway(f"{address}: {type(error).__name__}") from error

    async def _get(self, address: str) -> bytes:
        async with (
            httpx.AsyncClient(timeout=_SECONDS, follow_redirects=True, max_redirects=3) as client,
            client.stream("GET", address) as answer,
        ):
            answer.raise_for_status()
            data = bytearray()
            async for piece in answer.aiter_bytes():
                data += piece
                if len(data) > LARGEST:
                    raise SourceAway(f"{address}: larger than {LARGEST} bytes")
            return bytes(data)
