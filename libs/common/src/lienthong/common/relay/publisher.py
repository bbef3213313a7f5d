"""Sends rows to Kafka in flights: one record batch per partition, the next flight after the acknowledgement.

One idempotent producer at a time. It is replaced after any batch that Kafka did not take, because its sequence numbers
have a gap then; never while the fate of a batch is open.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    BrokerResponseError,
    DuplicateSequenceNumber,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTopicError,
    KafkaConnectionError,
    KafkaError,
    OutOfOrderSequenceNumber,
    TopicAuthorizationFailedError,
    UnknownProducerId,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from lienthong.common.database import DatabaseAway
from lienthong.common.outbox import Content
from lienthong.common.relay.settings import RelaySettings
from lienthong.common.relay.store import Emitted, OutboxRow, Refused
from lienthong.common.telemetry import TRACEPARENT

_ABOUT_THE_PRODUCER = (
    OutOfOrderSequenceNumber,
    DuplicateSequenceNumber,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    UnknownProducerId,
)
_ABOUT_THE_TOPIC = (TopicAuthorizationFailedError, InvalidTopicError, UnknownTopicOrPartitionError)
_METADATA_PAUSES = (0.0, 0.2)  # a broker may answer from stale metadata for some 100 ms after a topic was made
_UNKNOWN_FOR_SECONDS = 2.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A row with its content and the headers it travels with."""

    row: OutboxRow
    value: bytes
    headers: list[tuple[str, bytes]]

    @classmethod
    def of(cls, row: OutboxRow, content: Content) -> "Parcel":
        trace = [] if row.traceparent is None else [(TRACEPARENT, row.traceparent.encode())]
        return cls(row, content.value, [*content.headers, *trace])

    @property
    def scope(self) -> tuple[str, str]:
        """Within it order is kept."""
        return self.row.topic, self.row.key


@dataclass(slots=True)
class Handover:
    """What became of the parcels; those in neither list are still to be sent. `failure` says why it ended early."""

    emitted: list[Emitted] = field(default_factory=list[Emitted])
    refused: list[Refused] = field(default_factory=list[Refused])
    failure: Exception | None = None


class Publisher:
    """The one producer of a relay. `replaced` is called whenever a new one had to be made."""

    def __init__(
        self, make_producer: Callable[[], AIOKafkaProducer], settings: RelaySettings, replaced: Callable[[], None]
    ) -> None:
        self._make_producer = make_producer
        self._settings = settings
        self._replaced = replaced
        self._producer: AIOKafkaProducer | None = None
        self._suspects: set[TopicPartition] = set()  # a batch was refused: one record at a time finds the culprit
        self._unknown: dict[str, float] = {}

    async def publish(self, parcels: Sequence[Parcel], assert_ours: Callable[[], Awaitable[None]]) -> Handover:
        """Send the parcels, which are in the order of their rows; `assert_ours` raises when they are ours no more."""
        handover = Handover()
        try:
            producer = await self._started()
            queues = await self._queues(producer, parcels, handover)
            while queues and handover.failure is None:
                await assert_ours()
                await self._fly(producer, queues, handover)
        except DatabaseAway as error:
            handover.failure = handover.failure or error
        except (KafkaError, OSError, TimeoutError) as error:
            handover.failure = error
        if handover.failure is not None and not isinstance(handover.failure, DatabaseAway):
            await self._replace()
        return handover

    async def close(self) -> None:
        """End the producer; unsent records stay in the outbox."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop(producer, self._settings.stop_within)

    async def _replace(self) -> None:
        if self._producer is not None:
            await self.close()
            self._replaced()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = self._make_producer()
            try:
                async with asyncio.timeout(self._settings.start_within):
                    await producer.start()
            except BaseException:
                await _stop(producer, self._settings.stop_within)
                raise
            self._producer = producer
        return self._producer

    async def _queues(
        self, producer: AIOKafkaProducer, parcels: Iterable[Parcel], handover: Handover
    ) -> dict[TopicPartition, deque[Parcel]]:
        queues: dict[TopicPartition, deque[Parcel]] = {}
        refused: set[tuple[str, str]] = set()
        for parcel in parcels:
            try:
                partitions = await self._partitions(producer, parcel.row.topic)
            except _ABOUT_THE_TOPIC as error:
                if parcel.scope not in refused:
                    refused.add(parcel.scope)
                    handover.refused.append(Refused(parcel.row, type(error).__name__))
                continue
            partition = partition_hash(parcel.row.key) % partitions
            queues.setdefault(TopicPartition(parcel.row.topic, partition), deque()).append(parcel)
        return queues

    async def _partitions(self, producer: AIOKafkaProducer, topic: str) -> int:
        """How many partitions the topic has. Raises what is wrong with it; asks about an unknown one now and then."""
        known = producer.client.cluster.partitions_for_topic(topic)
        if known:
            return len(known)
        for pause in () if time.monotonic() < self._unknown.get(topic, 0.0) else _METADATA_PAUSES:
            await asyncio.sleep(pause)
            await producer.client.add_topic(topic)
            if not await producer.client.force_metadata_update():
                raise KafkaConnectionError("the broker gives no metadata")  # an absent broker is no absent topic
            if topic in producer.client.cluster.unauthorized_topics:
                raise TopicAuthorizationFailedError(topic)
            known = producer.client.cluster.partitions_for_topic(topic)
            if known:
                return len(known)
        self._unknown[topic] = time.monotonic() + _UNKNOWN_FOR_SECONDS
        raise UnknownTopicOrPartitionError(topic)

    async def _fly(
        self, producer: AIOKafkaProducer, queues: dict[TopicPartition, deque[Parcel]], handover: Handover
    ) -> None:
        """One flight: take a batch off each queue, send all, wait for all."""
        flight: dict[TopicPartition, tuple[asyncio.Future[Any], list[Parcel]]] = {}
        try:
            for target, queue in list(queues.items()):
                batch, parcels = self._load(producer, target, queue, handover)
                if not queue:
                    del queues[target]
                if parcels:
                    sent = await producer.send_batch(batch, target.topic, partition=target.partition)
                    flight[target] = sent, parcels
        finally:
            if flight:
                await asyncio.wait([sent for sent, _ in flight.values()])
            for target, (sent, parcels) in flight.items():
                self._land(target, sent, parcels, handover)

    def _load(
        self, producer: AIOKafkaProducer, target: TopicPartition, queue: deque[Parcel], handover: Handover
    ) -> tuple[BatchBuilder, list[Parcel]]:
        """Fill one batch from the head of a queue; a record that is too large is refused here and its key waits."""
        batch = producer.create_batch()
        parcels: list[Parcel] = []
        most = 1 if target in self._suspects else len(queue)
        while queue and len(parcels) < most:
            parcel = queue[0]
            if size_of(parcel) > self._settings.largest_record:
                handover.refused.append(Refused(parcel.row, f"larger than {self._settings.largest_record} bytes"))
                _drop_key(queue, parcel.scope)
                continue
            added = batch.append(
                key=parcel.row.key.encode(), value=parcel.value, timestamp=None, headers=parcel.headers
            )
            if added is None:
                break
            parcels.append(queue.popleft())
        batch.close()
        return batch, parcels

    def _land(
        self, target: TopicPartition, sent: "asyncio.Future[Any]", parcels: list[Parcel], handover: Handover
    ) -> None:
        error = sent.exception()
        if error is None:
            first: int = sent.result().offset
            for place, parcel in enumerate(parcels):
                offset = first + place if first >= 0 else None
                handover.emitted.append(Emitted(parcel.row, parcel.headers, target.partition, offset))
            return
        handover.failure = handover.failure or _as_exception(error)
        if not is_refusal(error):
            return
        if len(parcels) > 1 and not isinstance(error, _ABOUT_THE_TOPIC):
            self._suspects.add(target)
            return
        self._suspects.discard(target)
        heads = {parcel.scope: parcel for parcel in reversed(parcels)}
        handover.refused += [Refused(parcel.row, type(error).__name__) for parcel in heads.values()]


def _drop_key(queue: deque[Parcel], scope: tuple[str, str]) -> None:
    kept = [parcel for parcel in queue if parcel.scope != scope]
    queue.clear()
    queue.extend(kept)


def size_of(parcel: Parcel) -> int:
    """Upper bound of the batch that holds this parcel alone."""
    headers = sum(len(name.encode()) + len(value) + 10 for name, value in parcel.headers)
    return 61 + 21 + len(parcel.row.key.encode()) + len(parcel.value) + headers + 15


@lru_cache(maxsize=65536)
def partition_hash(key: str) -> int:
    """Where Java's and aiokafka's own partitioner put the key; cached, for it is slow in Python."""
    return murmur2(key.encode()) & 0x7FFFFFFF


def is_refusal(error: BaseException) -> bool:
    """Whether sending the same again would fail the same way."""
    if isinstance(error, _ABOUT_THE_PRODUCER):
        return False
    return isinstance(error, BrokerResponseError) and not error.retriable


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else KafkaError(repr(error))


async def _stop(producer: AIOKafkaProducer, within: float) -> None:
    """Stop a producer; one that waits for an absent broker is cut off, since its `stop` would wait as long."""
    try:
        async with asyncio.timeout(within):
            await producer.stop()
    except (TimeoutError, KafkaError, OSError) as error:
        log.warning("relay cut its producer off", exc_info=error)
        with suppress(TimeoutError, KafkaError, OSError):
            async with asyncio.timeout(within):
                await producer.client.close()
