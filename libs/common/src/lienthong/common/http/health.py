"""What every process answers to those who run it."""

import time
from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from lienthong.common.telemetry import Telemetry

ReadinessCheck = Callable[[], Awaitable[str | None]]
"""None when ready, else what is missing, in words for operators."""

_MOST_OF_THE_TIME = 0.25
_CREDIT_SECONDS = 1.0


class _Shown:
    """The metrics as text. Writing them takes a quarter of the time at most, for everybody may ask, without a limit."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._text = b""
        self._again_at = 0.0

    def text(self) -> bytes:
        """As they are now; to who asks without end, as they were a moment ago."""
        now = time.monotonic()
        if now >= self._again_at:
            self._text = self._telemetry.metrics.exposition()
            took = time.monotonic() - now
            self._again_at = max(self._again_at, now - _CREDIT_SECONDS) + took / _MOST_OF_THE_TIME
        return self._text


def make_health_router(telemetry: Telemetry, checks: Sequence[ReadinessCheck]) -> APIRouter:
    """`/health/live`: the loop turns. `/health/ready`: nothing is missing. `/metrics`: the Prometheus text format."""
    router, shown = APIRouter(include_in_schema=False), _Shown(telemetry)

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
        return Response(shown.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
