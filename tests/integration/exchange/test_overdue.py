"""What is late: who owes it sees it, who waits for it sees it with the contact officer, and nobody else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.exchange.world import Agency, Entry, World

from lienthong.common.clock import from_text, to_text
from lienthong.common.messages import accounts
from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.status import StatusCode

pytestmark = pytest.mark.requirement("ND30-21.2")

OFFICER = accounts.ContactOfficer(full_name="Lê Văn An", email="an.lv@tayninh.gov.vn")


async def let_be_due(world: World, *entries: Entry) -> str:
    """These documents should have been received a minute ago."""
    moment = world.clock.now() - timedelta(minutes=1)
    ids = [UUID(entry.event["id"]) for entry in entries]
    await world.rows(
        "UPDATE due SET due_at = $2 FROM message WHERE message.id = message AND message_id = ANY($1)", ids, moment
    )
    return to_text(moment)


async def overdue(agency: Agency, **query: Any) -> httpx.Response:
    return await agency.world.http.get("/v1/overdue", params=query, headers=agency.headers)


async def lines(agency: Agency, **query: Any) -> list[dict[str, Any]]:
    answer = await overdue(agency, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["next"] is None
    return answer.json()["overdue"]


@pytest.mark.requirement("N9")
async def test_both_sides_see_what_is_late_until_it_is_received(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await world.tell_agency(world.record(recipient, version=2).model_copy(update={"contact_officer": OFFICER}))
    await sender.send(recipient, priority=Priority.EXPRESS)
    (entry,) = await recipient.read_all(Lane.URGENT)
    assert await lines(recipient) == await lines(sender, side="others") == []
    due_at = await let_be_due(world, entry)

    (line,) = await lines(recipient)
    assert await lines(sender, side="others") == [line]
    assert from_text(line.pop("ends_at")) > world.clock.now()
    assert line == {
        "kind": "receive",
        "owed_by": {
            "agency_id": str(recipient.id),
            "name": recipient.name,
            "contact_officer": OFFICER.model_dump(mode="json"),
        },
        "source": sender.identity.source,
        "message_id": entry.event["id"],
        "lane": "urgent",
        "document_id": entry.event["data"]["document_id"],
        "title": "Báo cáo kết quả thực hiện nhiệm vụ tháng 11",
        "accepted_at": to_text(world.check_receipt(entry).accepted_at),
        "due_at": due_at,
    }
    assert (await recipient.report(entry, StatusCode.ARRIVED)).status_code == 201
    assert len(await lines(recipient)) == 1
    assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201
    assert await lines(recipient) == await lines(sender, side="others") == []


@pytest.mark.requirement("N5")
async def test_nobody_sees_what_is_between_others(world: World) -> None:
    sender, first, second, outsider = await world.agencies(4)
    await sender.send(first, second)
    await first.send(outsider)
    (entry,), (other,) = await first.read_all(), await outsider.read_all()
    await let_be_due(world, entry, other)
    assert [line["owed_by"]["agency_id"] for line in await lines(first)] == [str(first.id)]
    assert [line["owed_by"]["agency_id"] for line in await lines(second)] == [str(second.id)]
    assert await lines(sender) == []
    owed = await lines(sender, side="others")
    assert {line["owed_by"]["agency_id"] for line in owed} == {str(first.id), str(second.id)}
    assert [line["message_id"] for line in await lines(first, side="others")] == [other.event["id"]]
    assert await lines(second, side="others") == await lines(outsider, side="others") == []
    assert (await world.http.get("/v1/overdue")).status_code == 401


async def test_pages_go_on_where_the_last_one_ended(world: World) -> None:
    sender, *recipients = await world.agencies(4)
    for _ in range(5):
        await sender.send(*recipients)
    await let_be_due(world, *await recipients[0].read_all())
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = (await overdue(sender, side="others", limit=4, **after)).json()
        found += page["overdue"]
        if page["next"] is None:
            break
        assert len(page["overdue"]) == 4
        after = {"after": page["next"]}
    assert len(found) == 15
    assert len({(line["message_id"], line["owed_by"]["agency_id"]) for line in found}) == 15
    times = [line["accepted_at"] for line in found]
    assert times == sorted(times)


@pytest.mark.parametrize(
    "query", [{"side": "ours"}, {"limit": 0}, {"limit": 201}, {"after": "1"}, {"after": "x.y.z"}, {"after": "' OR 1"}]
)
async def test_odd_questions_are_refused(world: World, query: dict[str, Any]) -> None:
    answer = await overdue(await world.agency(), **query)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), answer.text


@pytest.mark.requirement("N5")
async def test_who_looked_is_on_record_without_content(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    await let_be_due(world, *await recipient.read_all())
    await lines(recipient)
    (row,) = await world.rows(
        "SELECT object, entry FROM audit WHERE act = 'overdue.read' AND who = $1", recipient.identity.source
    )
    assert row["object"] == f"{recipient.identity.source}/overdue/own"
    assert "Báo cáo".encode() not in row["entry"]
