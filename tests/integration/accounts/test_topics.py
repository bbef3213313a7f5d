"""What accounts says: signed, compacted, in order of versions; enough to rebuild everything from nothing."""

import asyncio
import json
from collections import defaultdict
from dataclasses import replace
from typing import Any, cast

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from tests.integration.accounts.conftest import NewSeal
from tests.integration.accounts.installation import (
    Installation,
    MachineClient,
    client_event,
    order_event,
    post,
    renew,
    sign,
    until,
)

from lienthong.common.clock import SystemClock
from lienthong.common.messages.accounts import (
    AgencyChanged,
    CertificateChanged,
    CertificateOrder,
    ClientChanged,
    RevocationListPublished,
    TokenKeyChanged,
)
from lienthong.common.messages.envelope import Catalogue
from lienthong.common.messages.topics import ALL_TOPICS
from lienthong.common.pki import make_training_authority
from lienthong.common.signing import STORED, SignedBytes
from lienthong.common.trust import TrustFollower

CATALOGUE = Catalogue([AgencyChanged, CertificateChanged, RevocationListPublished, TokenKeyChanged, ClientChanged])
TOPICS = [spec.name for spec in ALL_TOPICS if spec.owner == "accounts"]


async def read_topics(accounts: Installation) -> list[Any]:
    """Every record of accounts' topics from the start."""
    consumer = AIOKafkaConsumer(bootstrap_servers=accounts.servers.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, 0) for topic in TOPICS]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        records: list[Any] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for page in (await consumer.getmany(timeout_ms=500)).values():
                records += page
        return records
    finally:
        await consumer.stop()


async def settled(accounts: Installation) -> None:
    """Wait until everything said has left."""
    for _ in range(200):
        if (await accounts.fetch("SELECT count(*) AS n FROM outbox"))[0]["n"] == 0:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("the outbox is not empty")


def signed_of(record: Any) -> SignedBytes:
    headers = dict(record.headers)
    assert headers["content-type"] == b"application/cloudevents+json"
    return SignedBytes(record.value, headers["jws-signature"].decode())


async def own_records(accounts: Installation, reader: TrustFollower) -> list[tuple[Any, Any]]:
    """Records this installation said, each verified, with its event."""
    found: list[tuple[Any, Any]] = []
    for record in await read_topics(accounts):
        signed = signed_of(record)
        known = reader.certificates.find(signed.unverified_header().fingerprint)
        if known is None or known.holder != "/services/accounts":
            continue  # another installation's
        verified = reader.verifier.verify(
            signed, at=SystemClock().now(), certificates=reader.certificates, policy=STORED
        )
        assert verified.holder == "/services/accounts"
        found.append((record, CATALOGUE.read_any(verified.payload)))
    return found


async def test_a_reader_that_knows_only_the_anchors_rebuilds_everything(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    seal, client = await new_seal(), MachineClient()
    assert (await post(http, "/v1/client-requests", sign(seal, client_event(seal, client)))).status_code == 201
    new = await renew(http, seal)
    order = order_event(new, seal.fingerprint, CertificateOrder.REVOKE)
    assert (await post(http, "/v1/certificate-orders", sign(new, order))).status_code == 201
    await settled(accounts)
    async with accounts.follow() as reader:
        rebuilt: dict[str, dict[str, Any]] = defaultdict(dict)
        for record, event in await own_records(accounts, reader):
            before = rebuilt[record.topic].get(record.key.decode())
            if before is None or before.version < event.data.version:
                rebuilt[record.topic][record.key.decode()] = event.data
    for topic, table, key in (
        ("accounts.agency.v1", "agency", "agency_id"),
        ("accounts.certificate.v1", "certificate", "fingerprint"),
        ("accounts.client.v1", "client", "client_id"),
        ("accounts.token_key.v1", "token_key", "key_id"),
    ):
        rows = await accounts.fetch(f"SELECT {key}::text AS key, version, state FROM {table}")
        kept = {row["key"]: (row["version"], row["state"]) for row in rows}
        assert {key: (each.version, each.state.value) for key, each in rebuilt[topic].items()} == kept, topic
    rows = await accounts.fetch("SELECT issuer AS key, version FROM revocation_list")
    lists = {key: each.version for key, each in rebuilt["accounts.revocation_list.v1"].items()}
    assert lists == {row["key"]: row["version"] for row in rows}


async def test_versions_grow_by_one_and_every_record_belongs_where_it_is(accounts: Installation) -> None:
    await settled(accounts)
    last: dict[tuple[str, str], int] = defaultdict(int)
    async with accounts.follow() as reader:
        for record, event in await own_records(accounts, reader):
            key = (record.topic, record.key.decode())
            assert event.TOPIC.name == record.topic
            assert event.source == "/services/accounts"
            assert event.subject == key[1]
            assert event.data.version == last[key] + 1
            last[key] = event.data.version


async def test_accounts_own_certificate_is_said_before_anything_else(accounts: Installation) -> None:
    (first,) = await accounts.fetch("SELECT payload FROM event ORDER BY said_at, id LIMIT 1")
    event = json.loads(first["payload"])
    assert event["type"] == CertificateChanged.TYPE
    assert event["data"]["holder"]["service"] == "accounts"


async def test_topics_are_compacted_and_kept_for_ever(accounts: Installation) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=accounts.servers.kafka)
    await admin.start()
    try:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in TOPICS]
        (answer,) = await admin.describe_configs(asked)
    finally:
        await admin.close()
    policies = {
        str(each[3]): {str(entry[0]): entry[1] for entry in each[4]}["cleanup.policy"]
        for each in cast("Any", answer).resources
    }
    assert policies == dict.fromkeys(TOPICS, "compact")


async def test_a_service_certificate_laid_into_the_folder_is_known_to_all(accounts: Installation) -> None:
    services = accounts.folder / "services"
    async with accounts.follow() as reader:
        foreign = replace(accounts, authority=make_training_authority(SystemClock().now())).certify("office", services)
        fingerprint = accounts.certify("exchange", services)
        await until(lambda: reader.certificates.find(fingerprint) is not None)
        known = reader.certificates.find(fingerprint)
        assert known is not None
        assert known.holder == "/services/exchange"
        assert await accounts.fetch("SELECT FROM certificate WHERE fingerprint = $1", foreign) == []
