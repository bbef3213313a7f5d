"""Deliveries that nobody receives in time end, and the sender is told of each, once, by an entry of its inbox."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, Entry, World

from lienthong.common.clock import SystemClock, from_text
from lienthong.common.messages import accounts
from lienthong.common.messages.document import Lane, LateEntry, Priority
from lienthong.common.messages.exchange import DeliveryEnded
from lienthong.common.messages.status import StatusCode
from lienthong.common.messages.topics import DELIVERIES
from lienthong.common.trust import TrustState
from lienthong.exchange.domain.deadlines import DeadlinePolicy

ARRIVED, REFUSED, RECEIVED, ASSIGNED, PROCESSING, DONE = StatusCode
_A_MINUTE = timedelta(minutes=1)


async def let_end(world: World, *entries: Entry) -> None:
    """The end of these documents' deliveries has come."""
    ids = [UUID(entry.event["id"]) for entry in entries]
    await world.rows(
        "UPDATE due SET due_at = $2, ends_at = $2 FROM message WHERE message.id = message AND message_id = ANY($1)",
        ids,
        world.clock.now() - _A_MINUTE,
    )


async def states(world: World, *entries: Entry) -> list[str]:
    rows = await world.rows(
        "SELECT d.state FROM delivery AS d JOIN message AS m ON m.id = d.message WHERE m.message_id = ANY($1) "
        "ORDER BY m.id, d.recipient",
        [UUID(entry.event["id"]) for entry in entries],
    )
    return [row["state"] for row in rows]


async def until_expired(world: World, *entries: Entry) -> None:
    async def all_over() -> bool:
        return not {"sent", "arrived"} & set(await states(world, *entries))

    await world.until(all_over, "every delivery has left sent and arrived")


async def expired(world: World, *, arrived: bool = False) -> tuple[Agency, Agency, Entry]:
    """A sender, a recipient, and a document that the recipient did not receive in time."""
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    (entry,) = await recipient.read_all()
    if arrived:
        assert (await recipient.report(entry, ARRIVED)).status_code == 201
    await let_end(world, entry)
    await until_expired(world, entry)
    return sender, recipient, entry


def late_entry(world: World, before: timedelta = 2 * _A_MINUTE) -> LateEntry:
    return LateEntry(occurred_at=world.clock.now() - before, by="Trần Thị Lan", reason="Mất mạng")


def told(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What the exchange itself has said in these entries."""
    return [entry.event for entry in entries if entry.event["type"] == DeliveryEnded.TYPE]


@pytest.mark.requirement("ND30-21.2", "QD28", "N9")
@pytest.mark.parametrize("arrived", [False, True])
async def test_the_sender_is_told_with_the_contact_officer(world: World, *, arrived: bool) -> None:
    sender, recipient = await world.agencies(2)
    officer = accounts.ContactOfficer(full_name="Lê Văn An", position="Chánh Văn phòng", telephone="0276 3822 000")
    record = world.record(recipient, version=2).model_copy(update={"contact_officer": officer})
    await world.tell_agency(record)
    await sender.send(recipient, priority=Priority.EXPRESS)
    (entry,) = await recipient.read_all(Lane.URGENT)
    if arrived:
        assert (await recipient.report(entry, ARRIVED)).status_code == 201
    await let_end(world, entry)
    await until_expired(world, entry)
    *_, last = await sender.read_all(Lane.URGENT)
    receipt = world.check_receipt(last)
    assert receipt.source == "/services/exchange"
    world.check(last.message)
    event = last.event
    assert (event["source"], event["subject"]) == ("/services/exchange", entry.event["subject"])
    assert event["data"] == {
        "from": sender.organization.model_dump(mode="json", exclude_none=True),
        "recipient": recipient.organization.model_dump(mode="json", exclude_none=True),
        "lane": "urgent",
        "message_id": entry.event["id"],
        "document_id": entry.event["data"]["document_id"],
        "how": "expired",
        "contact_officer": officer.model_dump(mode="json", exclude_none=True),
    }


async def test_the_topic_carries_what_the_sender_was_told(world: World, province: Province) -> None:
    sender, _, entry = await expired(world)
    (last,) = await sender.read_all()
    consumer = AIOKafkaConsumer(
        DELIVERIES[Lane.ORDINARY].name, bootstrap_servers=province.servers.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(15):
            while (record := await consumer.getone()).key != str(sender.id).encode():
                pass
    finally:
        await consumer.stop()
    headers = dict(record.headers)
    assert (record.value, headers["jws-signature"]) == (last.message.payload, last.message.jws.encode())
    assert headers["receipt"] == last.receipt.payload
    assert last.event["data"]["message_id"] == entry.event["id"]


async def test_who_waits_is_woken(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    (entry,) = await recipient.read_all()
    waiting = asyncio.create_task(sender.read(wait=25))
    await asyncio.sleep(0.2)
    await let_end(world, entry)
    entries, _ = await asyncio.wait_for(waiting, 8)
    assert len(told(entries)) == 1


async def test_only_what_is_open_expires(world: World) -> None:
    sender, *recipients = await world.agencies(6)
    await sender.send(*recipients)
    entries = [(await recipient.read_all())[0] for recipient in recipients]
    untouched, arrived, refused, received, done = recipients
    for recipient, entry, codes in (
        (arrived, entries[1], (ARRIVED,)),
        (refused, entries[2], (ARRIVED, REFUSED)),
        (received, entries[3], (RECEIVED,)),
        (done, entries[4], (RECEIVED, DONE)),
    ):
        for code in codes:
            assert (await recipient.report(entry, code)).status_code == 201
    await let_end(world, entries[0])
    await until_expired(world, entries[0])
    track = (await sender.track(sender, entries[0].event["id"])).json()
    assert [line["state"] for line in track["recipients"]] == ["expired", "expired", "refused", "received", "done"]
    named = {event["data"]["recipient"]["agency_id"] for event in told(await sender.read_all())}
    assert named == {str(untouched.id), str(arrived.id)}


@pytest.mark.requirement("ND30-21.2")
async def test_the_track_tells_the_deadlines(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    (entry,) = await recipient.read_all()
    accepted_at = world.check_receipt(entry).accepted_at
    deadline = DeadlinePolicy().delivery(accepted_at, Lane.ORDINARY, Priority.NORMAL)
    for agency in (sender, recipient):
        (line,) = (await agency.track(sender, entry.event["id"])).json()["recipients"]
        assert (from_text(line["due_at"]), from_text(line["expires_at"])) == (deadline.due_at, deadline.ends_at)
        assert line["overdue"] is False
    await world.rows(
        "UPDATE due SET due_at = $2 FROM message WHERE message.id = message AND message_id = $1",
        UUID(entry.event["id"]),
        world.clock.now() - _A_MINUTE,
    )
    (line,) = (await sender.track(sender, entry.event["id"])).json()["recipients"]
    assert line["overdue"] is True
    assert (await recipient.report(entry, RECEIVED)).status_code == 201
    (line,) = (await sender.track(sender, entry.event["id"])).json()["recipients"]
    assert line["overdue"] is False


async def test_after_the_end_statuses_are_refused_by_name(world: World) -> None:
    sender, recipient, entry = await expired(world, arrived=True)
    before = len(await sender.read_all())
    for code in StatusCode:
        answer = await recipient.report(entry, code)
        assert [fault["code"] for fault in answer.json()["violations"]] == ["delivery_expired"], answer.text
    too_late = late_entry(world, before=timedelta())
    answer = await recipient.report(entry, RECEIVED, late_entry=too_late)
    assert [fault["code"] for fault in answer.json()["violations"]] == ["delivery_expired"]
    assert len(await sender.read_all()) == before


@pytest.mark.requirement("N4")
async def test_what_was_received_before_the_end_and_is_entered_late_is_taken(world: World) -> None:
    sender, recipient, entry = await expired(world)
    (ended,) = await sender.read_all()
    before = from_text(ended.event["time"]) - timedelta(seconds=1)
    late = LateEntry(occurred_at=before, by="Trần Thị Lan", reason="Mất mạng")
    arrived = await recipient.report(entry, ARRIVED, time=before, late_entry=late)
    assert arrived.status_code == 201, arrived.text
    assert await states(world, entry) == ["expired"]
    assert (await recipient.report(entry, RECEIVED, time=before, late_entry=late)).status_code == 201
    assert await states(world, entry) == ["received"]
    assert (await recipient.report(entry, DONE)).status_code == 201
    (line,) = (await sender.track(sender, entry.event["id"])).json()["recipients"]
    assert (line["state"], [(each["status"], each["late"]) for each in line["statuses"]]) == (
        "done",
        [("01", True), ("03", True), ("06", False)],
    )


async def test_a_page_may_hold_the_late_status_and_what_follows(world: World) -> None:
    sender, recipient, entry = await expired(world)
    (ended,) = await sender.read_all()
    before = from_text(ended.event["time"]) - timedelta(seconds=1)
    late = LateEntry(occurred_at=before, by="Trần Thị Lan", reason="Mất mạng")
    lines = [
        recipient.seal(recipient.status(entry, RECEIVED, time=before, late_entry=late)),
        recipient.seal(recipient.status(entry, DONE)),
    ]
    answer = await recipient.post_batch(lines)
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == [201, 201], answer.text


@pytest.fixture
async def beside(province: Province, exchange: Running) -> AsyncGenerator[list[Running]]:
    """Timers of several processes on the same database."""
    started = [
        province.start(
            exchange.name,
            "timers",
            LIENTHONG_RUN_DIR=str(province.folder / f"timers-{place}" / "run"),
            LIENTHONG_EXCHANGE_TIMER_SECONDS="0.05",
        )
        for place in range(2)
    ]
    for running in started:
        await asyncio.to_thread(running.wait_live)
    yield started
    for running in started:
        await asyncio.to_thread(running.child.terminate)


@pytest.mark.requirement("N5")
async def test_several_timers_tell_of_each_delivery_once(world: World, beside: list[Running]) -> None:
    assert len(beside) == 2
    sender, *recipients = await world.agencies(5)
    for _ in range(60):
        await sender.send(*recipients)
    entries = await recipients[0].read_all()
    late = [asyncio.create_task(recipients[1].report(entry, RECEIVED)) for entry in await recipients[1].read_all()]
    await let_end(world, *entries)
    answers = Counter([(await each).status_code for each in late])
    await until_expired(world, *entries)
    named = Counter(
        (event["data"]["message_id"], event["data"]["recipient"]["agency_id"])
        for event in told(await sender.read_all())
    )
    assert set(named.values()) == {1}
    assert len(named) == 60 * 3 + answers[422]
    assert answers[201] + answers[422] == 60
    assert Counter(await states(world, *entries)) == {"expired": len(named), "received": answers[201]}


async def test_documents_of_an_earlier_version_get_their_deadline(
    world: World, province: Province, exchange: Running
) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient, priority=Priority.EXPRESS)
    (entry,) = await recipient.read_all(Lane.URGENT)
    message_id = UUID(entry.event["id"])
    await world.rows("DELETE FROM due USING message WHERE message.id = message AND message_id = $1", message_id)
    (line,) = (await sender.track(sender, entry.event["id"])).json()["recipients"]
    assert (line["due_at"], line["expires_at"], line["overdue"]) == (None, None, False)

    run = str(province.folder / "timers-missing" / "run")
    timers = await asyncio.to_thread(province.start(exchange.name, "timers", LIENTHONG_RUN_DIR=run).wait_live)

    async def has_its_deadline() -> bool:
        (line,) = (await sender.track(sender, entry.event["id"])).json()["recipients"]
        return line["due_at"] is not None and from_text(line["due_at"]) > world.clock.now() + 55 * _A_MINUTE

    await world.until(has_its_deadline, "the timers have set the deadline")
    await asyncio.to_thread(timers.child.terminate)


async def test_time_passes_for_the_whole_exchange(province: Province, exchange: Running) -> None:
    """No row is touched: the clock of the exchange, and everybody's, moves behind the end."""
    assert exchange
    name = "later"
    running = await asyncio.to_thread(province.start(name, LIENTHONG_EXCHANGE_DELIVERY_DAYS="1").wait_ready)
    async with province.world(running.url, name) as world:
        lists = world.voice.crls(number=2, lifetime=timedelta(days=60))
        await world.tell(lists)
        sender, recipient = await world.agencies(2)
        await sender.send(recipient)
        (entry,) = await recipient.read_all()
        (line,) = (await sender.track(sender, entry.event["id"])).json()["recipients"]
        assert await states(world, entry) == ["sent"]
    await asyncio.to_thread(running.child.terminate)

    offset = from_text(line["expires_at"]) - SystemClock().now() + _A_MINUTE
    milliseconds = str(round(offset.total_seconds() * 1000))
    moved = province.start(name, port=running.port, LIENTHONG_CLOCK_OFFSET_MS=milliseconds)
    running = await asyncio.to_thread(moved.wait_ready)
    async with province.world(running.url, name) as later:
        later.clock = SystemClock(offset)
        later.trust = TrustState(later.voice.store, later.clock)
        for statement in (*later.voice.beginning(later.exchange), *lists):
            later.trust.take(statement)
        later.trust.settle()
        await until_expired(later, entry)
        there = Agency(later, sender.identity, sender.client_id, sender.code, sender.name)
        (ended,) = await there.read_all()
        assert from_text(ended.event["time"]) >= from_text(line["expires_at"])
        later.check(ended.message)
    await asyncio.to_thread(running.child.terminate)
