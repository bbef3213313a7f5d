"""What operators see of a process: logs, metrics, traces. One `Telemetry` is made at the start and passed on."""

from typing import TYPE_CHECKING

from lienthong.common.lazily import lazily

if TYPE_CHECKING:
    from lienthong.common.telemetry.bundle import Telemetry, make_telemetry
    from lienthong.common.telemetry.logs import configure_logs, describe_exception
    from lienthong.common.telemetry.metrics import PROCESS_METRICS, MetricKind, Metrics, MetricSpec
    from lienthong.common.telemetry.spans import (
        TRACEPARENT,
        current_trace_id,
        current_traceparent,
        mark_failed,
        parent_context,
        span_context,
        to_traceparent,
    )
    from lienthong.common.telemetry.tracing import Tracing, make_tracing
else:
    __getattr__ = lazily(
        __name__,
        {
            "bundle": "Telemetry make_telemetry",
            "logs": "configure_logs describe_exception",
            "metrics": "PROCESS_METRICS MetricKind Metrics MetricSpec",
            "spans": (
                "TRACEPARENT current_trace_id current_traceparent mark_failed parent_context span_context "
                "to_traceparent"
            ),
            "tracing": "Tracing make_tracing",
        },
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
