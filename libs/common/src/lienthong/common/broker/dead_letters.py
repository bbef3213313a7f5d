"""Records that cannot be verified or parsed: kept as they came, counted, out of the way of the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaProducer

from lienthong.common.broker.connection import Record
from lienthong.common.messages.topics import dead_letters
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry

DEAD_LETTERS = MetricSpec(
    "lienthong_dead_letters_total",
    MetricKind.COUNTER,
    "Records that could not be verified or parsed, by reason code",
    ("consumer", "error"),
)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record and the stable code of what is wrong with it."""

    record: Record
    error: str


class DeadLetters:
    """Publishes to `<consumer>.dead` with the original key, value and headers, plus `x-error` and `x-origin`."""

    def __init__(self, producer: AIOKafkaProducer, consumer: str, telemetry: Telemetry) -> None:
        self._producer = producer
        self._consumer = consumer
        self._topic = dead_letters(consumer).name
        self._counter = telemetry.metrics.counter(DEAD_LETTERS)

    async def put(self, letters: Sequence[DeadLetter]) -> None:
        """Returns when the broker has acknowledged all of them; only then may the page be committed."""
        sent = [await self._send(letter) for letter in letters]
        await asyncio.gather(*sent)
        for letter in letters:
            origin = origin_of(letter.record)
            log.warning("dead letter", consumer=self._consumer, error=letter.error, origin=origin)
            self._counter.labels(self._consumer, letter.error).inc()

    async def _send(self, letter: DeadLetter) -> "asyncio.Future[object]":
        record = letter.record
        headers = [*record.headers, ("x-error", letter.error.encode()), ("x-origin", origin_of(record).encode())]
        value = record.value
        if value is None and record.key is None:  # the library sends no record without both, though others do
            value, headers = b"", [*headers, ("x-value", b"null")]
        return await self._producer.send(self._topic, value=value, key=record.key, headers=headers)


def origin_of(record: Record) -> str:
    """`topic-partition@offset`, as operators find a record again."""
    return f"{record.topic}-{record.partition}@{record.offset}"
