"""Counts what arrived, from what recipients read and from the records on the bus: never from what was meant."""

import asyncio
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from tests.demo.stage import EXCHANGERS, Accepted, Stage

from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import CHANGES, DELIVERIES, DOCUMENTS, STATUSES

RELAY_SECONDS = 20.0
"""The relay publishes what was accepted within this time, also after a kill."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic; `digest` is of its value and headers."""

    topic: str
    key: str
    message_id: UUID
    digest: str


async def count_everything(stage: Stage) -> None:
    """Read every inbox and all topics to their ends and compare them with the receipts."""
    report = stage.report
    report.chapter("Đếm tại hộp đến và trên Kafka", "Counted at the inboxes and on Kafka")
    for role in EXCHANGERS:
        await stage.read(role)
    order = {each.message_id: each for each in stage.accepted}
    report.sent, report.statuses = len(stage.documents), len(stage.said)
    report.changes = len(stage.changes)
    _count_inboxes(stage, order)
    _count_topics(stage, order, await _records(stage))
    seen = f"mất / lost {report.lost}, trùng / doubled {report.doubled}, đảo thứ tự / reordered {report.reordered}"
    nothing_wrong = report.lost == report.doubled == report.reordered == 0
    report.show("Mất, trùng, đảo", "Lost, doubled, reordered", seen=seen, ok=nothing_wrong)


def _count_inboxes(stage: Stage, order: Mapping[UUID, Accepted]) -> None:
    report = stage.report
    arrived = Counter((each.recipient, each.message_id) for each in stage.arrivals)
    expected = {(to, each.message_id) for each in stage.accepted for to in each.to}
    missing = [pair for pair in expected if not arrived[pair]]
    strangers = [pair for pair in arrived if pair not in expected and pair[1] in order]
    report.delivered = sum(all(arrived[to, each.message_id] for to in each.to) for each in stage.documents)
    report.lost += len(missing)
    report.doubled += sum(count - 1 for count in arrived.values())
    report.reordered += _inversions(_inbox_sequences(stage).values(), order)
    seen = f"{sum(arrived.values())} mục / entries, {len(expected)} chờ / expected, lạc / stray {len(strangers)}"
    report.show("Hộp đến", "Inboxes", seen=seen, ok=not missing and not strangers and _are_gapless(stage))


def _count_topics(stage: Stage, order: Mapping[UUID, Accepted], records: Sequence[Record]) -> None:
    """A relay killed between Kafka's answer and its own note of it publishes the same record again: readers pass over
    what they have seen of (source, id). A second record that is not the very same one would be a second document.
    """
    report = stage.report
    ours = [record for record in records if record.message_id in order]
    first: dict[UUID, Record] = {}
    for record in ours:
        first.setdefault(record.message_id, record)
    again = len(ours) - len(first)
    report.lost += len(order) - len(first)
    report.doubled += sum(record != first[record.message_id] for record in ours)
    report.reordered += _inversions(_topic_sequences(list(first.values())).values(), order)
    seen = f"{len(first)} thông điệp / messages, phát lại y nguyên / published again unchanged {again}"
    report.show("Kafka", "Kafka", seen=seen, ok=len(first) == len(order))


def _are_gapless(stage: Stage) -> bool:
    numbers: dict[tuple[str, Lane], list[int]] = defaultdict(list)
    for each in stage.arrivals:
        numbers[each.recipient, each.lane].append(each.n)
    return all(right == left + 1 for each in numbers.values() for left, right in pairwise(each))


def _inbox_sequences(stage: Stage) -> Mapping[tuple[str, Lane], list[UUID]]:
    found: dict[tuple[str, Lane], list[UUID]] = defaultdict(list)
    for each in stage.arrivals:
        found[each.recipient, each.lane].append(each.message_id)
    return found


def _topic_sequences(records: Sequence[Record]) -> Mapping[tuple[str, str], list[UUID]]:
    found: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for each in records:
        found[each.topic, each.key].append(each.message_id)
    return found


def _inversions(sequences: Iterable[Sequence[UUID]], order: Mapping[UUID, Accepted]) -> int:
    """Neighbours of one sender that stand the other way round than they were sent."""
    found = 0
    for sequence in sequences:
        by_sender: dict[str, list[int]] = defaultdict(list)
        for message_id in sequence:
            if message_id in order:
                by_sender[order[message_id].sender].append(order[message_id].order)
        found += sum(right < left for each in by_sender.values() for left, right in pairwise(each))
    return found


async def _records(stage: Stage) -> list[Record]:
    """All records of the topics once the relay has caught up, or after its time."""
    wanted = {each.message_id for each in stage.accepted}
    deadline = asyncio.get_running_loop().time() + RELAY_SECONDS
    while True:
        records = await _read_topics(stage.platform.servers.kafka)
        there = wanted <= {record.message_id for record in records}
        if there or asyncio.get_running_loop().time() > deadline:
            return records
        await asyncio.sleep(0.3)


async def _read_topics(bootstrap: str) -> list[Record]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        topics = tuple(topic for lanes in (DOCUMENTS, STATUSES, CHANGES, DELIVERIES) for topic in lanes.values())
        partitions = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        records: list[Record] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for found in (await consumer.getmany(timeout_ms=500)).values():
                records += [_record(each) for each in found]
        return records
    finally:
        await consumer.stop()


def _record(found: ConsumerRecord[bytes, bytes]) -> Record:
    value = found.value or b"{}"
    digest = hashlib.sha256(repr((value, sorted(found.headers))).encode()).hexdigest()
    return Record(found.topic, (found.key or b"").decode(), UUID(json.loads(value)["id"]), digest)
