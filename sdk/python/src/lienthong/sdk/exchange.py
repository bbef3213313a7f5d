"""The exchange, asked in the name of the agency."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import httpx
from pydantic import JsonValue

from lienthong.common.errors import Words
from lienthong.common.strict_json import dumps
from lienthong.sdk.answers import MAX_BYTES, UNREADABLE, T, read_answer
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

    async def read(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        say: dict[str, JsonValue] | None = None,
        waits: float = 0,
        max_bytes: int = MAX_BYTES,
        unreadable: Words = UNREADABLE,
    ) -> T:
        """Ask, saying something in JSON where there is something to say, and read the answer strictly.

        Raises as `Transport.ask`, and UnexpectedAnswer in the words of `unreadable`.
        """
        if say is None:
            answer = await self.ask(method, path, waits=waits)
        else:
            body, headers = dumps(say), {"content-type": "application/json"}
            answer = await self.ask(method, path, headers=headers, body=lambda: body, waits=waits)
        return read_answer(answer.body, kind, max_bytes=max_bytes, unreadable=unreadable)

    def stream(
        self, path: str, *, headers: Mapping[str, str], refused: bool = False
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """See `Transport.stream`."""
        url = self.address + path
        return self.transport.stream(url, headers=headers, authorise=self.tokens.header, refused=refused)
