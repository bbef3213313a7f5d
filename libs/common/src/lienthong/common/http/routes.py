"""Routes: JSON is read in one way only, and what is asked thousands of times a second goes a short way."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from enum import Enum
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from lienthong.common import strict_json
from lienthong.common.http.faults import MalformedRequest, violations_of_request
from lienthong.common.problems import CONTENT_TYPE

T = TypeVar("T")

_UNTIL_SENT = "lienthong.until_sent"
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "The request was refused (RFC 9457)",
        "content": {CONTENT_TYPE: {"schema": {"type": "object", "required": ["type", "title", "status", "code"]}}},
    }
}


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


class BareRoute(StrictRoute):
    """A route that is asked thousands of times a second: its endpoint takes the request and gives the response itself.

    What it declares (dependencies, parameters, models) describes it and does nothing: the framework's way through all
    that costs twice the rest of the request. So the endpoint asks who is calling before anything else.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **described: Any) -> None:
        super().__init__(path, endpoint, **described)
        self.app = _bare(endpoint)


def _bare(endpoint: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as held:
            scope[_UNTIL_SENT] = held
            response = await endpoint(Request(scope, receive, send))
            await response(scope, receive, send)

    return app


def until_sent(request: Request) -> ExitStack:
    """What is entered here, in a `BareRoute`, is left when the response is sent or was given up."""
    return request.scope[_UNTIL_SENT]


def parse(adapter: TypeAdapter[T], value: object, *place: str) -> T:
    """A parameter of a `BareRoute`: `place` is `query`, or `path` and its name. Raises MalformedRequest."""
    try:
        return adapter.validate_python(value)
    except ValidationError as fault:
        errors = [{**error, "loc": (*place, *error["loc"])} for error in fault.errors()]
        raise MalformedRequest(violations=violations_of_request(errors)) from None


def make_router(*, prefix: str = "", tags: list[str | Enum] | None = None, bare: bool = False) -> APIRouter:
    """A router of a service's `api/` room, of `BareRoute`s if asked. `make_app` takes no other sort."""
    return APIRouter(prefix=prefix, tags=tags, route_class=BareRoute if bare else StrictRoute, responses=_PROBLEMS)
