"""Reading bodies: never more than allowed, never guessed, never waited for without end.

Every request is limited (1 MiB unless the route says otherwise) while it arrives: a larger one is refused without
being held in memory, and so is one that hardly comes at all, for it holds a place that others need. A hot route reads
the exact bytes with `read_body`; an upload reads a stream with `stream_body`; others declare models (`routes.py`).
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from email.message import Message as MediaType

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.common.http.faults import BodyTooLarge, BodyTooSlow, ContentTypeUnsupported

DEFAULT_LIMIT = 1 << 20
PATIENCE_SECONDS = 30.0
LEAST_BYTES_PER_SECOND = 8 << 10
"""A body may take `PATIENCE_SECONDS`, and the time that what has come of it takes at this rate."""
_LAST_LOOK_SECONDS = 0.1
_SCOPE_KEY = "lienthong.body"


class _Meter:
    """Counts the bytes of one request and the time they take; the route may move the limit before it reads."""

    __slots__ = ("_until", "declared", "limit", "more", "seen")

    def __init__(self, limit: int, declared: int, patience: float) -> None:
        self.limit = limit
        self.declared = declared
        self.seen = 0
        self.more = True
        self._until = asyncio.get_running_loop().time() + patience

    @property
    def until(self) -> float | None:
        """When the next piece is here at the latest, by the clock of the loop; None behind the last one."""
        return self._until + self.seen / LEAST_BYTES_PER_SECOND if self.more else None

    def count(self, size: int) -> None:
        self.seen += size
        if max(self.seen, self.declared) > self.limit:
            raise BodyTooLarge(self.limit)


class LimitBodies:
    """ASGI middleware: bodies end at the limit, and in time."""

    def __init__(self, app: ASGIApp, limit: int = DEFAULT_LIMIT, patience: float = PATIENCE_SECONDS) -> None:
        self._app = app
        self._limit = limit
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        meter = scope[_SCOPE_KEY] = _Meter(self._limit, _declared_length(scope), self._patience)

        async def receive_within_limits() -> Message:
            try:
                async with asyncio.timeout_at(meter.until):
                    message = await receive()
            except TimeoutError:
                message = await _receive_what_is_there(receive)
            meter.more = message["type"] == "http.request" and bool(message.get("more_body", False))
            if message["type"] == "http.request":
                meter.count(len(message.get("body", b"")))
            return message

        await self._app(scope, receive_within_limits, send)


async def _receive_what_is_there(receive: Receive) -> Message:
    """A piece that has come already: where the process itself stood still, its client was not slow."""
    try:
        async with asyncio.timeout(_LAST_LOOK_SECONDS):
            return await receive()
    except TimeoutError:
        raise BodyTooSlow from None


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def read_body(request: Request, *, limit: int = DEFAULT_LIMIT, accept: Sequence[str] = ()) -> bytes:
    """The exact bytes of the body.

    Raises:
        BodyTooLarge: more than `limit` bytes.
        ContentTypeUnsupported: the Content-Type is none of `accept` (checked before anything is read).
    """
    _prepare(request, limit, accept)
    return await request.body()


async def stream_body(request: Request, *, limit: int, accept: Sequence[str] = ()) -> AsyncGenerator[bytes]:
    """The body in pieces as they arrive. Raises as `read_body` does, at the latest when the limit is passed."""
    _prepare(request, limit, accept)
    async for piece in request.stream():
        if piece:
            yield piece


def _prepare(request: Request, limit: int, accept: Sequence[str]) -> None:
    if accept:
        check_content_type(request, accept)
    meter = request.scope.get(_SCOPE_KEY)
    if isinstance(meter, _Meter):
        meter.limit = limit
        meter.count(0)


def check_content_type(request: Request, accept: Sequence[str]) -> None:
    """Raises ContentTypeUnsupported unless the media type is one of `accept`; a charset other than UTF-8 is refused."""
    if request.headers.get("content-type") in accept:
        return
    header = MediaType()
    header["content-type"] = request.headers.get("content-type", "")
    charset = header.get_param("charset")
    if header.get_content_type() not in accept or not _is_utf8(charset) or "content-type" not in request.headers:
        raise ContentTypeUnsupported(accept)


def _is_utf8(charset: object) -> bool:
    return charset is None or (isinstance(charset, str) and charset.lower() == "utf-8")
