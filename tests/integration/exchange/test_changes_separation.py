"""A third agency neither asks, answers nor sees a change; what is not there and what is not allowed look alike."""

import httpx
import pytest
from tests.integration.exchange.changing import (
    AGREED,
    ASK,
    acknowledged,
    answer_to,
    codes,
    last_entry,
    post,
    read_whole,
    removal_after,
    say,
    sent,
    states,
    take_back,
    update,
)
from tests.integration.exchange.world import World

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife

pytestmark = pytest.mark.requirement("N5")


@pytest.mark.parametrize("kind", ASK)
async def test_a_third_agency_can_ask_for_nothing(world: World, kind: str) -> None:
    sender, recipient, outsider = await world.agencies(3)
    document = await sent(sender, recipient)
    nowhere = sender.event(sender.document([recipient]))
    for who in (outsider, recipient):
        there = await post(who, ASK[kind](who, document, [recipient]))
        not_there = await post(who, ASK[kind](who, nowhere, [recipient]))
        assert {code for code, *_ in codes(there)} == {"document_unknown"}
        assert _told(there) == _told(not_there)
    assert await states(world, document) == ["sent"]
    assert await sender.read_all() == []


async def test_a_third_agency_can_answer_nothing_and_report_nothing(world: World) -> None:
    sender, recipient, outsider, other = await world.agencies(4)
    document = await sent(sender, recipient, other)
    for each in (recipient, other):
        await acknowledged(each)
    await say(sender, take_back(sender, document, [recipient]))
    request = await last_entry(recipient)
    for stranger in (outsider, other, sender):
        pairs = [
            (answer_to(request, stranger, AGREED), answer_to(request, stranger, AGREED, message_id=new_id())),
            (removal_after(request, stranger), removal_after(request, stranger, message_id=new_id())),
        ]
        for there, nowhere in pairs:
            answers = [await post(stranger, there), await post(stranger, nowhere)]
            for answer in answers:
                assert codes(answer) == [("request_unknown", "N5", "/data/message_id")]
            assert _told(answers[0]) == _told(answers[1])
    assert await states(world, document) == ["sent", "sent"]
    assert await read_whole(outsider) == []


async def test_one_recipients_change_is_not_anothers(world: World) -> None:
    sender, one, other = await world.agencies(3)
    document = await sent(sender, one, other)
    for each in (one, other):
        await acknowledged(each)
    await say(sender, take_back(sender, document, [one]))
    assert len(await read_whole(other)) == 1, "it is not told of the request"
    assert (await other.track(sender, document.id)).json()["recipients"][0]["changes"] == []
    (line,) = (await one.track(sender, document.id)).json()["recipients"]
    assert [each["state"] for each in line["changes"]] == ["asked"]


async def test_a_recipient_that_is_no_more_is_still_asked_back(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await world.tell_agency(world.record(recipient, version=2, state=AgencyLife.ENDED))

    async def is_told() -> bool:
        rows = await world.rows("SELECT state FROM agency WHERE agency_id = $1", recipient.id)
        return rows[0]["state"] == AgencyLife.ENDED.value

    await world.until(is_told, "the register is up to date")
    assert [code for code, *_ in codes(await post(sender, update(sender, document, [recipient])))] == [
        "recipient_ended"
    ]
    await say(sender, take_back(sender, document, [recipient]))
    assert await states(world, document) == ["withdrawn"]


async def test_refusals_are_kept_without_content(world: World) -> None:
    sender, recipient, outsider = await world.agencies(3)
    document = await sent(sender, recipient)
    await post(outsider, take_back(outsider, document, [recipient]))
    *_, row = await world.rows("SELECT * FROM refusal WHERE source = $1 ORDER BY id", outsider.id)
    assert row["rules"] == ["N5"]
    assert set(row.keys()) == {"id", "source", "message_id", "sha256", "rules", "refused_at"}


def _told(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name not in {"instance", "trace_id"}}
