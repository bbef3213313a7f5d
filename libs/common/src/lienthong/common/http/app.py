"""The front door of a service: FastAPI with every error as a problem, limits, traces, health and metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.common.errors import LienthongError
from lienthong.common.http.bodies import DEFAULT_LIMIT, LimitBodies, StrictRoute
from lienthong.common.http.faults import (
    MalformedRequest,
    MethodNotAllowed,
    RequestRefused,
    RouteUnknown,
    UnexpectedFault,
    violations_of_request,
)
from lienthong.common.http.health import ReadinessCheck, make_health_router
from lienthong.common.http.tracing import TraceRequests, route_template
from lienthong.common.problems import CONTENT_TYPE, choose_language, to_problem
from lienthong.common.telemetry import Telemetry, current_trace_id, mark_failed

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "The request was refused (RFC 9457)",
        "content": {CONTENT_TYPE: {"schema": {"type": "object", "required": ["type", "title", "status", "code"]}}},
    }
}


def make_app(
    title: str,
    version: str,
    routers: Sequence[APIRouter],
    *,
    telemetry: Telemetry,
    readiness: Sequence[ReadinessCheck] = (),
    body_limit: int = DEFAULT_LIMIT,
) -> FastAPI:
    """An application of these routers (made by `make_router`). It holds no state; what routes need is given to them.

    Raises TypeError for a route that would read JSON leniently.
    """
    app = FastAPI(
        title=title,
        version=version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        responses=_PROBLEM_RESPONSES,
        middleware=[
            Middleware(TraceRequests, telemetry=telemetry),
            Middleware(AnswerFaults),
            Middleware(LimitBodies, limit=body_limit),
        ],
    )
    for router in routers:
        _check_routes(router)
        app.include_router(router)
    app.include_router(make_health_router(telemetry, readiness))
    _install_problems(app)
    return app


def _check_routes(router: APIRouter) -> None:
    for route in router.routes:
        if isinstance(route, APIRoute) and not isinstance(route, StrictRoute):
            raise TypeError(f"{route.path}: a router of a service is made by make_router")


def _install_problems(app: FastAPI) -> None:
    app.add_exception_handler(LienthongError, _on_known)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


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
    return response


async def _on_known(request: Request, error: Exception) -> JSONResponse:
    return problem_response(request, error if isinstance(error, LienthongError) else UnexpectedFault())


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    return problem_response(request, MalformedRequest(violations=violations_of_request(errors)))


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error.__cause__, LienthongError):  # the framework wraps what reading the body raised
        return problem_response(request, error.__cause__)
    if not isinstance(error, HTTPException) or error.status_code >= 500:
        return problem_response(request, UnexpectedFault())
    known = {404: RouteUnknown, 405: MethodNotAllowed}.get(error.status_code, RequestRefused)
    return problem_response(request, known(), error.headers)


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
        except Exception as error:
            mark_failed(error)
            log.exception("unexpected fault", method=scope.get("method"), route=route_template(scope))
            if started:
                raise
            await problem_response(Request(scope), UnexpectedFault())(scope, receive, send)
