"""The other duties of a process: tables and topics, relay, timers; and what operators work on."""

import asyncio
from collections.abc import Sequence
from importlib.resources import files

from lienthong.common.audit_log.copying import Audited
from lienthong.common.broker import (
    ensure_topics,
    make_producer,
)
from lienthong.common.clock import SystemClock
from lienthong.common.database import COMMON_MIGRATIONS, Migrations, create_database, migrate
from lienthong.common.http import ReadinessCheck
from lienthong.common.messages.topics import ALL_TOPICS, dead_letters
from lienthong.common.operating import Operated
from lienthong.common.relay import Relay
from lienthong.common.roles import Process
from lienthong.exchange.bootstrap.own_topics import standing_topics
from lienthong.exchange.bootstrap.parts import CONSUMER, Parts, broker_settings, dsn_of
from lienthong.exchange.settings import ExchangeSettings
from lienthong.exchange.store import certificates, messages, own_topics

MIGRATIONS = Migrations("exchange", files("lienthong.exchange").joinpath("migrations"))


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


def operated() -> Operated:
    """What `lienthong ops` works on. Raises SettingsError."""
    settings = ExchangeSettings.load()
    clock = SystemClock(settings.clock_offset)
    audited = Audited("exchange", settings.environment, settings.anchors, certificates.witnesses)
    return Operated(dsn_of(settings), clock, broker_settings(settings, "operator"), audited, (CONSUMER,))
