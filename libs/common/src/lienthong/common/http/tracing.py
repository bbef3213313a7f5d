"""Around every request: one span, one line of metrics, the trace id in the answer."""

import time

from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry, current_trace_id

REQUESTS = MetricSpec(
    "lienthong_http_requests_total", MetricKind.COUNTER, "Answers given", ("method", "route", "status")
)
REQUEST_SECONDS = MetricSpec(
    "lienthong_http_request_seconds", MetricKind.HISTOGRAM, "Time from the headers to the end of the answer", ("route",)
)
IN_PROGRESS = MetricSpec("lienthong_http_requests_in_progress", MetricKind.GAUGE, "Requests under way")
HTTP_METRICS = (REQUESTS, REQUEST_SECONDS, IN_PROGRESS)

TRACE_HEADER = b"x-trace-id"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SILENT = ("/health/", "/metrics")


class TraceRequests:
    """ASGI middleware. A caller's `traceparent` is continued; the route's template, never the path, is the label."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._tracing = telemetry.tracing
        self._requests = telemetry.metrics.counter(REQUESTS)
        self._seconds = telemetry.metrics.histogram(REQUEST_SECONDS)
        self._in_progress = telemetry.metrics.gauge(IN_PROGRESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_silent(scope):
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        status, began = 500, time.perf_counter()

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                trace_id = current_trace_id()
                if trace_id is not None:
                    message["headers"] = [*message["headers"], (TRACE_HEADER, trace_id.encode())]
            await send(message)

        try:
            with self._in_progress.track_inprogress():
                await self._in_span(method, scope, receive, send_traced)
        finally:
            route = route_template(scope)
            self._requests.labels(method, route, status).inc()
            self._seconds.labels(route).observe(time.perf_counter() - began)

    async def _in_span(self, method: str, scope: Scope, receive: Receive, send: Send) -> None:
        parent = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
        with self._tracing.span(method, kind=SpanKind.SERVER, parent=parent) as span:
            try:
                await self._app(scope, receive, send)
            finally:
                route = route_template(scope)
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)


def is_silent(scope: Scope) -> bool:
    """Whether this is health or metrics: asked every few seconds, never traced, never refused."""
    path: str = scope["path"]
    return path.startswith(_SILENT)


def route_template(scope: Scope) -> str:
    """`/v1/messages/{id}`: bounded, and without what stands in the path."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "unmatched"
