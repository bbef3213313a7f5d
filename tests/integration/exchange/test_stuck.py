"""Operators see where a delivery hangs: each place is brought about on real servers, seen, and left again."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from tests.integration.exchange.changing import ASK, REFUSED, acknowledged, answer_to, say, sent
from tests.integration.exchange.own_topic import opened
from tests.integration.exchange.province import Province, Running, free_port
from tests.integration.exchange.world import Agency, World
from tests.integration.operating.operating import Operator

from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.status import StatusCode
from lienthong.common.messages.topics import DOCUMENTS

NAME = "stuck"


@pytest.fixture
def operator(province: Province) -> Operator:
    return Operator(province.servers.kafka, province.dsn(NAME))


@pytest.fixture
async def world(province: Province, exchange: Running) -> AsyncGenerator[World]:
    """An exchange without relay and timers, until a test starts them."""
    assert exchange
    started = await asyncio.to_thread(_start, province)
    async with province.world(started[0].url, NAME) as opened:
        yield opened
    for running in started:
        await asyncio.to_thread(running.child.terminate)


def _start(province: Province) -> list[Running]:
    assert role(province, "migrate").child.popen.wait(60) == 0
    api, worker = role(province, "api"), role(province, "worker")
    return [api.wait_ready(), worker.wait_ready()]


def role(province: Province, name: str, **settings: str) -> Running:
    run = str(province.folder / NAME / "run" / name)
    return province.start(NAME, name, port=free_port(), LIENTHONG_RUN_DIR=run, **settings)


@asynccontextmanager
async def running(province: Province, name: str, **settings: str) -> AsyncGenerator[Running]:
    """One more process of this exchange while the block runs."""
    started = await asyncio.to_thread(role(province, name, **settings).wait_live)
    try:
        yield started
    finally:
        await asyncio.to_thread(started.child.terminate)


async def places(operator: Operator, recipient: Agency, *options: str) -> list[dict[str, Any]]:
    """Where deliveries to this agency hang, the patience being over everywhere unless options say otherwise."""
    found = await operator.value("stuck", *(options or ("--older-than", "0s")))
    return [each for each in found if each["recipient"] == str(recipient.id)]


def named(found: list[dict[str, Any]]) -> list[str]:
    return sorted(each["place"] for each in found)


async def outbox_is_empty(world: World) -> bool:
    return not await world.rows("SELECT FROM outbox")


async def test_a_document_is_followed_from_place_to_place(world: World, province: Province, operator: Operator) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    found = await places(operator, recipient)
    assert named(found) == ["kafka_waiting", "not_read"]
    assert await places(operator, recipient, "--most", "100") == [], "younger than an installation's patience"
    async with running(province, "relay"):
        await world.until(lambda: outbox_is_empty(world), "everything is on Kafka")
    (unread,) = await places(operator, recipient)
    assert (unread["place"], unread["from"], unread["to"]) == ("not_read", sender.name, recipient.name)
    assert (unread["entry"], unread["last_read_at"]) == ("ordinary:1", None)
    assert "Báo cáo" not in str(unread)

    (entry,), _ = await recipient.read()
    assert (unread["source"], unread["message_id"]) == (entry.event["source"], entry.event["id"])
    (read,) = await places(operator, recipient)
    assert (read["place"], read["last_read_at"] is None) == ("not_acknowledged", False)
    assert (await recipient.acknowledge(1)).status_code == 200
    assert named(await places(operator, recipient)) == ["not_handled"]
    assert (await recipient.report(entry, StatusCode.ARRIVED)).status_code == 201
    assert named(await places(operator, recipient)) == ["not_handled"]
    assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201
    assert await places(operator, recipient) == []
    people = await operator.ops("stuck", "--older-than", "0s", lang="vi")
    assert (people.code, "Chưa đưa được lên Kafka" in people.out) == (0, True), "the statuses wait for the relay"


async def test_a_record_that_kafka_refuses_is_told_at_once(
    world: World, province: Province, operator: Operator
) -> None:
    sender, recipient = await world.agencies(2)

    async def is_refused() -> bool:
        return bool(await world.rows("SELECT FROM outbox_refusal WHERE key = $1", str(sender.id)))

    async with taking_nothing(province, DOCUMENTS[Lane.URGENT].name), running(province, "relay"):
        await sender.send(recipient, priority=Priority.EXPRESS)
        await world.until(is_refused, "Kafka refuses the record")
        found = await places(operator, recipient, "--most", "100")
    assert named(found) == ["kafka_refused"]
    async with running(province, "relay"):
        await operator.ops("outbox", "retry", sender.id)
        await world.until(lambda: outbox_is_empty(world), "everything is on Kafka")
    assert named(await places(operator, recipient)) == ["not_read"]


@asynccontextmanager
async def taking_nothing(province: Province, topic: str) -> AsyncGenerator[None]:
    """A topic that takes no record while the block runs."""
    admin = AIOKafkaAdminClient(bootstrap_servers=province.servers.kafka)
    await admin.start()
    try:
        await _set_limit(admin, topic, "100")
        yield
        await _set_limit(admin, topic, "4194304")
    finally:
        await admin.close()


async def _set_limit(admin: AIOKafkaAdminClient, topic: str, limit: str) -> None:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": limit})
    await admin.alter_configs([resource])


async def test_a_webhook_that_fails_is_where_its_documents_hang(
    world: World, province: Province, operator: Operator
) -> None:
    sender, recipient = await world.agencies(2)
    put = await world.http.put(
        "/v1/inbox/ordinary/webhook", json={"url": f"http://127.0.0.1:{free_port()}/"}, headers=recipient.headers
    )
    assert put.status_code in {200, 201}, put.text
    async with running(province, "relay"):
        await sender.send(recipient)

        async def fails() -> bool:
            await outbox_is_empty(world)
            return named(await places(operator, recipient)) == ["webhook_failing"]

        await world.until(fails, "the webhook fails", seconds=40)


async def test_an_own_topic_is_a_place_besides_the_inbox(world: World, province: Province, operator: Operator) -> None:
    sender, recipient = await world.agencies(2)
    await opened(recipient)
    await sender.send(recipient)
    found = await places(operator, recipient)
    assert named(found) == ["kafka_waiting", "not_read", "own_topic"]
    assert await places(operator, sender) == []
    async with running(province, "relay"):
        await world.until(lambda: outbox_is_empty(world), "everything is on Kafka")
    assert named(await places(operator, recipient)) == ["not_read"]


@pytest.mark.parametrize("kind", ["take_back", "update"])
async def test_a_request_is_where_its_document_hangs_until_it_is_answered(
    world: World, province: Province, operator: Operator, kind: str
) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    entry = await acknowledged(recipient)
    for status in (StatusCode.ARRIVED, StatusCode.RECEIVED):
        assert (await recipient.report(entry, status)).status_code == 201
    await say(sender, ASK[kind](sender, document, [recipient]))
    asked = await acknowledged(recipient)
    async with running(province, "relay"):
        await world.until(lambda: outbox_is_empty(world), "everything is on Kafka")
        (found,) = await places(operator, recipient)
        assert (found["place"], found["message_id"]) == ("unanswered", str(document.id))
        await say(recipient, answer_to(asked, recipient, REFUSED))
        await world.until(lambda: outbox_is_empty(world), "everything is on Kafka")
    assert await places(operator, recipient) == []


async def test_gauges_count_what_hangs_and_what_is_late(world: World, province: Province) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    await world.rows("UPDATE due SET due_at = date_trunc('second', now()) WHERE NOT over")
    settings = {"LIENTHONG_EXCHANGE_MEASURE_SECONDS": "0.1", "LIENTHONG_EXCHANGE_STUCK_UNREAD_SECONDS": "0.1"}
    async with running(province, "timers", **settings) as timers, httpx.AsyncClient() as http:

        async def is_counted() -> bool:
            told = (await http.get(f"{timers.url}/metrics")).text
            stuck = re.search(r'^lienthong_exchange_stuck_deliveries\{place="not_read"\} ([0-9.]+)', told, re.MULTILINE)
            late = re.search(r"^lienthong_exchange_overdue_deliveries ([0-9.]+)", told, re.MULTILINE)
            assert str(recipient.id) not in told
            return bool(stuck and late and float(stuck[1]) >= 1 and float(late[1]) >= 1)

        await world.until(is_counted, "the gauges show it")


@pytest.mark.parametrize("span", ["1", "h", "-1h", "1w", "9999999d"])
async def test_odd_spans_are_refused(province: Province, exchange: Running, span: str) -> None:
    operator = Operator(province.servers.kafka, province.dsn(exchange.name))
    assert (await operator.ops("stuck", f"--older-than={span}")).code == 2
