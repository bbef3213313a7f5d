"""Topics and rights of agencies at the broker."""

from collections.abc import Collection
from uuid import UUID

from lienthong.common.broker import (
    BrokerSettings,
    Operation,
    Resource,
    Right,
    ensure_topics,
    remove_topic,
    settle_rights,
)
from lienthong.common.messages.topics import TopicSpec, own_topic
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.own_topics import group_prefix_of, principal_of

_LEADER_SECONDS = 10.0


class AgencyTopics:
    """Harmless to repeat, all of it. Everything raises KafkaError, TopicsUnavailableError or TopicMismatchError."""

    def __init__(self, broker: BrokerSettings) -> None:
        self._broker = broker

    async def make(self, specs: Collection[TopicSpec]) -> None:
        """Make the topics exist."""
        if specs:
            await ensure_topics(self._broker, list(specs), wait_seconds=_LEADER_SECONDS)

    async def remove(self, spec: TopicSpec) -> None:
        """Make the topic not exist."""
        await remove_topic(self._broker, spec.name)

    async def allow(self, agencies: Collection[UUID], inboxes: Collection[InboxKey]) -> None:
        """Let these agencies read the topics of these inboxes, each its own, and nothing else."""
        rights = [right for inbox in inboxes for right in rights_to(inbox)]
        await settle_rights(self._broker, {principal_of(each) for each in agencies}, rights)


def rights_to(inbox: InboxKey) -> list[Right]:
    """What an agency may with its own topic: see and read it, in groups of its own. It writes nowhere."""
    principal, name = principal_of(inbox.agency_id), own_topic(*inbox).name
    return [
        Right(principal, Resource.TOPIC, name, Operation.READ),
        Right(principal, Resource.TOPIC, name, Operation.DESCRIBE),
        Right(principal, Resource.GROUP, group_prefix_of(inbox.agency_id), Operation.READ, prefixed=True),
    ]
