"""A recipient reports how far it is with a document: signed, judged, numbered into the sender's inbox, once."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, Entry, World

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.exchange import StatusReported
from lienthong.common.messages.status import StatusCode
from lienthong.common.messages.topics import STATUSES
from lienthong.common.reading import AgencyMessages
from lienthong.common.signing import SignedBytes

ARRIVED, REFUSED, RECEIVED = StatusCode.ARRIVED, StatusCode.REFUSED, StatusCode.RECEIVED
ASSIGNED, PROCESSING, DONE = StatusCode.ASSIGNED, StatusCode.PROCESSING, StatusCode.DONE

pytestmark = pytest.mark.requirement("QD28")


async def delivered(world: World, **changes: Any) -> tuple[Agency, Agency, Entry]:
    """A document that lies in its recipient's inbox."""
    sender, recipient = await world.agencies(2)
    await sender.send(recipient, **changes)
    lane = Lane.URGENT if "priority" in changes else Lane.ORDINARY
    (entry,) = await recipient.read_all(lane)
    return sender, recipient, entry


def codes(answer: httpx.Response) -> list[tuple[str, str | None, str]]:
    assert answer.status_code == 422, answer.text
    return [(each["code"], each.get("rule"), each["pointer"]) for each in answer.json()["violations"]]


async def state_of(world: World, recipient: Agency) -> str:
    (row,) = await world.rows("SELECT state FROM delivery WHERE recipient = $1 AND state IS NOT NULL", recipient.id)
    return row["state"]


@pytest.mark.parametrize("priority", [Priority.NORMAL, Priority.EXPRESS])
async def test_a_status_comes_back_in_the_documents_lane(world: World, priority: Priority) -> None:
    changes = {"priority": priority} if priority is not Priority.NORMAL else {}
    sender, recipient, entry = await delivered(world, **changes)
    message = recipient.seal(recipient.status(entry, ARRIVED))
    assert (await recipient.post(message)).status_code == 201
    (came,) = await sender.read_all(priority.lane)
    assert (came.n, came.message) == (1, message)
    assert world.check_receipt(came).lane is priority.lane
    assert came.event["type"] == StatusReported.TYPE
    assert str(world.check_receipt(came).subject) == entry.event["subject"]
    for lane in Lane:
        assert len(await recipient.read_all(lane)) == (lane is priority.lane), "the reporter's own inbox stays"
    assert len(await sender.read_all(Lane.URGENT)) + len(await sender.read_all(Lane.ORDINARY)) == 1


async def test_the_whole_life_of_a_document(world: World) -> None:
    sender, recipient, entry = await delivered(world)
    for status in (ARRIVED, RECEIVED, ASSIGNED, PROCESSING, ASSIGNED, DONE):
        assert (await recipient.report(entry, status)).status_code == 201
    assert [came.event["data"]["status"] for came in await sender.read_all()] == ["01", "03", "04", "05", "04", "06"]
    assert await state_of(world, recipient) == "done"
    assert codes(await recipient.report(entry, DONE)) == [("already_done", "R-STATUS", "/data/status")]


@pytest.mark.parametrize(
    ("before", "status", "code"),
    [
        ((), REFUSED, "refusal_only_after_arrival"),
        ((), PROCESSING, "not_received_yet"),
        ((ARRIVED,), ARRIVED, "already_arrived"),
        ((ARRIVED, REFUSED), RECEIVED, "delivery_refused"),
        ((RECEIVED,), REFUSED, "refusal_only_after_arrival"),
        ((RECEIVED,), RECEIVED, "already_received"),
        ((RECEIVED, DONE), PROCESSING, "already_done"),
    ],
)
async def test_what_does_not_fit_is_refused_by_name(
    world: World, before: tuple[StatusCode, ...], status: StatusCode, code: str
) -> None:
    sender, recipient, entry = await delivered(world)
    for each in before:
        assert (await recipient.report(entry, each)).status_code == 201
    assert codes(await recipient.report(entry, status)) == [(code, "R-STATUS", "/data/status")]
    assert len(await sender.read_all()) == len(before)


async def test_a_refusal_gives_its_reason_and_times_are_possible(world: World) -> None:
    _, recipient, entry = await delivered(world)
    now = world.clock.now()
    assert (await recipient.report(entry, ARRIVED)).status_code == 201
    assert codes(await recipient.report(entry, REFUSED, description=None)) == [
        ("reason_missing", "R-STATUS", "/data/description")
    ]
    ahead = await recipient.report(entry, RECEIVED, time=now + timedelta(minutes=6))
    assert codes(ahead) == [("time_ahead", "R-STATUS", "/time")]
    early = await recipient.report(entry, RECEIVED, time=now - timedelta(minutes=6))
    assert ("status_too_early", "R-STATUS", "/time") in codes(early)


async def test_a_late_status_is_stored_late_and_one_that_fits_nowhere_is_not(world: World) -> None:
    sender, recipient, entry = await delivered(world)
    now = world.clock.now()
    times = {RECEIVED: 30, PROCESSING: 50, ARRIVED: 10, ASSIGNED: 40}
    for status, second in times.items():
        assert (await recipient.report(entry, status, time=now + timedelta(seconds=second))).status_code == 201
    assert await state_of(world, recipient) == "processing"
    done_before = await recipient.report(entry, DONE, time=now + timedelta(seconds=45))
    assert codes(done_before) == [("later_status_stands", "R-STATUS", "/data/status")]
    rows = await world.rows("SELECT code, late FROM status WHERE recipient = $1 ORDER BY said_at", recipient.id)
    assert [tuple(row) for row in rows] == [("01", True), ("03", False), ("04", True), ("05", False)]
    assert [came.event["data"]["status"] for came in await sender.read_all()] == ["03", "05", "01", "04"]


async def test_statuses_posted_side_by_side_come_to_one_state(world: World) -> None:
    now = world.clock.now()
    path = [(status, now + timedelta(seconds=place)) for place, status in enumerate((ARRIVED, RECEIVED, DONE))]
    for order in permutations(path):
        _, recipient, entry = await delivered(world)
        reports = [recipient.seal(recipient.status(entry, status, time=time)) for status, time in order]
        for _ in path:
            await asyncio.gather(*(recipient.post(each) for each in reports))
        answers = [await recipient.post(each) for each in reports]
        assert {answer.status_code for answer in answers} == {200}
        assert await state_of(world, recipient) == "done"


async def test_the_topic_carries_statuses_with_seal_and_receipt(world: World, province: Province) -> None:
    sender, recipient, entry = await delivered(world)
    for status in (ARRIVED, RECEIVED, DONE):
        assert (await recipient.report(entry, status)).status_code == 201
    consumer = AIOKafkaConsumer(
        STATUSES[Lane.ORDINARY].name, bootstrap_servers=province.servers.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    read, found = AgencyMessages(world.trust, environment="training"), list[SignedBytes]()
    world.trust.take(world.voice.certificate(recipient.identity))
    try:
        async with asyncio.timeout(15):
            while len(found) < 3:
                record = await consumer.getone()
                if record.key == str(recipient.id).encode():
                    found.append(read(record).signed)
    finally:
        await consumer.stop()
    assert found == [came.message for came in await sender.read_all()]


async def test_a_repeat_gets_the_first_receipt(world: World) -> None:
    sender, recipient, entry = await delivered(world)
    message = recipient.seal(recipient.status(entry, RECEIVED))
    first = await recipient.post(message)
    assert (await recipient.report(entry, DONE)).status_code == 201
    again = await recipient.post(message)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = await recipient.report(
        entry, ASSIGNED, id=recipient.world.check_receipt((await sender.read_all())[0]).message_id
    )
    assert (other.status_code, other.json()["code"]) == (409, "message_id_reused")


async def test_a_status_may_wait_for_another(world: World) -> None:
    _, recipient, entry = await delivered(world)
    arrived = recipient.status(entry, ARRIVED)
    received = recipient.seal(recipient.status(entry, RECEIVED, after=arrived.id))
    assert codes(await recipient.post(received)) == [("predecessor_missing", "R-AFTER", "/data/after")]
    assert (await recipient.post(recipient.seal(arrived))).status_code == 201
    assert (await recipient.post(received)).status_code == 201


@pytest.mark.parametrize("life", [AgencyLife.ENDED, AgencyLife.MERGED])
async def test_a_sender_that_is_no_more_is_still_answered(world: World, life: AgencyLife) -> None:
    sender, recipient, entry = await delivered(world)
    await world.tell_agency(world.record(sender, version=2, state=life, successors=[recipient.id]))

    async def is_told() -> bool:
        rows = await world.rows("SELECT state FROM agency WHERE agency_id = $1", sender.id)
        return rows[0]["state"] == life.value

    await world.until(is_told, "the register is up to date")
    assert (await recipient.report(entry, RECEIVED)).status_code == 201
    assert len(await sender.read_all()) == 1


async def test_contradictory_statuses_at_once_exactly_one_is_accepted(world: World) -> None:
    sender, recipient, entry = await delivered(world)
    assert (await recipient.report(entry, ARRIVED)).status_code == 201
    rivals = [recipient.report(entry, status) for _ in range(10) for status in (REFUSED, RECEIVED)]
    answers = await asyncio.gather(*rivals)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 19}
    assert len(await sender.read_all()) == 2


@pytest.fixture
def second(province: Province, exchange: Running) -> Running:
    """Another api process on the same database."""
    run = str(province.folder / "second-statuses" / "run")
    return province.start(exchange.name, "api", LIENTHONG_RUN_DIR=run).wait_ready()


@asynccontextmanager
async def at_another_process(agency: Agency, province: Province, running: Running) -> AsyncGenerator[Agency]:
    """The same agency, whose way leads to another process, which knows it."""
    async with province.world(running.url, running.name) as elsewhere:
        there = Agency(elsewhere, agency.identity, agency.client_id, agency.code, agency.name)
        await elsewhere.until(lambda: elsewhere.is_trusted(there), "the other process knows the agency")
        yield there


async def test_two_processes_judge_statuses_of_a_delivery_one_after_another(
    world: World, province: Province, second: Running
) -> None:
    sender, recipient = await world.agencies(2)
    for _ in range(20):
        await sender.send(recipient)
    entries = await recipient.read_all()
    async with at_another_process(recipient, province, second) as there:
        arrived = [recipient.seal(recipient.status(entry, ARRIVED)) for entry in entries]
        posts = [each.post(message) for message in arrived for each in (recipient, there)]
        same = await asyncio.gather(*posts)
        acts = [(recipient, REFUSED), (there, RECEIVED)]
        rivals = await asyncio.gather(*(each.report(entry, status) for entry in entries for each, status in acts))
    assert Counter(answer.status_code for answer in same) == {201: 20, 200: 20}, [answer.text for answer in same]
    for first, again in zip(same[::2], same[1::2], strict=True):
        assert first.json() == again.json()
    for one, other in zip(rivals[::2], rivals[1::2], strict=True):
        assert sorted((one.status_code, other.status_code)) == [201, 422]
    came = await sender.read_all()
    assert len(came) == 40
    ends = Counter(entry.event["data"]["message_id"] for entry in came)
    assert set(ends.values()) == {2}
    await asyncio.to_thread(second.child.terminate)


async def test_one_id_for_two_documents_at_two_processes_is_one_status(
    world: World, province: Province, second: Running
) -> None:
    sender, recipient = await world.agencies(2)
    for _ in range(20):
        await sender.send(recipient)
    entries = await recipient.read_all()
    async with at_another_process(recipient, province, second) as there:
        ids = [new_id() for _ in range(10)]
        pairs = zip(entries[::2], entries[1::2], ids, strict=True)
        posts = [
            each.report(entry, RECEIVED, id=message_id)
            for here, other, message_id in pairs
            for each, entry in ((recipient, here), (there, other))
        ]
        answers = await asyncio.gather(*posts)
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 10}, [answer.text for answer in answers]
    await asyncio.to_thread(second.child.terminate)


@asynccontextmanager
async def another_process_accepts(world: World, recipient: Agency, message_id: UUID) -> AsyncGenerator[None]:
    """A message of the recipient's under this id is being stored elsewhere, and is committed when the block ends."""
    connection = await asyncpg.connect(world.dsn)
    try:
        async with connection.transaction():
            await connection.execute(_COPY, new_id(), message_id, recipient.id)
            yield
    finally:
        await connection.close()


_COPY = """
    INSERT INTO message (id, sender, message_id, subject, lane, accepted_at, size, sha256, payload, jws, receipt,
                         receipt_jws)
    SELECT $1, sender, $2, subject, lane, accepted_at, size, sha256, payload, jws, receipt, receipt_jws
    FROM message WHERE sender = $3 LIMIT 1
"""


async def test_a_page_is_judged_again_when_a_status_in_it_lost_a_race(world: World) -> None:
    _, recipient, entry = await delivered(world)
    await recipient.send(recipient)
    first, second = new_id(), new_id()
    async with another_process_accepts(world, recipient, second):
        async with another_process_accepts(world, recipient, first):
            # While this page waits for the first id, the next one fills: an arrival that loses, a refusal behind it.
            waits = asyncio.create_task(recipient.report(entry, ARRIVED, id=first))
            await asyncio.sleep(0.3)
            loses = asyncio.create_task(recipient.report(entry, ARRIVED, id=second))
            await asyncio.sleep(0.1)
            behind = asyncio.create_task(recipient.report(entry, REFUSED))
            await asyncio.sleep(0.3)
        assert (await waits).json()["code"] == "message_id_reused"
        await asyncio.sleep(0.3)
        assert not loses.done()
    assert (await loses).json()["code"] == "message_id_reused"
    assert codes(await behind) == [("refusal_only_after_arrival", "R-STATUS", "/data/status")]
    assert await world.rows("SELECT FROM status WHERE recipient = $1", recipient.id) == []


@pytest.mark.requirement("N5")
async def test_who_has_not_got_the_document_learns_nothing(world: World) -> None:
    sender, recipient, other, outsider = await world.agencies(4)
    await sender.send(recipient, other)
    await sender.send(recipient)
    shared, own = await recipient.read_all()
    for stranger, entry in ((outsider, shared), (outsider, own), (other, own), (sender, shared)):
        there = await stranger.report(entry, ARRIVED)
        nowhere = await stranger.report(entry, ARRIVED, message_id=new_id())
        assert codes(there) == codes(nowhere) == [("delivery_unknown", "N5", "/data/message_id")]
        assert _told(there) == _told(nowhere)
    for changes in ({"lane": Lane.URGENT}, {"subject": str(new_id())}, {"to": (other.organization,)}):
        assert codes(await recipient.report(own, ARRIVED, **changes)) == [
            ("delivery_unknown", "N5", "/data/message_id")
        ]
    assert await sender.read_all() == []


@pytest.mark.requirement("N5")
async def test_one_recipients_statuses_are_not_anothers(world: World) -> None:
    sender, first, second = await world.agencies(3)
    await sender.send(first, second)
    (here,), (there,) = await first.read_all(), await second.read_all()
    assert (await first.report(here, ARRIVED)).status_code == 201
    assert codes(await second.report(there, REFUSED)) == [("refusal_only_after_arrival", "R-STATUS", "/data/status")]
    assert (await second.report(there, RECEIVED)).status_code == 201
    assert (await first.report(here, REFUSED)).status_code == 201


async def test_a_status_is_no_document(world: World) -> None:
    sender, recipient, entry = await delivered(world)
    assert (await recipient.report(entry, ARRIVED)).status_code == 201
    (came,) = await sender.read_all()
    answer = await sender.report(
        entry, ARRIVED, to=(recipient.organization,), message_id=came.event["id"], sender=sender.organization
    )
    assert codes(answer) == [("delivery_unknown", "N5", "/data/message_id")]


async def test_the_database_keeps_the_path(world: World) -> None:
    _, recipient, entry = await delivered(world)
    for status in (ARRIVED, RECEIVED):
        assert (await recipient.report(entry, status)).status_code == 201
    arrived = "WHERE recipient = $1 AND code = '01'"
    for change in ("code = '03'", "code = '02', description = 'Gửi nhầm'"):
        with pytest.raises(asyncpg.UniqueViolationError):
            await world.rows(f"UPDATE status SET {change} {arrived}", recipient.id)
    with pytest.raises(asyncpg.CheckViolationError):
        await world.rows(f"UPDATE status SET code = '02' {arrived}", recipient.id)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.rows("UPDATE status SET recipient = $2 WHERE recipient = $1", recipient.id, new_id())


def _told(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name not in {"instance", "trace_id"}}
