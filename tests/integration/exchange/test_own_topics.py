"""An agency's own Kafka topic: its inbox by its numbers, for it alone, whatever fails meanwhile."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError
from tests.integration.exchange.own_topic import (
    Kafka,
    all_sent,
    check_records,
    group_of,
    manage,
    opened,
    reach,
    topic_of,
)
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World
from tests.integration.servers.test_agencies_listener import listed_topics, write

from lienthong.common.clock import SystemClock
from lienthong.common.database import Database
from lienthong.common.messages.accounts import AgencyLife, ClientState
from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.status import StatusCode
from lienthong.common.relay import Republisher
from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.processes import Processes


async def test_every_entry_from_the_first_number_told_is_there_in_order(
    world: World, province: Province, tmp_path: Path
) -> None:
    sender, recipient, other = await world.agencies(3)
    for _ in range(3):
        await sender.send(recipient)
    answer = await manage(recipient, "PUT")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["from_n"]) == ("asked", 4)
    posting = [asyncio.create_task(each.send(recipient, other)) for each in (sender, other) for _ in range(10)]
    told = await reach(recipient, "open")
    await asyncio.gather(*posting)
    await sender.send(recipient, priority=Priority.EXPRESS)
    await all_sent(world, told["topic"])

    kafka = Kafka.of(province.servers, recipient, tmp_path)
    records = await kafka.read(told["topic"], group_of(recipient))
    inbox = await recipient.read_all()
    assert check_records(recipient, records, Lane.ORDINARY, 4, [sender, other]) == inbox[3:]
    assert len(records) == 20
    for record, entry in zip(records, inbox[3:], strict=True):
        assert record["headers"]["receipt"].encode() == entry.receipt.payload
    assert told["bootstrap"] == province.servers.kafka_agencies
    assert (await recipient.acknowledge(23)).status_code == 200, "what lies in the topic was given"


async def test_both_lanes_notices_and_statuses_are_there_and_what_was_read_over_kafka_can_be_acknowledged(
    world: World, province: Province, tmp_path: Path
) -> None:
    sender, recipient = await world.agencies(2)
    for lane in Lane:
        assert (await opened(recipient, lane))["from_n"] == 1
    await opened(sender)
    sent = [await sender.send(recipient, priority=priority) for priority in (Priority.NORMAL, Priority.EXPRESS)]
    kafka = Kafka.of(province.servers, recipient, tmp_path)
    for lane, message in zip((Lane.ORDINARY, Lane.URGENT), sent, strict=True):
        await all_sent(world, topic_of(recipient, lane))
        records = await kafka.read(topic_of(recipient, lane), group_of(recipient, lane))
        [entry] = check_records(recipient, records, lane, 1, [sender])
        assert entry.message == message
        assert (await recipient.acknowledge(2, lane)).json()["code"] == "not_given_yet"
        assert (await recipient.acknowledge(1, lane)).status_code == 200
        if lane is Lane.ORDINARY:
            assert (await recipient.report(entry, StatusCode.ARRIVED)).status_code == 201
    await all_sent(world, topic_of(sender))
    records = await Kafka.of(province.servers, sender, tmp_path).read(topic_of(sender), group_of(sender))
    [status] = check_records(sender, records, Lane.ORDINARY, 1, [recipient])
    assert status.event["data"]["status"] == "01"


async def test_nobody_else_reads_it_and_nobody_writes_anywhere(
    world: World, province: Province, tmp_path: Path
) -> None:
    sender, recipient = await world.agencies(2)
    await opened(sender)
    await opened(recipient)
    topic = topic_of(recipient)
    await sender.send(recipient)
    await all_sent(world, topic)
    own, stranger = (Kafka.of(province.servers, agency, tmp_path) for agency in (recipient, sender))
    assert len(await own.read(topic, group_of(recipient))) == 1
    assert await stranger.read(topic, group_of(sender)) == [{"error": "TOPIC_AUTHORIZATION_FAILED"}]
    assert await stranger.read(topic_of(sender), group_of(recipient)) == [{"error": "GROUP_AUTHORIZATION_FAILED"}]
    assert await own.read("exchange.documents.ordinary.v1", group_of(recipient)) == [
        {"error": "TOPIC_AUTHORIZATION_FAILED"}
    ]
    assert await own.read("accounts.client.v1", group_of(recipient)) == [{"error": "TOPIC_AUTHORIZATION_FAILED"}]
    assert await listed_topics(province.servers, own.files.context()) == {topic}
    for name in (topic, topic_of(sender), "exchange.documents.ordinary.v1"):
        with pytest.raises(TopicAuthorizationFailedError):
            await write(province.servers, name, own.files.context())


async def test_routes_know_the_callers_own_topic_alone(world: World) -> None:
    one, other = await world.agencies(2)
    await opened(one)
    for method in ("GET", "DELETE"):
        answer = await manage(other, method)
        assert (answer.status_code, answer.json()["code"]) == (404, "own_topic_not_asked")
    without = await world.http.put("/v1/inbox/ordinary/topic")
    assert without.status_code == 401
    assert (await world.http.put("/v1/inbox/express/topic", headers=one.headers)).status_code == 400
    assert (await manage(one, "PUT")).json()["state"] == "open", "a repeat changes nothing"
    acts = await world.rows("SELECT act FROM audit WHERE who = $1 AND act LIKE 'own_topic%'", one.identity.source)
    assert [row["act"] for row in acts] == ["own_topic.ask"]


async def test_a_closed_topic_is_gone_and_can_be_asked_for_anew(
    world: World, province: Province, tmp_path: Path
) -> None:
    sender, recipient = await world.agencies(2)
    await opened(recipient)
    await sender.send(recipient)
    await all_sent(world, topic_of(recipient))
    closed = (await manage(recipient, "DELETE")).json()
    assert (closed["state"], closed["last_n"], closed["end_cause"]) == ("ending", 1, "closed")
    assert (await manage(recipient, "PUT")).json()["code"] == "own_topic_ending"
    await sender.send(recipient)
    ended = await reach(recipient, "ended")
    assert (await manage(recipient, "DELETE")).json() == ended
    kafka = Kafka.of(province.servers, recipient, tmp_path)
    assert await _refusals(kafka, recipient) <= {"TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED"}
    assert (await opened(recipient))["from_n"] == 3
    await sender.send(recipient)
    await all_sent(world, topic_of(recipient))
    records = await kafka.read(topic_of(recipient), group_of(recipient, "anew"))
    assert [record["headers"]["entry-number"] for record in records] == ["3"]


async def _refusals(kafka: Kafka, agency: Agency) -> set[str]:
    found = await kafka.read(topic_of(agency), group_of(agency))
    assert found
    return {str(each.get("error")) for each in found}


@pytest.mark.parametrize("how", ["agency ended", "grant withdrawn", "client suspended"])
async def test_who_may_act_no_more_loses_the_right_to_read(
    world: World, province: Province, tmp_path: Path, how: str
) -> None:
    sender, recipient = await world.agencies(2)
    await opened(recipient)
    await sender.send(recipient)
    await all_sent(world, topic_of(recipient))
    kafka = Kafka.of(province.servers, recipient, tmp_path)
    assert len(await kafka.read(topic_of(recipient), group_of(recipient))) == 1
    if how == "agency ended":
        await world.tell_agency(world.record(recipient, version=2, state=AgencyLife.ENDED))
    elif how == "grant withdrawn":
        await world.tell([world.voice.client(recipient.client_id, [sender.id], version=2)])
    else:
        await world.tell(
            [world.voice.client(recipient.client_id, [recipient.id], version=2, state=ClientState.SUSPENDED)]
        )

    async def is_denied() -> bool:
        found = await kafka.read(topic_of(recipient), group_of(recipient), seconds=1)
        return bool(found) and "error" in found[0]

    await world.until(is_denied, "the broker denies it")
    [row] = await world.rows("SELECT state, end_cause FROM own_topic WHERE agency_id = $1", recipient.id)
    if how != "client suspended":
        assert row["end_cause"] == {"agency ended": "agency_not_active"}.get(how, "client_withdrawn")
        return
    assert row["state"] == "open"
    await sender.send(recipient)
    await world.tell([world.voice.client(recipient.client_id, [recipient.id], version=3)])
    await all_sent(world, topic_of(recipient))

    numbers: list[str] = []

    async def is_allowed() -> bool:
        found = await kafka.read(topic_of(recipient), group_of(recipient), seconds=4)
        numbers.extend(each["headers"]["entry-number"] for each in found if "headers" in each)
        return bool(numbers)

    await world.until(is_allowed, "the right is back", seconds=60)
    assert numbers == ["2"], "nothing is missing"


async def test_what_may_be_read_no_more_is_sent_again_without_its_content(
    world: World, province: Province, tmp_path: Path
) -> None:
    """A record that is there stays until its time is over; sent again, it has its number and its link alone."""
    sender, recipient = await world.agencies(2)
    await opened(recipient)
    message = await sender.send(recipient)
    await all_sent(world, topic_of(recipient))
    await world.rows("UPDATE delivery SET state = 'withdrawn' WHERE recipient = $1", recipient.id)
    again = "INSERT INTO outbox (topic, key, reference) SELECT topic, key, reference FROM emitted WHERE topic = $1"
    await world.rows(again, topic_of(recipient))
    await all_sent(world, topic_of(recipient))
    kafka = Kafka.of(province.servers, recipient, tmp_path)
    first, second = await kafka.read(topic_of(recipient), group_of(recipient))
    assert first["value"].encode() == message.payload
    assert second["value"] == ""
    kept = {name: first["headers"][name] for name in ("entry-number", "chain")}
    sha256 = hashlib.sha256(message.payload).hexdigest()
    assert second["headers"] == kept | {"withheld": "withdrawn", "sha256": sha256}


async def test_what_the_broker_cannot_do_now_is_done_later_and_a_lost_broker_gets_everything_back(
    tmp_path: Path, private_servers: PrivateServers
) -> None:
    servers = private_servers.addresses
    processes = Processes(tmp_path / "logs")
    province = Province.on(servers, tmp_path / "province", processes)
    try:
        running = province.start("away").wait_live()
        async with province.world(running.url, "away") as world:
            await world.begin()
            await asyncio.to_thread(running.wait_ready)
            sender, recipient = await world.agencies(2)
            await sender.send(recipient)
            private_servers.freeze("kafka")
            told = (await manage(recipient, "PUT")).json()
            assert (told["state"], told["from_n"]) == ("asked", 2)
            await sender.send(recipient)
            await asyncio.sleep(3)
            assert (await manage(recipient, "GET")).json()["state"] == "asked"
            private_servers.thaw("kafka")
            await reach(recipient, "open")
            await sender.send(recipient)
            await all_sent(world, told["topic"])
            kafka = Kafka.of(servers, recipient, tmp_path)
            before = await kafka.read(told["topic"], group_of(recipient))
            assert [each["headers"]["entry-number"] for each in before] == ["2", "3"]
            after = await _rebuilt(private_servers, province, running, world, recipient)
            assert after == before, "the same numbers, bytes and headers"
    finally:
        private_servers.thaw("kafka")
        processes.end()


async def _rebuilt(
    private: PrivateServers, province: Province, running: Running, world: World, recipient: Agency
) -> list[dict[str, Any]]:
    """The broker loses its disk; the operator follows docs/operations, "After the loss of a broker"."""
    await asyncio.to_thread(running.child.terminate)
    await asyncio.to_thread(private.lose, "kafka")
    assert province.start(running.name, "migrate").child.popen.wait(60) == 0
    async with Database.open(province.dsn(running.name), name="operator") as database:
        republisher = Republisher(database, SystemClock())
        moved = await republisher.republish(
            [topic_of(recipient)], datetime(2020, 1, 1, tzinfo=UTC), who="/operators/test"
        )
        assert moved.rows == 2
    again = province.start(running.name, port=running.port)
    await asyncio.to_thread(again.wait_live)
    await world.begin()
    await world.tell([world.voice.client(recipient.client_id, [recipient.id])])
    await all_sent(world, topic_of(recipient))
    kafka = Kafka.of(province.servers, recipient, province.folder)
    records: list[dict[str, Any]] = []

    async def has_all() -> bool:
        records.extend(await kafka.read(topic_of(recipient), group_of(recipient)))
        return len([each for each in records if "value" in each]) >= 2

    await world.until(has_all, "the topic can be read again", seconds=60)
    return [each for each in records if "value" in each]


async def test_without_an_address_for_agencies_no_topic_is_offered(province: Province, exchange: Running) -> None:
    running = await asyncio.to_thread(province.start("closed", LIENTHONG_KAFKA_AGENCIES="").wait_ready)
    async with province.world(running.url, "closed") as world:
        agency = await world.agency()
        answer = await manage(agency, "PUT")
        assert (answer.status_code, answer.json()["code"]) == (422, "own_topics_not_offered")
    await asyncio.to_thread(running.child.terminate)


def test_the_reader_knows_nothing_of_lienthong() -> None:
    text = Path(__file__).with_name("topic_reader.py").read_text("utf-8")
    assert "from lienthong" not in text
    assert "import lienthong" not in text
