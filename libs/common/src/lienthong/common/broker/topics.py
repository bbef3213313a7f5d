"""Creates topics as declared, and refuses to go on where the broker has other ones."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from lienthong.common.broker.settings import MAX_RECORD_BYTES, BrokerSettings
from lienthong.common.messages.topics import TopicSpec

_DAY_MS = 86_400_000
_POLL_SECONDS = 0.05


class TopicMismatchError(Exception):
    """The broker has a topic of another shape. The number of partitions decides where a key lives: it never changes."""


class TopicsUnavailableError(Exception):
    """The topics had no leader within the time given."""


def topic_configs(spec: TopicSpec, *, replication: int) -> dict[str, str]:
    """The broker's settings for a topic: how it forgets, how large a record is, how many replicas must have it."""
    configs = {
        "max.message.bytes": str(MAX_RECORD_BYTES),
        "min.insync.replicas": str(min(2, replication)),
        "message.timestamp.type": "CreateTime",
    }
    if spec.compacted:
        return configs | {
            "cleanup.policy": "compact",
            "min.cleanable.dirty.ratio": "0.2",
            "max.compaction.lag.ms": str(_DAY_MS),
        }
    kept = -1 if spec.retention is None else int(spec.retention.total_seconds() * 1000)
    return configs | {"cleanup.policy": "delete", "retention.ms": str(kept)}


async def ensure_topics(settings: BrokerSettings, specs: Sequence[TopicSpec], *, wait_seconds: float = 30.0) -> None:
    """Make the topics exist as declared and wait until every partition has a leader. Harmless to repeat.

    Raises:
        TopicMismatchError: a topic exists with another number of partitions.
        TopicsUnavailableError: a partition has no leader within `wait_seconds`.
        KafkaError: the broker refused.
    """
    async with _admin(settings) as admin:
        await _create(admin, specs, settings.replication)
        await _wait_for_leaders(admin, specs, asyncio.get_running_loop().time() + wait_seconds)
        await _keep_configs(admin, specs, settings.replication)


async def count_partitions(settings: BrokerSettings, names: Sequence[str]) -> dict[str, int]:
    """How many partitions each topic has; topics that do not exist are left out."""
    async with _admin(settings) as admin:
        described = await admin.describe_topics(list(names))
    return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["error_code"] == 0}


async def remove_topic(settings: BrokerSettings, name: str) -> None:
    """Make the topic not exist, with all that it holds. Harmless to repeat. Raises KafkaError."""
    async with _admin(settings) as admin:
        response: Any = await admin.delete_topics([name])
    for topic, code, *rest in response.topic_error_codes:
        if code not in {0, UnknownTopicOrPartitionError.errno}:
            raise _refused(topic, code, rest)


@asynccontextmanager
async def _admin(settings: BrokerSettings) -> AsyncGenerator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**settings.client())
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> None:
    wanted = [
        NewTopic(spec.name, spec.partitions, replication, topic_configs=topic_configs(spec, replication=replication))
        for spec in specs
    ]
    response: Any = await admin.create_topics(wanted)
    for name, code, *rest in response.topic_errors:
        if code not in {0, TopicAlreadyExistsError.errno}:
            raise _refused(name, code, rest)


def _refused(name: str, code: int, words: Sequence[object]) -> KafkaError:
    error: type[KafkaError] = for_code(code)
    return error(f"{name}: {words[0] if words else 'refused'}")


async def _wait_for_leaders(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], deadline: float) -> None:
    """Clients may see stale metadata for about 100 ms after a topic is made."""
    names = [spec.name for spec in specs]
    while True:
        found: dict[str, list[Mapping[str, int]]] = {
            topic["topic"]: topic["partitions"]
            for topic in await admin.describe_topics(names)
            if topic["error_code"] == 0
        }
        if all(_has_leaders(found.get(spec.name, [])) for spec in specs):
            _check_shape(found, specs)
            return
        if asyncio.get_running_loop().time() > deadline:
            raise TopicsUnavailableError(f"no leader for every partition of {', '.join(names)}")
        await asyncio.sleep(_POLL_SECONDS)


def _has_leaders(partitions: Sequence[Mapping[str, int]]) -> bool:
    return bool(partitions) and all(partition["leader"] >= 0 for partition in partitions)


def _check_shape(found: Mapping[str, Sequence[object]], specs: Sequence[TopicSpec]) -> None:
    for spec in specs:
        there = len(found[spec.name])
        if there != spec.partitions:
            raise TopicMismatchError(f"{spec.name}: declared with {spec.partitions} partitions, the broker has {there}")


async def _keep_configs(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> None:
    """A retention changed in the code reaches topics that exist already."""
    wanted = {spec.name: topic_configs(spec, replication=replication) for spec in specs}
    present = await _present_configs(admin, wanted)
    changed = [
        ConfigResource(ConfigResourceType.TOPIC, name, configs=configs)
        for name, configs in wanted.items()
        if any(present.get(name, {}).get(key) != value for key, value in configs.items())
    ]
    if not changed:
        return
    responses: list[Any] = await admin.alter_configs(changed)
    for response in responses:
        for code, words, _, name in response.resources:
            if code:
                raise _refused(name, code, [words])


async def _present_configs(
    admin: AIOKafkaAdminClient, wanted: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, configs=dict(keys)) for name, keys in wanted.items()]
    present: dict[str, dict[str, str]] = {}
    responses: list[Any] = await admin.describe_configs(asked)
    for response in responses:
        for code, words, _, name, entries in response.resources:
            if code:
                raise _refused(name, code, [words])
            present[name] = {entry[0]: entry[1] for entry in entries}
    return present
