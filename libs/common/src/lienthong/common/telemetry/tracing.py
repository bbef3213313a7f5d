"""Traces through HTTP and Kafka: W3C `traceparent`, a small share of the traffic, and every error.

A share (1 % by default) of new traces is sampled; whoever sends a `traceparent` decides for its trace (ParentBased).
Spans that end in an error are exported always: unsampled spans are recorded, and a rule at the end decides. Without an
endpoint nothing is recorded, only ids are made, so that log lines and problems still carry one trace id all the way.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.sampling import Decision, ParentBasedTraceIdRatio, Sampler, SamplingResult
from opentelemetry.trace import (
    Link,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
)
from opentelemetry.util.types import Attributes

from lienthong.common.telemetry.spans import mark_failed, parent_context, span_context

_MOST_LINKS = 32


class Tracing:
    """Makes the spans of one process."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("lienthong")

    @contextmanager
    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: str | bytes | None = None,
        links: Iterable[str | bytes | None] = (),
        attributes: Attributes = None,
    ) -> Generator[trace.Span]:
        """A span around a block. `parent` is a `traceparent`; without it the current span is the parent."""
        context = None if parent is None else parent_context(parent)
        span = self._tracer.start_span(name, context, kind, attributes, _links(links))
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield span
            except Exception as error:
                mark_failed(error)
                raise

    def close(self) -> None:
        """Export what waits, then stop."""
        self._provider.shutdown()


def _links(traceparents: Iterable[str | bytes | None]) -> Sequence[Link]:
    contexts = {context.span_id: context for value in traceparents if (context := span_context(value))}
    return [Link(context) for context in list(contexts.values())[:_MOST_LINKS]]


class KeepUntilEnd(Sampler):
    """Records what the inner sampler would drop, so that its end can be looked at."""

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner

    def should_sample(  # noqa: PLR0917 - the SDK calls it with positions
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        result = self._inner.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        if result.decision is Decision.DROP:
            return SamplingResult(Decision.RECORD_ONLY, attributes, result.trace_state)
        return result

    def get_description(self) -> str:
        return f"KeepUntilEnd({self._inner.get_description()})"


class ExportSampledAndFailed(SpanProcessor):
    """Passes on the sampled spans, and those that ended in an error."""

    def __init__(self, inner: SpanProcessor) -> None:
        self._inner = inner

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self._inner.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        context = span.context
        if context is None or context.trace_flags.sampled:
            self._inner.on_end(span)
        elif span.status.status_code is StatusCode.ERROR:
            self._inner.on_end(_as_sampled(span, context))

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._inner.force_flush(timeout_millis)


def _as_sampled(span: ReadableSpan, context: SpanContext) -> ReadableSpan:
    """The same span with the sampled flag, without which every exporter throws it away."""
    flags = TraceFlags(context.trace_flags | TraceFlags.SAMPLED)
    return ReadableSpan(
        name=span.name,
        context=SpanContext(context.trace_id, context.span_id, context.is_remote, flags, context.trace_state),
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=span.events,
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def make_tracing(
    service: str, *, ratio: float = 0.01, endpoint: str | None = None, processor: SpanProcessor | None = None
) -> Tracing:
    """Tracing of a service; spans leave the process only where `endpoint` (OTLP over HTTP) or `processor` is given."""
    sampler: Sampler = ParentBasedTraceIdRatio(ratio)
    if processor is None and endpoint is not None:
        processor = _batches_to(_otlp_exporter(endpoint))
    provider = TracerProvider(
        sampler=sampler if processor is None else KeepUntilEnd(sampler),
        resource=Resource({"service.name": f"lienthong-{service}"}),
        shutdown_on_exit=False,
        span_limits=SpanLimits(max_span_attributes=32, max_events=16, max_links=_MOST_LINKS),
    )
    if processor is not None:
        provider.add_span_processor(ExportSampledAndFailed(processor))
    return Tracing(provider)


def _otlp_exporter(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - 12 MB only where it is used
        OTLPSpanExporter,
    )

    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)


def _batches_to(exporter: SpanExporter) -> SpanProcessor:
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - starts a thread, only where used

    return BatchSpanProcessor(exporter, max_queue_size=4096, schedule_delay_millis=2000)
