"""Reading topics through FastStream, with every default that loses records turned off.

- One page (batch) of records per call, then one commit. A handler that returns has stored the whole page; a handler
  that raises gets the same page again after a pause (NACK alone has no pause and would spin thousands of times).
- The parser never raises: FastStream decodes headers and silently skips a record whose header is null or not UTF-8.
- Nothing in a record is obeyed: headers are kept from FastStream, so a `reply_to` cannot make it publish anywhere.
- A commit that meets a rebalance fails silently and the page comes again: handlers are idempotent (the inbox is).
"""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy, BaseMiddleware, Context
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from faststream.security import BaseSecurity
from opentelemetry.trace import SpanKind

from lienthong.common.broker.backoff import Backoff
from lienthong.common.broker.connection import Record
from lienthong.common.broker.settings import MAX_RECORD_BYTES, BrokerSettings
from lienthong.common.telemetry import TRACEPARENT, MetricKind, MetricSpec, Telemetry

PageHandler = Callable[[Sequence[Record]], Awaitable[None]]
"""Stores a page: returns when all of it is stored, raises when none of it is."""

RECORDS = MetricSpec(
    "lienthong_consumed_records_total", MetricKind.COUNTER, "Records whose page was stored", ("topic",)
)
PAGES = MetricSpec(
    "lienthong_consumed_pages_total", MetricKind.COUNTER, "Pages by outcome: stored, failed", ("topic", "outcome")
)
PAGE_SECONDS = MetricSpec("lienthong_consumed_page_seconds", MetricKind.HISTOGRAM, "Time to store one page", ("topic",))
LAG = MetricSpec("lienthong_consumer_lag_records", MetricKind.GAUGE, "Records not yet read", ("topic", "partition"))
SUBSCRIPTION_METRICS = (RECORDS, PAGES, PAGE_SECONDS, LAG)

_ASK_SECONDS = 5.0

STUCK_SECONDS = 60.0
"""A page or a silence that lasts longer makes the process not ready."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def make_broker(
    settings: BrokerSettings, *, middlewares: Sequence[type[BaseMiddleware] | Callable[..., BaseMiddleware]] = ()
) -> KafkaBroker:
    """The FastStream broker of a process, for subscribers. Not started; it creates no topics (`ensure_topics` does)."""
    return KafkaBroker(
        settings.bootstrap,
        client_id=settings.client_id,
        request_timeout_ms=settings.request_timeout_ms,
        metadata_max_age_ms=settings.metadata_max_age_ms,
        security=BaseSecurity(use_ssl=True, ssl_context=settings.tls) if settings.tls else None,
        consumer_only=True,
        allow_auto_create_topics=False,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        parser=_parse_without_trust,
        decoder=_exact_bytes,
        middlewares=tuple(middlewares),
        graceful_timeout=20.0,
        logger=logging.getLogger("lienthong.faststream"),  # its own one writes lines that are not JSON
        log_level=logging.DEBUG,  # it would log every message
    )


async def _parse_without_trust(message: Any, original: Callable[[Any], Awaitable[KafkaMessage]]) -> KafkaMessage:
    """FastStream sees no headers at all; handlers read the raw records."""
    if isinstance(message, tuple):
        parsed = await original(tuple(dataclasses.replace(record, headers=()) for record in message))
    else:
        parsed = await original(dataclasses.replace(message, headers=()))
    parsed.raw_message = message
    return parsed


async def _exact_bytes(message: KafkaMessage) -> Any:
    """Signatures are over exact bytes: the default decoder would turn b"1" into a number."""
    return message.body


def subscribe(
    broker: KafkaBroker,
    topic: str,
    group: str,
    handler: PageHandler,
    *,
    telemetry: Telemetry,
    page_size: int = 500,
    backoff: Backoff | None = None,
) -> "Subscription":
    """Read `topic` as `group`, from its first record on, in pages of at most `page_size` records."""
    subscription = Subscription(topic, group, handler, telemetry, backoff or Backoff())
    reader = broker.subscriber(
        topic,
        group_id=group,
        batch=True,
        max_records=page_size,
        batch_timeout_ms=200,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
        max_partition_fetch_bytes=2 * MAX_RECORD_BYTES,
        max_poll_interval_ms=300_000,
        # A killed member is missed after this time, and whoever takes its place waits that long.
        session_timeout_ms=6_000,
        heartbeat_interval_ms=2_000,
    )

    async def on_page(_: Any, message: Annotated[KafkaMessage, Context("message")]) -> None:
        raw = message.raw_message
        await subscription.on_page(raw if isinstance(raw, tuple) else (raw,))

    reader(on_page)
    subscription.reader = reader
    return subscription


class Subscription:
    """One topic read by one group in this process: hands pages over, waits after failures, knows whether it moves."""

    def __init__(self, topic: str, group: str, handler: PageHandler, telemetry: Telemetry, backoff: Backoff) -> None:
        self.topic = topic
        self.group = group
        self.reader: Any = None
        self._handler = handler
        self._telemetry = telemetry
        self._backoff = backoff
        self._closing = asyncio.Event()
        self._failures = 0
        self._page_since: float | None = None
        self._caught_up = False
        metrics = telemetry.metrics
        self._records = metrics.counter(RECORDS).labels(topic)
        self._stored = metrics.counter(PAGES).labels(topic, "stored")
        self._failed = metrics.counter(PAGES).labels(topic, "failed")
        self._seconds = metrics.histogram(PAGE_SECONDS).labels(topic)
        self._lag = metrics.gauge(LAG)

    async def on_page(self, records: Sequence[Record]) -> None:
        """Hand one page to the handler; after a failure pause, then ask for the same page again."""
        if self._page_since is None:
            self._page_since = time.monotonic()
        try:
            with (
                self._telemetry.tracing.span(
                    f"{self.topic} process",
                    kind=SpanKind.CONSUMER,
                    links=(traceparent_of(record) for record in records),
                ) as span,
                self._seconds.time(),
            ):
                span.set_attribute("messaging.batch.message_count", len(records))
                await self._handler(records)
        except Exception as error:  # noqa: BLE001 - counted, logged, and the page is asked for again
            await self._pause(error)
            raise NackMessage from None
        self._failures = 0
        self._page_since = None
        self._stored.inc()
        self._records.inc(len(records))

    async def _pause(self, error: Exception) -> None:
        self._failures += 1
        self._failed.inc()
        delay = self._backoff.delay(self._failures)
        log.warning("page failed", topic=self.topic, attempt=self._failures, pause=round(delay, 3), exc_info=error)
        try:
            await asyncio.wait_for(self._closing.wait(), delay)
        except TimeoutError:
            return

    def close(self) -> None:
        """End a pause that is under way, so that the process can stop."""
        self._closing.set()

    async def missing(self) -> str | None:
        """What keeps this subscription from being ready, in words for operators; None when nothing does.

        A ping of the broker would not see a dead or stuck loop, so this looks at the loop itself: when the broker
        last answered for each partition, and how long the present page has been worked on.
        """
        # FastStream shows the consumer while it is still being started, and half of it cannot be asked yet.
        if self.reader is None or not self.reader.running:
            return f"{self.topic}: not started"
        consumer = self.reader.consumer
        if self._page_since is not None and time.monotonic() - self._page_since > STUCK_SECONDS:
            return f"{self.topic}: one page has been failing or running for more than {STUCK_SECONDS:.0f} s"
        if not self._caught_up and (left := await self._left_to_read(consumer)) is not None:
            return left
        for partition in consumer.assignment():
            await self._measure_lag(consumer, partition)
            answered = consumer.last_poll_timestamp(partition)
            if answered is not None and self._page_since is None and time.time() - answered / 1000 > STUCK_SECONDS:
                return f"{self.topic}: the broker has not answered for more than {STUCK_SECONDS:.0f} s"
        return None

    async def _left_to_read(self, consumer: Any) -> str | None:
        """Until the group has reached the end once, what it has told the tables may be old.

        The whole topic is asked about, not what this process was assigned: another may read it for both.
        """
        partitions = [TopicPartition(self.topic, each) for each in consumer.partitions_for_topic(self.topic) or ()]
        if not partitions:
            return f"{self.topic}: partitions not known yet"
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                first, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
                done = {each: await consumer.committed(each) or 0 for each in partitions}
        except (KafkaError, TimeoutError) as error:
            return f"{self.topic}: {type(error).__name__}"
        left = sum(end[each] - max(first[each], done[each]) for each in partitions)
        self._caught_up = left <= 0
        return None if self._caught_up else f"{self.topic}: {left} records to read"

    async def _measure_lag(self, consumer: Any, partition: TopicPartition) -> None:
        end = consumer.highwater(partition)
        if end is not None:
            position: int = await consumer.position(partition)
            self._lag.labels(self.topic, str(partition.partition)).set(max(0, end - position))


def traceparent_of(record: Record) -> bytes | None:
    """The record's `traceparent` header, if any."""
    for name, value in record.headers:
        if name == TRACEPARENT:
            return value
    return None


async def run_subscriptions(broker: KafkaBroker, subscriptions: Sequence[Subscription], stop: asyncio.Event) -> None:
    """Read until `stop`, then finish the pages under way. The body of a `worker` role."""
    starting = asyncio.create_task(broker.start())
    stopping = asyncio.create_task(stop.wait())
    try:
        # Joining a group waits for members that were killed; a stop must not wait with it.
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            await stopping
    finally:
        await _ended(starting, stopping)
        for subscription in subscriptions:
            subscription.close()
        await broker.stop()


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
