"""Sender and recipients follow a document; nobody else learns that there is one."""

from datetime import timedelta

import httpx
import pytest
from tests.integration.exchange.world import Agency, World

from lienthong.common.clock import from_text
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.status import StatusCode

pytestmark = pytest.mark.requirement("QD28")


async def test_the_sender_sees_every_recipient_and_every_status(world: World) -> None:
    sender, first, second = await world.agencies(3)
    sent = await sender.send(first, second, priority=Priority.EXPRESS)
    (entry,), (other,) = await first.read_all(Lane.URGENT), await second.read_all(Lane.URGENT)
    now = world.clock.now()
    await first.acknowledge(1, Lane.URGENT)
    for status, seconds in ((StatusCode.RECEIVED, 20), (StatusCode.ARRIVED, 10), (StatusCode.DONE, 30)):
        assert (await first.report(entry, status, time=now + timedelta(seconds=seconds))).status_code == 201
    for status in (StatusCode.ARRIVED, StatusCode.REFUSED):
        assert (await second.report(other, status)).status_code == 201

    receipt, track = world.check_receipt(entry), (await sender.track(sender, entry.event["id"])).json()
    here, there = track.pop("recipients")
    assert track == {
        "environment": "training",
        "source": sender.identity.source,
        "message_id": str(receipt.message_id),
        "subject": str(receipt.subject),
        "lane": "urgent",
        "accepted_at": receipt.model_dump(mode="json")["accepted_at"],
        "document_id": entry.event["data"]["document_id"],
        "title": "Báo cáo kết quả thực hiện nhiệm vụ tháng 11",
        "late_entry": None,
        "versions": [{name: track[name] for name in ("message_id", "accepted_at")} | {"type": 0}],
    }
    assert entry.message == sent
    assert [here[name] for name in ("agency_id", "code", "name")] == [str(first.id), first.code, first.name]
    assert (here["state"], there["state"]) == ("done", "refused")
    assert [(each["status"], each["late"]) for each in here["statuses"]] == [("01", True), ("03", False), ("06", False)]
    assert [from_text(each["said_at"]) - now for each in here["statuses"]] == [
        timedelta(seconds=seconds) for seconds in (10, 20, 30)
    ]
    came = {each.event["id"]: world.check_receipt(each) for each in await sender.read_all(Lane.URGENT)}
    for each in (*here["statuses"], *there["statuses"]):
        assert from_text(each["stored_at"]) == came[each["message_id"]].accepted_at
    assert [each["description"] for each in there["statuses"]] == [None, "Gửi nhầm nơi nhận"]


async def test_acknowledgement_shows_before_any_status(world: World) -> None:
    sender, recipient = await world.agencies(2)
    for _ in range(3):
        await sender.send(recipient)
    first, second, third = await recipient.read_all()
    acknowledged = [(await recipient.acknowledge(n)).status_code for n in (2, 3)]
    assert acknowledged == [200, 200]
    times = [
        (await sender.track(sender, entry.event["id"])).json()["recipients"][0]["acknowledged_at"]
        for entry in (first, second, third)
    ]
    assert times[0] == times[1] < times[2]
    fresh = sender.event(sender.document([recipient]))
    await sender.post(sender.seal(fresh))
    (line,) = (await sender.track(sender, fresh.id)).json()["recipients"]
    assert (line["state"], line["acknowledged_at"], line["statuses"]) == ("sent", None, [])


@pytest.mark.requirement("N5")
async def test_a_recipient_sees_its_own_line_alone(world: World) -> None:
    sender, first, second = await world.agencies(3)
    await sender.send(first, second)
    (entry,), (other,) = await first.read_all(), await second.read_all()
    for agency, given in ((first, entry), (second, other)):
        assert (await agency.report(given, StatusCode.RECEIVED)).status_code == 201
    whole = (await sender.track(sender, entry.event["id"])).json()
    for agency, line in zip((first, second), whole["recipients"], strict=True):
        assert (await agency.track(sender, entry.event["id"])).json() == whole | {"recipients": [line]}


@pytest.mark.requirement("N5")
async def test_nobody_else_learns_that_there_is_a_document(world: World) -> None:
    sender, recipient, outsider = await world.agencies(3)
    await sender.send(recipient)
    (entry,) = await recipient.read_all()
    assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201
    (came,) = await sender.read_all()
    document, status = entry.event["id"], came.event["id"]
    nowhere = await outsider.track(sender, new_id())
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "document_not_found")
    guesses = [
        await outsider.track(sender, document),
        await outsider.track(recipient, document),
        await outsider.track(new_id(), document),
        await recipient.track(recipient, document),
        await recipient.track(recipient, status),
        await sender.track(recipient, status),
        await sender.track(sender, status),
    ]
    assert all(_told(answer) == _told(nowhere) for answer in guesses)


@pytest.mark.requirement("N5")
async def test_who_read_a_track_is_on_record_without_content(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    (entry,) = await recipient.read_all()
    for agency in (sender, recipient):
        await agency.track(sender, entry.event["id"])
    rows = await world.rows(
        "SELECT who, object, entry FROM audit WHERE act = 'track.read' AND who = ANY($1)", _both(sender, recipient)
    )
    assert {row["who"] for row in rows} == set(_both(sender, recipient))
    assert all(row["object"].endswith(f"/tracks/{sender.id}/{entry.event['id']}") for row in rows)
    assert all("Báo cáo".encode() not in row["entry"] for row in rows)


async def test_ids_are_ids(world: World) -> None:
    agency = await world.agency()
    assert (await agency.track(agency, "12")).status_code == 400


def _both(one: Agency, other: Agency) -> list[str]:
    return [one.identity.source, other.identity.source]


def _told(answer: httpx.Response) -> tuple[int, dict[str, object], list[str]]:
    body = {name: value for name, value in answer.json().items() if name not in {"instance", "trace_id"}}
    return answer.status_code, body, sorted(answer.headers)
