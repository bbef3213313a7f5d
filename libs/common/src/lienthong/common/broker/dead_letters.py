"""Records that cannot be verified or parsed: kept as they came, counted, out of the way of the others.

What is added stands behind the record's own headers, in this order: `x-error`, `x-origin`, `x-time` (of the record, in
milliseconds), and `x-value: null` where the record had neither key nor value, which the library cannot send.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

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

_ORIGIN = re.compile(r"(?P<topic>[\w.-]{1,249})-(?P<partition>\d{1,9})@(?P<offset>\d{1,18})", re.ASCII)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record and the stable code of what is wrong with it."""

    record: Record
    error: str


class DeadLetters:
    """Publishes to `<consumer>.dead` with the original key, value and headers, and what is added behind them."""

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
        added = {"x-error": letter.error, "x-origin": origin_of(record), "x-time": str(record.timestamp)}
        headers = [*record.headers, *((name, told.encode()) for name, told in added.items())]
        value = record.value
        if value is None and record.key is None:  # the library sends no record without both, though others do
            value, headers = b"", [*headers, ("x-value", b"null")]
        return await self._producer.send(self._topic, value=value, key=record.key, headers=headers)


def origin_of(record: Record) -> str:
    """`topic-partition@offset`, as operators find a record again."""
    return f"{record.topic}-{record.partition}@{record.offset}"


def letter_of(put: Record) -> DeadLetter | None:
    """What was put, as it came; None where the record is no dead letter of ours."""
    headers, added = list(put.headers), dict[str, str]()
    for name in ("x-value", "x-time", "x-origin", "x-error"):
        if headers and headers[-1][0] == name:
            added[name] = (headers.pop()[1] or b"").decode("utf-8", "replace")
    place = _ORIGIN.fullmatch(added.get("x-origin", ""))
    if place is None or not added.get("x-error"):
        return None
    told_at = added.get("x-time", "")
    record = replace(
        put,
        topic=place["topic"],
        partition=int(place["partition"]),
        offset=int(place["offset"]),
        timestamp=int(told_at) if told_at.isdecimal() else put.timestamp,
        value=None if "x-value" in added else put.value,
        headers=tuple(headers),
    )
    return DeadLetter(record, added["x-error"])
