"""What every process answers to those who run it."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from lienthong.common.telemetry import Telemetry

ReadinessCheck = Callable[[], Awaitable[str | None]]
"""None when ready, else what is missing, in words for operators."""


def make_health_router(telemetry: Telemetry, checks: Sequence[ReadinessCheck]) -> APIRouter:
    """`/health/live`: the loop turns. `/health/ready`: nothing is missing. `/metrics`: the Prometheus text format."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Response:
        return JSONResponse({"status": "live"})

    @router.get("/health/ready")
    async def ready() -> Response:
        missing = [words for check in checks if (words := await check()) is not None]
        if missing:
            return JSONResponse({"status": "not_ready", "missing": missing}, status_code=503)
        return JSONResponse({"status": "ready"})

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(telemetry.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
