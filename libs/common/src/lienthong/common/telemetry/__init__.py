"""What operators see of a process: logs, metrics, traces. One `Telemetry` is made at the start and passed on."""

from dataclasses import dataclass

from lienthong.common.telemetry.logs import configure_logs, describe_exception
from lienthong.common.telemetry.metrics import PROCESS_METRICS, MetricKind, Metrics, MetricSpec
from lienthong.common.telemetry.tracing import (
    TRACEPARENT,
    Tracing,
    current_trace_id,
    current_traceparent,
    make_tracing,
    mark_failed,
    parent_context,
    span_context,
    to_traceparent,
)

__all__ = [
    "PROCESS_METRICS",
    "TRACEPARENT",
    "MetricKind",
    "MetricSpec",
    "Metrics",
    "Telemetry",
    "Tracing",
    "configure_logs",
    "current_trace_id",
    "current_traceparent",
    "describe_exception",
    "make_telemetry",
    "make_tracing",
    "mark_failed",
    "parent_context",
    "span_context",
    "to_traceparent",
]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Metrics and traces of one process. Logs go through structlog, set up once by `configure_logs`."""

    service: str
    metrics: Metrics
    tracing: Tracing

    def close(self) -> None:
        """Send out what waits."""
        self.tracing.close()


def make_telemetry(service: str, *, trace_ratio: float = 0.01, otlp_endpoint: str | None = None) -> Telemetry:
    """Telemetry of a process; traces leave it only where an endpoint is given."""
    return Telemetry(service, Metrics(), make_tracing(service, ratio=trace_ratio, endpoint=otlp_endpoint))
