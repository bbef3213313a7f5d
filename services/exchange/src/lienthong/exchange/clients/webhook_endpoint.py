"""One request to an agency's endpoint: bounded in time and in what is read, never redirected, never through a proxy.

httpcore alone is used: httpx above it would follow the environment's proxies, keep cookies and unpack answers. Of an
answer the status counts; its body is read to a bound so that the connection can serve again, and thrown away.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpcore

from lienthong.exchange.clients.checked_network import (
    AddressRefused,
    CheckedNetwork,
    NameUnresolved,
    Resolve,
    SystemResolver,
)
from lienthong.exchange.domain.endpoints import Endpoint, EndpointPolicy
from lienthong.exchange.domain.webhooks import Cause, EndpointAnswer, cause_of

_MOST_READ: Final = 16 << 10
_KEPT_SECONDS: Final = 5.0
_MOST_RETRY_AFTER: Final = 64

_FAULTS: Final[Mapping[type[Exception], Cause]] = {
    NameUnresolved: Cause.NAME_UNRESOLVED,
    AddressRefused: Cause.ADDRESS_REFUSED,
    httpcore.ConnectError: Cause.CONNECTION_FAILED,
    httpcore.TimeoutException: Cause.TOO_SLOW,
    httpcore.NetworkError: Cause.ANSWER_BROKEN,
    httpcore.ProtocolError: Cause.ANSWER_BROKEN,
}
"""What the endpoint, or its way, can bring about; the first that fits. Every other fault is ours."""


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """Seconds for one request from the first look at its name to the end of the answer's headers; requests at once."""

    seconds: float
    at_once: int


class WebhookEndpoint:
    """Made by `open_endpoints`."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, policy: EndpointPolicy, seconds: float) -> None:
        self.policy = policy
        self._pool = pool
        self._seconds = seconds

    async def post(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> EndpointAnswer:
        """Send, and say what came back. Raises nothing that the endpoint could bring about."""
        begun = time.monotonic()
        status, cause, retry_after = await self._post(endpoint, headers, body)
        return EndpointAnswer(int((time.monotonic() - begun) * 1000), status, cause, retry_after)

    async def _post(
        self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes
    ) -> tuple[int | None, Cause | None, str | None]:
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._pool.handle_async_request(self._request(endpoint, headers, body))
        except TimeoutError:
            return None, Cause.TOO_SLOW, None
        except Exception as error:
            cause = _cause_of_fault(error)
            if cause is None:
                raise
            return None, cause, None
        await self._pass_over(response)
        return response.status, cause_of(response.status), _retry_after(response)

    def _request(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> httpcore.Request:
        url = httpcore.URL(
            scheme=endpoint.scheme.encode(),
            host=endpoint.host.encode(),
            port=endpoint.port,
            target=endpoint.target.encode(),
        )
        told = {"Host": endpoint.authority, "Content-Length": str(len(body)), "Accept": "*/*", **headers}
        limit = self._seconds
        limits = {"connect": limit, "read": limit, "write": limit, "pool": limit}
        pairs = [(name.encode(), value.encode()) for name, value in told.items()]
        return httpcore.Request("POST", url, headers=pairs, content=body, extensions={"timeout": limits})

    async def _pass_over(self, response: httpcore.Response) -> None:
        """Read what little there is; a long, slow or broken rest costs its connection and nothing else."""
        try:
            async with asyncio.timeout(min(self._seconds, 1.0)):
                size = 0
                async for piece in response.aiter_stream():
                    size += len(piece)
                    if size > _MOST_READ:
                        break
        except (TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
            pass
        finally:
            await response.aclose()


def open_trust(extra_ca: Path | None) -> ssl.SSLContext:
    """The system's authorities, and those in the file beside them. Raises OSError, ssl.SSLError."""
    tls = ssl.create_default_context()
    if extra_ca is not None:
        tls.load_verify_locations(extra_ca)
    return tls


@asynccontextmanager
async def open_endpoints(
    policy: EndpointPolicy, limits: EndpointLimits, *, tls: ssl.SSLContext, resolve: Resolve | None = None
) -> AsyncGenerator[WebhookEndpoint]:
    """Connections to endpoints, as long as the context."""
    names = SystemResolver(limits.at_once * 2)
    pool = httpcore.AsyncConnectionPool(
        ssl_context=tls,
        max_connections=limits.at_once * 2,
        max_keepalive_connections=limits.at_once,
        keepalive_expiry=_KEPT_SECONDS,
        network_backend=CheckedNetwork(policy, resolve or names),
    )
    try:
        async with pool:
            yield WebhookEndpoint(pool, policy, limits.seconds)
    finally:
        names.close()


def _cause_of_fault(error: Exception) -> Cause | None:
    if isinstance(error, httpcore.ConnectError) and any(isinstance(each, ssl.SSLError) for each in _causes(error)):
        return Cause.TLS_FAILED
    return next((cause for kind, cause in _FAULTS.items() if isinstance(error, kind)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__ or error.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _retry_after(response: httpcore.Response) -> str | None:
    found = [value for name, value in response.headers if name.lower() == b"retry-after"]
    return found[0][:_MOST_RETRY_AFTER].decode("latin-1") if found else None
