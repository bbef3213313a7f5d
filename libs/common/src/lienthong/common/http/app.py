"""The front door of a service: FastAPI with every error as a problem, limits, traces, health and metrics."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from lienthong.common.errors import LienthongError
from lienthong.common.http.answers import AnswerFaults, LimitRequests, problem_response
from lienthong.common.http.bodies import DEFAULT_LIMIT, PATIENCE_SECONDS, LimitBodies
from lienthong.common.http.faults import (
    MalformedRequest,
    MethodNotAllowed,
    RequestRefused,
    RouteUnknown,
    UnexpectedFault,
    violations_of_request,
)
from lienthong.common.http.health import ReadinessCheck, make_health_router
from lienthong.common.http.routes import StrictRoute
from lienthong.common.http.tracing import TraceRequests
from lienthong.common.telemetry import Telemetry


def make_app(
    title: str,
    version: str,
    routers: Sequence[APIRouter],
    *,
    telemetry: Telemetry,
    readiness: Sequence[ReadinessCheck] = (),
    body_limit: int = DEFAULT_LIMIT,
    body_patience: float = PATIENCE_SECONDS,
    most_requests: int = 512,
    inside: Sequence[Middleware] = (),
) -> FastAPI:
    """An application of these routers (made by `make_router`). It holds no state; what routes need is given to them.

    At most `most_requests` are worked on at once, further ones are answered 429; health and metrics always answer.
    `inside` stands behind that and before bodies are read.

    Raises TypeError for a route that would read JSON leniently.
    """
    for router in routers:
        _check_routes(router)
    app = FastAPI(
        title=title,
        version=version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        # In one table: a router that is included would be searched twice for each request.
        routes=[route for router in (*routers, make_health_router(telemetry, readiness)) for route in router.routes],
        # What the framework would add to ours holds what was refused, and asks the environment at every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(TraceRequests, telemetry=telemetry),
            Middleware(AnswerFaults),
            Middleware(LimitRequests, most=most_requests),
            *inside,
            Middleware(LimitBodies, limit=body_limit, patience=body_patience),
        ],
    )
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
