"""The agencies' listener: a certificate of one's own or no connection, an ACL or no answer."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AclBinding, AclBindingFilter, AdminClient  # pyright: ignore[reportPrivateImportUsage]

from lienthong.common import pki
from lienthong.common.ids import new_id
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.kafka_tls import ClientFiles
from lienthong.common.testing.plugin import MakeTopic

MakeClient = Callable[[str], ClientFiles]
Allow = Callable[[str, str, str], None]


@pytest.fixture
def admin(kafka: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": kafka})


@pytest.fixture
def allow(admin: AdminClient) -> Iterator[Allow]:
    """Grants a principal one operation on one topic; taken back at the end."""
    granted: list[tuple[str, str, str, str, str, str, str]] = []

    def grant(principal: str, topic: str, operation: str) -> None:
        granted.append(("topic", topic, "literal", principal, "*", operation, "allow"))
        for done in admin.create_acls([AclBinding(*granted[-1])]).values():
            done.result(timeout=10)

    yield grant
    for done in admin.delete_acls([AclBindingFilter(*one) for one in granted]).values():
        done.result(timeout=10)


async def test_without_a_certificate_nobody_connects(servers: Servers, make_agency_client: MakeClient) -> None:
    anchors = make_agency_client(str(new_id())).anchors
    with pytest.raises(KafkaConnectionError):
        await listed_topics(servers, ssl.create_default_context(cafile=str(anchors)))


async def test_plain_text_gets_no_connection(servers: Servers) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers.kafka_agencies, request_timeout_ms=3000)
    with pytest.raises(KafkaConnectionError):
        await consumer.start()
    await consumer.stop()


async def test_a_certificate_of_another_authority_gets_no_connection(
    servers: Servers, make_agency_client: MakeClient, tmp_path: Path
) -> None:
    mine = make_agency_client(str(new_id()))
    foreign = self_made_client(tmp_path, str(new_id()), mine.anchors)
    with pytest.raises(KafkaConnectionError):
        await listed_topics(servers, foreign.context())


async def test_the_broker_shows_a_certificate_of_the_authority_for_its_address(
    servers: Servers, make_agency_client: MakeClient
) -> None:
    context = make_agency_client(str(new_id())).context()
    assert context.check_hostname
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    await listed_topics(servers, context)


async def test_tls_below_1_3_is_refused(servers: Servers, make_agency_client: MakeClient) -> None:
    context = make_agency_client(str(new_id())).context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(KafkaConnectionError):
        await listed_topics(servers, context)


async def test_a_certificate_without_an_acl_may_nothing(
    servers: Servers, make_agency_client: MakeClient, make_topic: MakeTopic
) -> None:
    topic = await make_topic("inbox")
    client = make_agency_client(str(new_id()))
    context = client.context()
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        await read(servers, topic, client)
    with pytest.raises(TopicAuthorizationFailedError):
        await write(servers, topic, context)
    assert topic not in await listed_topics(servers, context)


async def test_to_see_a_topic_is_not_to_read_it(
    servers: Servers, make_agency_client: MakeClient, make_topic: MakeTopic, allow: Allow
) -> None:
    agency, topic = str(new_id()), await make_topic()
    allow(f"User:{agency}", topic, "describe")
    client = make_agency_client(agency)
    assert await listed_topics(servers, client.context()) == {topic}
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        await read(servers, topic, client)


async def test_an_agency_reads_its_own_inbox_and_no_other(
    servers: Servers, make_agency_client: MakeClient, make_topic: MakeTopic, allow: Allow
) -> None:
    agency = str(new_id())
    own, other = await make_topic("inbox.own"), await make_topic("inbox.other")
    allow(f"User:{agency}", own, "read")
    async with AIOKafkaProducer(bootstrap_servers=servers.kafka) as producer:
        for topic in (own, other):
            await producer.send_and_wait(topic, topic.encode())
    client = make_agency_client(agency)
    assert await read(servers, own, client) == own.encode()
    assert await listed_topics(servers, client.context()) == {own}
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        await read(servers, other, client)
    with pytest.raises(TopicAuthorizationFailedError):
        await write(servers, own, client.context())


@pytest.mark.parametrize("name", ["ANONYMOUS", "User.ANONYMOUS", "broker", "admin", "localhost"])
async def test_no_certificate_can_pose_as_the_super_user(
    servers: Servers, make_agency_client: MakeClient, make_topic: MakeTopic, name: str
) -> None:
    topic = await make_topic()
    with pytest.raises(TopicAuthorizationFailedError):
        await write(servers, topic, make_agency_client(name).context())


async def test_a_certificate_that_only_begins_with_an_agencys_id_is_not_that_agency(
    servers: Servers, make_agency_client: MakeClient, make_topic: MakeTopic, allow: Allow
) -> None:
    agency = str(new_id())
    topic = await make_topic()
    allow(f"User:{agency}", topic, "write")
    await write(servers, topic, make_agency_client(agency).context())
    for name in (f"{agency}.", f"{agency.upper()}", f"0{agency}"):
        with pytest.raises(TopicAuthorizationFailedError):
            await write(servers, topic, make_agency_client(name).context())


async def test_an_agency_cannot_make_topics_or_grant_itself_anything(
    servers: Servers, make_agency_client: MakeClient, admin: AdminClient, topic_prefix: str
) -> None:
    agency = str(new_id())
    client = make_agency_client(agency)
    own = AdminClient({"bootstrap.servers": servers.kafka_agencies, **client.librdkafka()})
    acl = AclBinding("topic", "*", "literal", f"User:{agency}", "*", "all", "allow")
    for done in own.create_acls([acl]).values():
        with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
            done.result(timeout=10)
    async with AIOKafkaProducer(
        bootstrap_servers=servers.kafka_agencies, security_protocol="SSL", ssl_context=client.context()
    ) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(f"{topic_prefix}own", b"x")
    assert f"{topic_prefix}own" not in admin.list_topics(timeout=10).topics


async def read(servers: Servers, topic: str, client: ClientFiles) -> bytes | None:
    """The topic's first value. By librdkafka: aiokafka asks for ever where it is not authorised."""
    settings = {"bootstrap.servers": servers.kafka_agencies, "group.id": "none", "enable.auto.commit": False}
    consumer = Consumer({**settings, **client.librdkafka()})
    try:
        return await asyncio.to_thread(first_value, consumer, topic)
    finally:
        consumer.close()


def first_value(consumer: Consumer, topic: str) -> bytes | None:
    refusal = consumer.list_topics(topic, timeout=10).topics[topic].error
    if refusal is not None:
        raise KafkaException(refusal)
    consumer.assign([TopicPartition(topic, 0, 0)])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        message = consumer.poll(0.2)
        fault = message.error() if message is not None else None
        # librdkafka also looks for the group's coordinator, which is refused here and not needed.
        if fault is not None and fault.code() != KafkaError.GROUP_AUTHORIZATION_FAILED:
            raise KafkaException(fault)
        if message is not None and fault is None:
            return message.value()
    raise TimeoutError("neither a record nor a refusal in 10 s")


async def write(servers: Servers, topic: str, context: ssl.SSLContext) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=servers.kafka_agencies, security_protocol="SSL", ssl_context=context
    ) as producer:
        await producer.send_and_wait(topic, b"written by an agency")


async def listed_topics(servers: Servers, context: ssl.SSLContext) -> set[str]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers.kafka_agencies, security_protocol="SSL", ssl_context=context, request_timeout_ms=5000
    )
    try:
        await consumer.start()
        return await consumer.topics()
    finally:
        await consumer.stop()


def self_made_client(folder: Path, identifier: str, anchors: Path) -> ClientFiles:
    now = dt.datetime.now(dt.UTC)
    stranger = pki.make_training_authority(now, name="embedded").issuing
    key = pki.generate_key()
    certificate = pki.issue_kafka_client(stranger, pki.own_key(key), identifier=identifier, at=now)
    files = ClientFiles(folder / "foreign.crt", folder / "foreign.key", anchors)
    files.certificate.write_bytes(certificate.to_pem() + b"".join(each.to_pem() for each in stranger.chain))
    files.key.write_bytes(pki.key_to_pem(key))
    return files
