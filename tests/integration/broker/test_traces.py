"""One trace id from the sender through Kafka to the page that stored the record."""

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lienthong.common.broker import BrokerSettings, make_producer
from lienthong.common.telemetry import TRACEPARENT, Metrics, Telemetry, current_traceparent, make_tracing
from lienthong.common.testing.plugin import MakeTopic

from .reading import reading


def trace_id(span: ReadableSpan) -> int:
    assert span.context is not None
    return span.context.trace_id


async def test_the_page_links_to_the_trace_of_its_record(kafka: str, make_topic: MakeTopic) -> None:
    topic, exported = await make_topic(), InMemorySpanExporter()
    tracing = make_tracing("test", ratio=1.0, processor=SimpleSpanProcessor(exported))
    telemetry = Telemetry("test", Metrics(), tracing)
    producer = make_producer(BrokerSettings(kafka, "test"), linger_ms=0)
    await producer.start()
    try:
        with tracing.span("POST /v1/messages"):
            traceparent = current_traceparent()
            assert traceparent is not None
            await producer.send_and_wait(topic, b"x", headers=[(TRACEPARENT, traceparent.encode())])
    finally:
        await producer.stop()
    async with reading(kafka, topic, f"{topic}.g", telemetry=telemetry) as reader:
        await reader.until(1)
    spans = {span.name: span for span in exported.get_finished_spans()}
    page = spans[f"{topic} process"]
    assert [link.context.trace_id for link in page.links] == [trace_id(spans["POST /v1/messages"])]
    assert page.attributes is not None
    assert page.attributes["messaging.batch.message_count"] == 1
