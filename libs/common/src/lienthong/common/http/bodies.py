"""Reading bodies: never more than allowed, never guessed, JSON in one way only.

Every request is limited (1 MiB unless the route says otherwise) while it arrives: a larger one is refused without
being held in memory. A hot route reads the exact bytes with `read_body`; an upload reads a stream with `stream_body`;
other routes declare models on a router made by `make_router`, whose JSON is read strictly.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from email.message import Message as MediaType
from enum import Enum
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.common import strict_json
from lienthong.common.http.faults import BodyTooLarge, ContentTypeUnsupported

DEFAULT_LIMIT = 1 << 20
_SCOPE_KEY = "lienthong.body"


class _Meter:
    """Counts the bytes of one request; the route may move the limit before it reads."""

    __slots__ = ("declared", "limit", "seen")

    def __init__(self, limit: int, declared: int) -> None:
        self.limit = limit
        self.declared = declared
        self.seen = 0

    def count(self, size: int) -> None:
        self.seen += size
        if max(self.seen, self.declared) > self.limit:
            raise BodyTooLarge(self.limit)


class LimitBodies:
    """ASGI middleware: bodies end at the limit."""

    def __init__(self, app: ASGIApp, limit: int = DEFAULT_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        meter = scope[_SCOPE_KEY] = _Meter(self._limit, _declared_length(scope))

        async def receive_within_limit() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                meter.count(len(message.get("body", b"")))
            return message

        await self._app(scope, receive_within_limit, send)


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
    header = MediaType()
    header["content-type"] = request.headers.get("content-type", "")
    charset = header.get_param("charset")
    if header.get_content_type() not in accept or not _is_utf8(charset) or "content-type" not in request.headers:
        raise ContentTypeUnsupported(accept)


def _is_utf8(charset: object) -> bool:
    return charset is None or (isinstance(charset, str) and charset.lower() == "utf-8")


class _StrictRequest(Request):
    async def json(self) -> Any:
        return strict_json.loads(await self.body())


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `strict_json`: the framework's parser takes duplicate members silently."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await inner(_StrictRequest(request.scope, request.receive))

        return handle


def make_router(*, prefix: str = "", tags: list[str | Enum] | None = None) -> APIRouter:
    """A router of a service's `api/` room. `make_app` takes no other sort."""
    return APIRouter(prefix=prefix, tags=tags, route_class=StrictRoute)
