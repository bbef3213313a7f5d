"""Answers that refuse: known errors as problems, unknown ones without a word of what went wrong, too many at once."""

from collections.abc import Mapping

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.common.errors import Kind, LienthongError
from lienthong.common.http.faults import BodyBroken, TooManyRequests, UnexpectedFault
from lienthong.common.http.tracing import is_silent, route_template
from lienthong.common.problems import CONTENT_TYPE, choose_language, to_problem
from lienthong.common.telemetry import current_trace_id, mark_failed

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def problem_response(request: Request, error: LienthongError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that refuses, in the language the caller reads."""
    language = choose_language(request.headers.get("accept-language"))
    problem = to_problem(error, language=language, instance=request.url.path, trace_id=current_trace_id())
    response = JSONResponse(problem, error.kind.status, headers, media_type=CONTENT_TYPE)
    response.headers["content-language"] = language
    response.headers["vary"] = "Accept-Language"
    response.headers["cache-control"] = "no-store"
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    if error.kind.status == 401:
        response.headers["www-authenticate"] = "Bearer"
    if error.kind is Kind.TOO_SLOW:
        response.headers["connection"] = "close"  # what is left of the body is not waited for
    return response


class AnswerFaults:
    """ASGI middleware: what nobody expected becomes a 500 from which nothing leaks but the trace id.

    It stands inside `TraceRequests`, where the framework's own handler would stand outside and lose the trace.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except ClientDisconnect:  # nobody hears the answer, but it is counted as what it was
            if not started:
                await problem_response(Request(scope), BodyBroken())(scope, receive, send)
        except Exception as error:
            mark_failed(error)
            log.exception("unexpected fault", method=scope.get("method"), route=route_template(scope))
            if started:
                raise
            await problem_response(Request(scope), UnexpectedFault())(scope, receive, send)


class LimitRequests:
    """ASGI middleware: a bounded number of requests at once; what comes beyond is told to come again, at no cost."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_silent(scope):
            await self._app(scope, receive, send)
        elif self._now >= self._most:
            await problem_response(Request(scope), TooManyRequests(retry_after=1))(scope, receive, send)
        else:
            self._now += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._now -= 1
