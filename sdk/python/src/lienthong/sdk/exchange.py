"""The exchange, asked in the name of the agency."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import httpx

from lienthong.sdk.tokens import Tokens
from lienthong.sdk.transport import Body, HttpAnswer, Transport


@dataclass(frozen=True, slots=True)
class Exchange:
    """Every route of the exchange wants the client's token."""

    address: str
    transport: Transport
    tokens: Tokens

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Callable[[], Body] | None = None,
        waits: float = 0,
    ) -> HttpAnswer:
        """See `Transport.ask`."""
        return await self.transport.ask(
            method, self.address + path, headers=headers, body=body, authorise=self.tokens.header, waits=waits
        )

    def stream(
        self, path: str, *, headers: Mapping[str, str], refused: bool = False
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """See `Transport.stream`."""
        url = self.address + path
        return self.transport.stream(url, headers=headers, authorise=self.tokens.header, refused=refused)
