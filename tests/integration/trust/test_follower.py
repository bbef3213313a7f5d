"""A process learns whose keys to believe from the real broker, and keeps learning."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer

from lienthong.common.broker import BrokerSettings, ensure_topics, make_producer
from lienthong.common.clock import SystemClock
from lienthong.common.messages.accounts import CertificateState
from lienthong.common.messages.topics import TopicSpec
from lienthong.common.signing import HeldBy, Reason, SignatureRefused
from lienthong.common.telemetry import Telemetry, make_telemetry
from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.voice import Identity, Voice, publish
from lienthong.common.trust import AccountsStatement, TrustFollower, TrustNotCurrent, TrustTopics

ACTIVE, REVOKED = CertificateState.ACTIVE, CertificateState.REVOKED


@pytest.fixture
def voice() -> Voice:
    return Voice(SystemClock())


@pytest.fixture
def telemetry() -> Telemetry:
    return make_telemetry("test")


def own_topics(prefix: str) -> TrustTopics:
    """Topics of one test, so that tests do not meet."""
    return TrustTopics(*(prefix + name for name in TrustTopics().subjects()))


@pytest.fixture
async def topics(kafka: str, topic_prefix: str) -> TrustTopics:
    topics = own_topics(topic_prefix)
    specs = [TopicSpec(name, 1, "test", compacted=True) for name in topics.subjects()]
    await ensure_topics(BrokerSettings(kafka, "test"), specs)
    return topics


@pytest.fixture
async def producer(kafka: str) -> AsyncGenerator[AIOKafkaProducer]:
    producer = make_producer(BrokerSettings(kafka, "test"), linger_ms=0)
    await producer.start()
    yield producer
    await producer.stop()


@asynccontextmanager
async def following(
    kafka: str,
    voice: Voice,
    topics: TrustTopics,
    telemetry: Telemetry | None = None,
    *,
    silence: float = 60.0,
    most_waiting: int = 1000,
) -> AsyncGenerator[TrustFollower]:
    follower = TrustFollower(
        BrokerSettings(kafka, "test", request_timeout_ms=3000),
        voice.store,
        SystemClock(),
        telemetry or make_telemetry("test"),
        topics=topics,
        max_silence=timedelta(seconds=silence),
        most_waiting=most_waiting,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(follower.run(stop))
    try:
        yield follower
    finally:
        stop.set()
        await running


def judged(follower: TrustFollower, of: Identity) -> Reason | None:
    try:
        follower.verifier.verify(
            of.signer.sign(b"{}"),
            at=SystemClock().now(),
            certificates=follower.certificates,
            policy=HeldBy(of.source),
        )
    except SignatureRefused as refused:
        return refused.reason
    return None


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait for the condition; gives how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "did not come in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def test_a_fresh_reader_begins_with_the_anchors_alone(
    kafka: str, voice: Voice, topics: TrustTopics, producer: AIOKafkaProducer
) -> None:
    agency, exchange = voice.agency(), voice.service("exchange")
    await publish(producer, topics, voice.beginning(agency, exchange))
    async with following(kafka, voice, topics) as follower:
        await follower.wait_ready(20)
        assert judged(follower, agency) is None
        assert judged(follower, exchange) is None
        assert follower.current()
        assert await follower.missing() is None


async def test_empty_topics_are_ready_and_know_nobody(kafka: str, voice: Voice, topics: TrustTopics) -> None:
    async with following(kafka, voice, topics) as follower:
        await follower.wait_ready(20)
        assert judged(follower, voice.agency()) is Reason.CERTIFICATE_UNKNOWN


async def test_topics_that_are_made_later_are_waited_for(
    kafka: str, voice: Voice, topic_prefix: str, producer: AIOKafkaProducer
) -> None:
    topics = own_topics(topic_prefix)
    agency = voice.agency()
    async with following(kafka, voice, topics) as follower:
        await asyncio.sleep(0.5)
        assert not follower.ready
        with pytest.raises(TrustNotCurrent):
            follower.require_current()
        specs = [TopicSpec(name, 1, "test", compacted=True) for name in topics.subjects()]
        await ensure_topics(BrokerSettings(kafka, "test"), specs)
        await publish(producer, topics, voice.beginning(agency))
        await until(lambda: follower.ready and judged(follower, agency) is None)


async def test_a_revocation_bites_within_two_seconds(
    kafka: str, voice: Voice, topics: TrustTopics, producer: AIOKafkaProducer
) -> None:
    agency = voice.agency()
    await publish(producer, topics, voice.beginning(agency))
    async with following(kafka, voice, topics) as one, following(kafka, voice, topics) as two:
        await one.wait_ready(20)
        await two.wait_ready(20)
        assert judged(one, agency) is None
        now = SystemClock().now()
        past = [(ACTIVE, now - timedelta(minutes=50)), (REVOKED, now)]
        await publish(producer, topics, [voice.certificate(agency, version=2, history=past)])
        took = await until(lambda: {judged(one, agency), judged(two, agency)} == {Reason.CERTIFICATE_REVOKED})
        assert took < 2.0


async def test_another_services_key_cannot_register_anybody(
    kafka: str, voice: Voice, topics: TrustTopics, producer: AIOKafkaProducer, telemetry: Telemetry
) -> None:
    exchange, agency = voice.service("exchange"), voice.agency()
    forged = voice.certificate(agency, by=exchange)
    await publish(producer, topics, [forged, *voice.beginning(exchange), forged])
    async with following(kafka, voice, topics, telemetry) as follower:
        await follower.wait_ready(20)
        assert judged(follower, exchange) is None
        assert judged(follower, agency) is Reason.CERTIFICATE_UNKNOWN
    shown = telemetry.metrics.exposition().decode()
    assert 'lienthong_trust_statements_total{outcome="foreign",subject="certificate"}' in shown


async def test_junk_on_the_topics_is_counted_and_stops_nobody(
    kafka: str, voice: Voice, topics: TrustTopics, producer: AIOKafkaProducer, telemetry: Telemetry
) -> None:
    agency = voice.agency()
    await producer.send_and_wait(topics.certificate, b"junk", key=b"k")
    await producer.send_and_wait(topics.certificate, None, key=agency.certificate.fingerprint.encode())
    headers = [("jws-signature", b"\xff"), ("jws-signature", None)]
    await producer.send_and_wait(topics.client, b"{}", key=b"\xff", headers=headers)  # pyright: ignore[reportArgumentType]
    await publish(producer, topics, voice.beginning(agency))
    async with following(kafka, voice, topics, telemetry) as follower:
        await follower.wait_ready(20)
        assert judged(follower, agency) is None
    shown = telemetry.metrics.exposition().decode()
    assert 'lienthong_trust_statements_total{outcome="malformed",subject="certificate"} 2.0' in shown


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_rotation_and_compaction_old_and_new_statements_verify_in_any_order(
    kafka: str, voice: Voice, topics: TrustTopics, producer: AIOKafkaProducer, seed: int
) -> None:
    early, late, old = voice.agency(), voice.agency(), voice.accounts
    said = voice.beginning(early)
    new = voice.service("accounts")
    said.append(voice.certificate(new))
    voice.accounts = new
    now = SystemClock().now()
    renewed = [(ACTIVE, old.certificate.not_before), (CertificateState.SUPERSEDED, now)]
    said += [voice.certificate(old, version=2, history=renewed), voice.certificate(late)]
    kept = list({(statement.subject, statement.key): statement for statement in said}.values())
    random.Random(seed).shuffle(kept)
    await publish(producer, topics, kept)
    async with following(kafka, voice, topics) as follower:
        await follower.wait_ready(20)
        assert [judged(follower, each) for each in (early, late, old, new)] == [None] * 4


async def test_a_list_that_ran_out_refuses_with_stale_until_the_next_one(
    kafka: str, voice: Voice, topics: TrustTopics, producer: AIOKafkaProducer
) -> None:
    agency = voice.agency()
    await publish(producer, topics, [*voice.beginning(agency)[2:], *short_lists(voice)])
    async with following(kafka, voice, topics) as follower:
        await follower.wait_ready(20)
        assert judged(follower, agency) is None
        await until(lambda: judged(follower, agency) is Reason.REVOCATION_STALE)
        await publish(producer, topics, voice.crls(number=2))
        await until(lambda: judged(follower, agency) is None)


def short_lists(voice: Voice) -> list[AccountsStatement]:
    """Lists that run out in about three seconds."""
    return voice.crls(lifetime=timedelta(seconds=63))


async def test_a_flood_of_strangers_does_not_push_out_what_accounts_said(
    kafka: str, voice: Voice, topics: TrustTopics, producer: AIOKafkaProducer, telemetry: Telemetry
) -> None:
    stranger, agency = Voice(SystemClock(), name="stranger"), voice.agency()
    own = voice.beginning(agency)
    flood = [stranger.certificate(stranger.accounts, version=number) for number in range(1, 60)]
    await publish(producer, topics, [*own[2:], *flood, *own[:2]])
    async with following(kafka, voice, topics, telemetry, most_waiting=20) as follower:
        await follower.wait_ready(30)
        assert judged(follower, agency) is None
    assert 'lienthong_trust_statements_total{outcome="dropped"' in telemetry.metrics.exposition().decode()


async def test_a_consumer_that_fell_silent_is_replaced(
    kafka: str, voice: Voice, topics: TrustTopics, producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its inner task ended without a word: nothing fails, nothing comes. A revocation must reach us all the same."""
    monkeypatch.setattr("lienthong.common.trust.follower._ANSWER_SECONDS", 2.0)
    agency = voice.agency()
    await publish(producer, topics, voice.beginning(agency))
    async with following(kafka, voice, topics) as follower:
        await follower.wait_ready()
        for task in asyncio.all_tasks():
            if "Fetcher" in repr(task.get_coro()):
                task.cancel()
        now = SystemClock().now()
        past = [(ACTIVE, now - timedelta(minutes=50)), (REVOKED, now)]
        await publish(producer, topics, [voice.certificate(agency, version=2, history=past)])
        await until(lambda: judged(follower, agency) is Reason.CERTIFICATE_REVOKED, seconds=20)


async def test_a_silent_broker_ends_acts_but_not_reading(private_servers: PrivateServers, voice: Voice) -> None:
    kafka, topics, agency = private_servers.addresses.kafka, TrustTopics(), voice.agency()
    settings = BrokerSettings(kafka, "test")
    await ensure_topics(settings, [TopicSpec(name, 1, "test", compacted=True) for name in topics.subjects()])
    producer = make_producer(settings, linger_ms=0)
    await producer.start()
    await publish(producer, topics, voice.beginning(agency))
    await producer.stop()
    async with following(kafka, voice, topics, silence=3.0) as follower:
        await follower.wait_ready(20)
        assert follower.current()
        private_servers.freeze("kafka")
        await until(lambda: not follower.current(), 15)
        with pytest.raises(TrustNotCurrent):
            follower.require_current()
        assert judged(follower, agency) is None
        private_servers.thaw("kafka")
        await until(follower.current, 30)
