"""Agencies' own topics: what is behind their routes, and who keeps them at the broker."""

import asyncio
from collections.abc import Awaitable, Callable

from lienthong.common.database import Database
from lienthong.common.messages.topics import TopicSpec
from lienthong.common.outbox import Outbox
from lienthong.exchange.api.topics import TopicDoors
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.clients.agency_topics import AgencyTopics
from lienthong.exchange.domain.own_topics import TopicState
from lienthong.exchange.store import own_topics
from lienthong.exchange.usecases.keep_topics import KeepTopics
from lienthong.exchange.usecases.manage_topic import ManageTopic


def open_topics(parts: Parts) -> TopicDoors:
    """What is behind the routes."""
    address = parts.settings.kafka_agencies
    manage = ManageTopic(parts.database, parts.clock, address)
    return TopicDoors(manage.open, manage.show, manage.close, address)


def keepers(parts: Parts) -> list[Callable[[asyncio.Event], Awaitable[None]]]:
    """Who keeps them, by what accounts says of agencies and their clients; nobody where they are not offered."""
    if parts.settings.kafka_agencies is None:
        return []
    outbox = Outbox(parts.database, parts.outbox_bell)
    find_client = parts.trust.clients.find
    return [KeepTopics(parts.database, AgencyTopics(parts.broker), outbox, parts.clock, find_client=find_client).run]


async def standing_topics(dsn: str) -> list[TopicSpec]:
    """Those that are open, as the database knows them: made again after the loss of a broker."""
    async with Database.open(dsn, name="migrate") as database, database.connection() as connection:
        known = await own_topics.find_all(connection)
    return [topic.spec for topic, _ in known if topic.state is TopicState.OPEN]
