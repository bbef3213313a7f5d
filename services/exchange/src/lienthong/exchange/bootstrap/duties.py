"""The other duties of a process: tables and topics, relay, timers."""

import asyncio
from collections.abc import Sequence

from lienthong.common.broker import (
    ensure_topics,
    make_producer,
)
from lienthong.common.database import COMMON_MIGRATIONS, create_database, migrate
from lienthong.common.http import ReadinessCheck
from lienthong.common.messages.topics import ALL_TOPICS, dead_letters
from lienthong.common.relay import Relay
from lienthong.common.roles import Process
from lienthong.exchange.bootstrap.addresses import CONSUMER, MIGRATIONS, broker_settings, dsn_of
from lienthong.exchange.bootstrap.own_topics import standing_topics
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.settings import ExchangeSettings
from lienthong.exchange.store import messages, own_topics


async def migrate_all(settings: ExchangeSettings, process: Process) -> None:
    """Database, tables and topics as this program needs them."""
    await create_database(settings.postgres.get_secret_value(), settings.exchange_database)
    await migrate(dsn_of(settings), COMMON_MIGRATIONS, MIGRATIONS)
    own = await standing_topics(dsn_of(settings))
    await ensure_topics(broker_settings(settings, process.role), [*ALL_TOPICS, dead_letters(CONSUMER), *own])


async def relay(parts: Parts, stop: asyncio.Event) -> None:
    """Step 5 of docs/way-of-a-document.md: what the outbox holds goes to Kafka."""
    sender = Relay(
        parts.database,
        lambda: make_producer(parts.broker),
        parts.telemetry,
        contents=(messages.contents, own_topics.contents),
        bell=parts.outbox_bell,
    )
    await sender.run(stop)


def readiness(parts: Parts) -> Sequence[ReadinessCheck]:
    """What a process without the front door waits for."""
    return [parts.trust.missing, parts.back_door.missing] if parts.follows_trust else []
