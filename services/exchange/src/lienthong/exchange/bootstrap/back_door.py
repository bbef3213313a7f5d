"""The back door: what other services say becomes tables; and what comes into inboxes is brought to who wants it so."""

import asyncio
from collections.abc import Mapping

from lienthong.common.broker import (
    DeadLetters,
    make_broker,
    make_producer,
    run_subscriptions,
    subscribe,
)
from lienthong.common.database import generation
from lienthong.common.inbox import Effect, Inbox
from lienthong.common.messages.accounts import AgencyChanged, CertificateChanged, RevocationListPublished
from lienthong.common.messages.envelope import Catalogue
from lienthong.common.messages.topics import AGENCIES, CERTIFICATES, REVOCATION_LISTS
from lienthong.common.pauses import wait_at_most
from lienthong.common.reading import ServiceEvents
from lienthong.common.trust import TrustFollower
from lienthong.exchange.bootstrap.addresses import CONSUMER
from lienthong.exchange.bootstrap.beside import beside
from lienthong.exchange.bootstrap.own_topics import keepers
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.bootstrap.webhooks import open_webhooks
from lienthong.exchange.subscribers.agency import on_agency_changed
from lienthong.exchange.subscribers.certificate import on_certificate_changed
from lienthong.exchange.subscribers.revocation_list import on_revocation_list_published

LISTENED: Mapping[str, Effect] = {
    AgencyChanged.TYPE: on_agency_changed,
    CertificateChanged.TYPE: on_certificate_changed,
    RevocationListPublished.TYPE: on_revocation_list_published,
}


TOPICS_READ = (AGENCIES, CERTIFICATES, REVOCATION_LISTS)


async def work(parts: Parts, stop: asyncio.Event) -> None:
    """The back door: what accounts says becomes tables; beside it, webhooks are sent."""
    producer = make_producer(parts.broker)
    async with parts.database.connection() as connection:
        born = await generation(connection)
    await producer.start()
    try:
        inbox = _inbox(parts, DeadLetters(producer, CONSUMER, parts.telemetry))
        await _until_ready(parts.trust, stop)  # before that, nobody's signature could be judged
        broker = make_broker(parts.broker)
        subscriptions = [
            subscribe(broker, topic.name, f"{CONSUMER}.{topic.name}.{born}", inbox.page, telemetry=parts.telemetry)
            for topic in TOPICS_READ
        ]
        parts.back_door.subscriptions = subscriptions
        async with open_webhooks(parts) as webhooks, beside(inbox.run_retries, webhooks.run, *keepers(parts)):
            await run_subscriptions(broker, subscriptions, stop)
    finally:
        await producer.stop()


def _inbox(parts: Parts, dead: DeadLetters) -> Inbox:
    catalogue = Catalogue([AgencyChanged, CertificateChanged, RevocationListPublished])
    read = ServiceEvents(parts.trust, catalogue)
    return Inbox(
        CONSUMER,
        parts.database,
        effects=LISTENED,
        read=read,
        dead_letters=dead,
        clock=parts.clock,
        telemetry=parts.telemetry,
    )


async def _until_ready(trust: TrustFollower, stop: asyncio.Event) -> None:
    while not (trust.ready or stop.is_set()):
        await wait_at_most(stop, 0.1)
