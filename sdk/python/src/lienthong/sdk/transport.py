"""HTTP to the platform: every request may be repeated as it is, so a lost answer costs a repeat and never a double.

Repeating is safe because of what is repeated: a message keeps its id and its signed bytes, an upload its hash, an
acknowledgement its number. A time-out is *unknown*, and the last word of `ask` says so.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import stamina

from lienthong.common.errors import Words
from lienthong.sdk.errors import OutcomeUnknown, UnexpectedAnswer, Unreachable
from lienthong.sdk.problems import NotAuthenticated, Overloaded, PlatformUnavailable, error_of

Body = bytes | AsyncIterable[bytes]
Authorise = Callable[[bool], Awaitable[str]]
"""Gives the Authorization header; True asks for a fresh token because the last one was refused."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

MOST_TOKENS = 4
"""Tokens tried for one request: a service that has just started may not know the key of the first ones yet."""

MOST_BYTES = 64 << 20
"""Of an answer that is read whole, unpacked: the longest there are, those to batches, stay below."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is repeated: attempts, seconds in all, and seconds between two attempts."""

    attempts: int = 8
    seconds: float = 60.0
    first_wait: float = 0.2
    longest_wait: float = 5.0
    answer: float = 30.0

    def pause(self, repeats: int) -> float:
        """Seconds to wait before the next attempt after so many repeats."""
        return min(self.first_wait * 2.0 ** min(repeats, 30), self.longest_wait)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A successful answer, read whole."""

    status: int
    headers: httpx.Headers
    body: bytes


class Transport:
    """One connection pool for both services of the platform."""

    def __init__(self, http: httpx.AsyncClient, patience: Patience, language: str) -> None:
        self._http = http
        self.patience = patience
        self._language = language

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Callable[[], Body] | None = None,
        authorise: Authorise | None = None,
        waits: float = 0,
        repeat: bool = True,
    ) -> HttpAnswer:
        """Send and read the answer; repeat what may be repeated.

        `body` is called for each attempt; `waits` are seconds the server may hold the answer back (long poll).
        Raises PlatformError; Unreachable where nothing was sent; OutcomeUnknown where it may have been done.
        """
        call = _Call(self, method, url, dict(headers or {}), body, authorise, waits)
        patience = self.patience
        attempts = stamina.retry_context(
            on=call.may_repeat,
            attempts=patience.attempts if repeat else 1,
            timeout=patience.seconds,
            wait_initial=patience.first_wait,
            wait_max=patience.longest_wait,
            wait_jitter=patience.first_wait,
        )
        try:
            async for attempt in attempts:
                with attempt:
                    return await call.once()
        except (httpx.TransportError, PlatformUnavailable, Overloaded) as error:
            call.give_up(error)
            raise
        raise AssertionError("the loop above returns or raises")

    async def send_once(self, request: httpx.Request) -> HttpAnswer:
        """One attempt. Raises httpx.TransportError, PlatformError, UnexpectedAnswer."""
        response = await self._http.send(request, stream=True)
        try:
            body = await _read_bounded(response)
        finally:
            await response.aclose()
        if response.is_success:
            return HttpAnswer(response.status_code, response.headers, body)
        raise error_of(response, body)

    def request(self, method: str, url: str, headers: dict[str, str], body: Body | None, waits: float) -> httpx.Request:
        """A request in the language and with the time limits of this client."""
        timeout = httpx.Timeout(self.patience.answer, read=self.patience.answer + waits)
        told = {"accept-language": self._language} | headers
        return self._http.build_request(method, url, headers=told, content=body, timeout=timeout)

    @asynccontextmanager
    async def stream(
        self, url: str, *, headers: Mapping[str, str], authorise: Authorise, refused: bool = False
    ) -> AsyncGenerator[httpx.Response]:
        """One attempt at a download, chunk by chunk; `refused` says that the last token was not accepted.

        Raises PlatformError, httpx.TransportError.
        """
        told = {"authorization": await authorise(refused), **headers}
        response = await self._http.send(self.request("GET", url, told, None, 0), stream=True)
        try:
            if not response.is_success:
                raise error_of(response, await _read_bounded(response))
            yield response
        finally:
            await response.aclose()


@dataclass(slots=True)
class _Call:
    transport: Transport
    method: str
    url: str
    headers: dict[str, str]
    body: Callable[[], Body] | None
    authorise: Authorise | None
    waits: float
    may_be_done: bool = False
    tokens_refused: int = 0

    async def once(self) -> HttpAnswer:
        headers = dict(self.headers)
        if self.authorise:
            headers["authorization"] = await self.authorise(self.tokens_refused > 0)
        content = self.body() if self.body else None
        request = self.transport.request(self.method, self.url, headers, content, self.waits)
        try:
            return await self.transport.send_once(request)
        except httpx.TransportError as error:
            self.may_be_done |= not isinstance(error, NEVER_SENT)
            raise
        except PlatformUnavailable as error:
            # "Trust is not current" is said before anything is done; no other 5xx says anything about that.
            self.may_be_done |= "trust_not_current" not in error.problem.codes
            raise

    def may_repeat(self, error: Exception) -> bool | float:
        if isinstance(error, NotAuthenticated) and self.authorise:
            self.tokens_refused += 1
            return 0.0 if self.tokens_refused == 1 else self.tokens_refused <= MOST_TOKENS
        if isinstance(error, Overloaded | PlatformUnavailable) and error.retry_after is not None:
            return float(min(error.retry_after, 30))
        return isinstance(error, httpx.TransportError | Overloaded | PlatformUnavailable)

    def give_up(self, error: Exception) -> None:
        if self.may_be_done and self.method != "GET":
            detail = f"{self.method} {self.url}: {_cause(error)}"
            raise OutcomeUnknown(Words(f"Không nhận được trả lời: {detail}", f"No answer came: {detail}")) from error
        if isinstance(error, httpx.TransportError):
            raise unreachable(self.url, error) from error


async def _read_bounded(response: httpx.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > MOST_BYTES:
            raise UnexpectedAnswer(Words("Câu trả lời quá dài", "The answer is too long"))
        pieces.append(piece)
    return b"".join(pieces)


def unreachable(url: str, error: Exception) -> Unreachable:
    """No connection, or none that lasted: with the address and the cause."""
    detail = f"{url} ({_cause(error)})"
    return Unreachable(Words(f"Không kết nối được tới {detail}", f"No connection to {detail}"))


def _cause(error: Exception) -> str:
    return str(error) or type(error).__name__
