"""Metrics: declared in tables, made once in the registry that is passed in.

A room declares its `MetricSpec`s as constants and lists them in a tuple `…_METRICS`, of which docs/metrics.md is made.
Labels are bounded by construction: route templates, topics, outcomes; never an id, a code or a subject.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

M = TypeVar("M", Counter, Gauge, Histogram)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class MetricKind(StrEnum):
    """How a metric moves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric as operators see it: name with unit, sort, sentence, labels."""

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = SECONDS


PROCESS_METRICS = (
    MetricSpec("process_cpu_seconds_total", MetricKind.COUNTER, "CPU time of the process, user and system, in seconds"),
    MetricSpec("process_resident_memory_bytes", MetricKind.GAUGE, "Resident memory of the process in bytes"),
    MetricSpec("process_virtual_memory_bytes", MetricKind.GAUGE, "Virtual memory of the process in bytes"),
    MetricSpec("process_open_fds", MetricKind.GAUGE, "Open file descriptors"),
    MetricSpec("process_max_fds", MetricKind.GAUGE, "Most file descriptors the process may open"),
    MetricSpec("process_start_time_seconds", MetricKind.GAUGE, "Start of the process, seconds since 1970"),
    MetricSpec("python_info", MetricKind.GAUGE, "Version", ("implementation", "major", "minor", "patchlevel")),
)
"""Given by prometheus-client itself; listed here for docs/metrics.md."""


class Metrics:
    """The metrics of one process. Rooms that share a spec share the metric."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry(auto_describe=True)
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        if registry is None:
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)

    def counter(self, spec: MetricSpec) -> Counter:
        """The counter of this spec, made at its first use."""
        return self._get(spec, MetricKind.COUNTER, Counter, lambda: Counter(*_told(spec), registry=self.registry))

    def gauge(self, spec: MetricSpec) -> Gauge:
        """The gauge of this spec, made at its first use."""
        return self._get(spec, MetricKind.GAUGE, Gauge, lambda: Gauge(*_told(spec), registry=self.registry))

    def histogram(self, spec: MetricSpec) -> Histogram:
        """The histogram of this spec, made at its first use."""

        def make() -> Histogram:
            return Histogram(*_told(spec), registry=self.registry, buckets=spec.buckets)

        return self._get(spec, MetricKind.HISTOGRAM, Histogram, make)

    def exposition(self) -> bytes:
        """The text format Prometheus reads."""
        return generate_latest(self.registry)

    def _get(self, spec: MetricSpec, kind: MetricKind, sort: type[M], make: Callable[[], M]) -> M:
        if spec.kind is not kind:
            raise TypeError(f"{spec.name} is declared as a {spec.kind}, not a {kind}")
        made = self._made.get(spec.name)
        if made is None:
            made = self._made[spec.name] = make()
        if not isinstance(made, sort):
            raise TypeError(f"{spec.name} was made as another sort of metric")
        return made


def _told(spec: MetricSpec) -> tuple[str, str, tuple[str, ...]]:
    return spec.name, spec.help, spec.labels
