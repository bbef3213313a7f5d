"""Connections to addresses that were looked at: nothing else can be connected to, whatever a name says a moment later.

The name is resolved once per connection. Every address it has is judged (one that is not allowed refuses them all: an
honest endpoint has none), and the connection goes to one of these very addresses; TLS and the Host header still name
the name. So an answer that changes between the look and the use (DNS rebinding) changes nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any, Final, NoReturn, cast

import httpcore

from lienthong.exchange.domain.endpoints import Address, EndpointPolicy, literal, may_connect

Resolve = Callable[[str], Awaitable[Sequence[Address]]]
"""All addresses of a name. Raises OSError."""

_MOST_ADDRESSES: Final = 8
_SECONDS_EACH: Final = 4.0
"""For one address of several, so that a dead one leaves time for the others."""
_MOST_OF_AN_ANSWER: Final = 64 << 10
_MOST_AT_ONCE: Final = 16 << 10
"""Less than an answer, so that a long body is not taken for endless headers: those are read first."""


class NameUnresolved(Exception):
    """The name has no address, or nobody could say which."""


class AddressRefused(Exception):
    """The name leads to an address that webhooks may not reach."""


class SystemResolver:
    """The system's resolver in threads of its own: names that take long hold up nothing but webhooks."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="webhook names")

    async def __call__(self, name: str) -> list[Address]:
        """All addresses, in the system's order. Raises OSError."""
        asking = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, name)
        return [ip_address(address) for address in await asking]

    def close(self) -> None:
        """Take no more names; what is being looked up ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class BoundedStream(httpcore.AsyncNetworkStream):
    """A connection on which no answer goes on for ever: heads before the answer itself (1xx) have no other end."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._read = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's interface
        """What has come. Raises httpcore.ReadError where more has come than any answer needs."""
        piece = await self._stream.read(min(max_bytes, _MOST_AT_ONCE), timeout)
        self._read += len(piece)
        if self._read > _MOST_OF_AN_ANSWER:
            raise httpcore.ReadError("the answer is too long")
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's interface
        """Another request begins, or goes on."""
        self._read = 0
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        """The same, under TLS: counted is what the other end says in it."""
        return BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """As httpcore wants it."""
        return self._stream.get_extra_info(info)


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """The network as webhooks may use it."""

    def __init__(self, policy: EndpointPolicy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to an address of the host. Raises NameUnresolved, AddressRefused, httpcore's errors."""
        addresses = await self._allowed(host)
        limit = timeout if len(addresses) == 1 else min(timeout or _SECONDS_EACH, _SECONDS_EACH)

        async def connect(address: Address) -> BoundedStream:
            return BoundedStream(
                await self._network.connect_tcp(str(address), port, limit, local_address, socket_options)
            )

        for address in addresses[:-1]:
            try:
                return await connect(address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await connect(addresses[-1])

    async def connect_unix_socket(self, *_: Any, **__: Any) -> NoReturn:
        """No webhook leads to a socket of this machine."""
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        """As httpcore wants it."""
        await asyncio.sleep(seconds)

    async def _allowed(self, host: str) -> Sequence[Address]:
        itself = literal(host)
        try:
            addresses = [itself] if itself else list(dict.fromkeys(await self._resolve(host)))
        except (OSError, UnicodeError, ValueError) as error:
            raise NameUnresolved from error
        if not addresses:
            raise NameUnresolved
        if not all(may_connect(address, self._policy) for address in addresses):
            raise AddressRefused
        return addresses[:_MOST_ADDRESSES]


def _look_up(name: str) -> list[str]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]
