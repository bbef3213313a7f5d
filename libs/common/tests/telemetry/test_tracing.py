"""Traces: one id all the way, a share of them exported, failures always."""

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lienthong.common.telemetry import (
    MetricKind,
    Metrics,
    MetricSpec,
    current_trace_id,
    current_traceparent,
    make_tracing,
    span_context,
    to_traceparent,
)

UNSAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
SAMPLED = UNSAMPLED[:-2] + "01"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def test_a_traceparent_is_read_and_written_alike() -> None:
    context = span_context(SAMPLED)
    assert context is not None
    assert to_traceparent(context) == SAMPLED


@pytest.mark.parametrize("text", ["", "x", SAMPLED.upper(), "01" + SAMPLED[2:], f"{SAMPLED}-x", SAMPLED[:35], b"\xff"])
def test_anything_else_is_no_traceparent(text: str | bytes) -> None:
    assert span_context(text) is None


def test_a_span_continues_the_trace_it_is_given() -> None:
    with make_tracing("t").span("x", parent=SAMPLED):
        assert current_trace_id() == SAMPLED[3:35]
        traceparent = current_traceparent()
        assert traceparent is not None
        assert traceparent[36:52] != SAMPLED[36:52]
    assert current_traceparent() is None


def test_the_share_decides_only_about_new_traces(exported: InMemorySpanExporter) -> None:
    tracing = make_tracing("t", ratio=0.0, processor=SimpleSpanProcessor(exported))
    for parent in ("", UNSAMPLED, SAMPLED):
        with tracing.span("x", parent=parent):
            pass
    assert len(exported.get_finished_spans()) == 1


def test_a_failure_is_exported_whatever_the_share(exported: InMemorySpanExporter) -> None:
    tracing = make_tracing("t", ratio=0.0, processor=SimpleSpanProcessor(exported))
    with pytest.raises(RuntimeError), tracing.span("outer", parent=""), tracing.span("inner"):
        raise RuntimeError("secret words")
    spans = exported.get_finished_spans()
    assert {span.name for span in spans} == {"outer", "inner"}
    assert len({span.context and span.context.trace_id for span in spans}) == 1
    assert "secret words" not in str([span.to_json() for span in spans])


def test_a_page_links_to_the_traces_of_its_records(exported: InMemorySpanExporter) -> None:
    tracing = make_tracing("t", ratio=1.0, processor=SimpleSpanProcessor(exported))
    with tracing.span("page", links=[SAMPLED, None, b"junk", UNSAMPLED[:-5] + "c8-00"]):
        pass
    assert len(exported.get_finished_spans()[0].links) == 2


def test_metrics_are_shared_by_spec_and_refused_by_another_kind() -> None:
    metrics = Metrics()
    spec = MetricSpec("lienthong_test_total", MetricKind.COUNTER, "A test", ("outcome",))
    metrics.counter(spec).labels("good").inc()
    metrics.counter(spec).labels("good").inc()
    assert 'lienthong_test_total{outcome="good"} 2.0' in metrics.exposition().decode()
    with pytest.raises(TypeError):
        metrics.gauge(spec)
