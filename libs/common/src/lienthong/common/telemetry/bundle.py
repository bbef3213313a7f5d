"""What a process is given to tell of itself: its metrics and its traces."""

from dataclasses import dataclass

from lienthong.common.telemetry.metrics import Metrics
from lienthong.common.telemetry.tracing import Tracing, make_tracing


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
