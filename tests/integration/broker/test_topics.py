"""Topics as declared: made once, waited for, never silently of another shape."""

from datetime import timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from lienthong.common.broker import BrokerSettings, TopicMismatchError, ensure_topics
from lienthong.common.messages.topics import TopicSpec


@pytest.fixture
def settings(kafka: str) -> BrokerSettings:
    return BrokerSettings(kafka, "test")


async def configs_of(kafka: str, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        [response] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        return {entry[0]: entry[1] for entry in response.resources[0][4]}  # pyright: ignore[reportAttributeAccessIssue]
    finally:
        await admin.close()


async def test_topics_are_made_as_declared(settings: BrokerSettings, topic_prefix: str) -> None:
    state = TopicSpec(f"{topic_prefix}state", 1, "id", compacted=True)
    facts = TopicSpec(f"{topic_prefix}facts", 4, "id", retention=timedelta(days=30))
    await ensure_topics(settings, [state, facts])
    kept = await configs_of(settings.bootstrap, state.name)
    assert kept["cleanup.policy"] == "compact"
    thrown = await configs_of(settings.bootstrap, facts.name)
    assert thrown["cleanup.policy"] == "delete"
    assert thrown["retention.ms"] == str(30 * 86_400_000)
    assert thrown["max.message.bytes"] == str(2 << 20)


async def test_making_them_again_changes_nothing(settings: BrokerSettings, topic_prefix: str) -> None:
    spec = TopicSpec(f"{topic_prefix}facts", 2, "id", retention=timedelta(days=1))
    await ensure_topics(settings, [spec])
    before = await configs_of(settings.bootstrap, spec.name)
    await ensure_topics(settings, [spec])
    assert await configs_of(settings.bootstrap, spec.name) == before


async def test_a_changed_retention_reaches_the_topic(settings: BrokerSettings, topic_prefix: str) -> None:
    await ensure_topics(settings, [TopicSpec(f"{topic_prefix}f", 1, "id", retention=timedelta(days=1))])
    await ensure_topics(settings, [TopicSpec(f"{topic_prefix}f", 1, "id", retention=timedelta(days=2))])
    assert (await configs_of(settings.bootstrap, f"{topic_prefix}f"))["retention.ms"] == str(2 * 86_400_000)


async def test_another_number_of_partitions_is_refused(settings: BrokerSettings, topic_prefix: str) -> None:
    await ensure_topics(settings, [TopicSpec(f"{topic_prefix}f", 2, "id")])
    with pytest.raises(TopicMismatchError, match="2"):
        await ensure_topics(settings, [TopicSpec(f"{topic_prefix}f", 3, "id")])
