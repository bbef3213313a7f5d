"""Requests that nobody answers in time lapse: the document goes on as it was, and who asked is told, once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.integration.exchange.changing import (
    acknowledged,
    answer_to,
    codes,
    post,
    removal_after,
    replace,
    revoke,
    say,
    sent,
    states,
    take_back,
    update,
)
from tests.integration.exchange.world import Agency, Entry, World

from lienthong.common.clock import from_text
from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.exchange import ChangeLapsed
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.deadlines import DeadlinePolicy

pytestmark = pytest.mark.requirement("QD28-8/9")

_END = """
    UPDATE due SET due_at = $2, ends_at = $2 FROM message
    WHERE message.id = due.message AND message_id = $1 AND ($3 OR kind = 'answer')
"""


async def let_end(world: World, asked: Any, *, its_delivery: bool = True) -> None:
    """The end of what this message asks has come, and of its own delivery if it is a document."""
    await world.rows(_END, asked.id, world.clock.now() - timedelta(minutes=1), its_delivery)


async def until_lapsed(world: World, asked: Any) -> None:
    async def has_lapsed() -> bool:
        rows = await world.rows(
            "SELECT r.state FROM change_request AS r JOIN message AS m ON m.id = r.message WHERE m.message_id = $1",
            asked.id,
        )
        return {row["state"] for row in rows} == {"lapsed"}

    await world.until(has_lapsed, "the request has lapsed")


async def notices(sender: Agency) -> list[Entry]:
    return [entry for entry in await sender.read_all() if entry.event["type"] == ChangeLapsed.TYPE]


async def overdue(agency: Agency, side: str = "own") -> list[tuple[str, str]]:
    answer = await agency.world.http.get("/v1/overdue", params={"side": side}, headers=agency.headers)
    return [(line["kind"], line["message_id"]) for line in answer.json()["overdue"]]


@pytest.mark.requirement("N9")
async def test_a_take_back_that_nobody_answers_lapses_and_the_document_goes_on(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    entry = await acknowledged(recipient)
    asked = take_back(sender, document, [recipient])
    await say(sender, asked)
    assert await overdue(recipient) == await overdue(sender, "others") == [("answer", str(asked.id))]
    (row,) = await world.rows(
        "SELECT ends_at, accepted_at FROM due JOIN message AS m ON m.id = due.message WHERE m.message_id = $1", asked.id
    )
    assert row["ends_at"] == DeadlinePolicy().answer(row["accepted_at"]).ends_at

    await let_end(world, asked)
    await until_lapsed(world, asked)
    (told,) = await notices(sender)
    world.check(told.message)
    assert world.check_receipt(told).source == "/services/exchange"
    assert told.event["subject"] == asked.subject
    assert told.event["data"] == {
        "from": sender.organization.model_dump(mode="json", exclude_none=True),
        "recipient": recipient.organization.model_dump(mode="json", exclude_none=True),
        "lane": "ordinary",
        "message_id": str(asked.id),
        "document_message_id": str(document.id),
        "document_id": document.data.document_id,
    }
    assert await states(world, document) == ["sent"]
    assert await overdue(recipient) == await overdue(sender, "others") == []
    (line,) = (await sender.track(sender, document.id)).json()["recipients"]
    (change,) = line["changes"]
    assert change["state"] == "lapsed"
    assert from_text(change["answered_at"]) <= world.clock.now()
    assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201


async def test_after_the_lapse_an_answer_is_refused_and_another_request_is_taken(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    asked = take_back(sender, document, [recipient])
    await say(sender, asked)
    entry = await acknowledged(recipient)
    await let_end(world, asked)
    await until_lapsed(world, asked)
    assert codes(await post(recipient, answer_to(entry, recipient, Answer.AGREED)))
    await say(sender, take_back(sender, document, [recipient]))


@pytest.mark.parametrize("kind", ["update", "replace"])
async def test_a_version_that_nobody_agreed_to_is_declined(world: World, kind: str) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    newer = update(sender, document, [recipient]) if kind == "update" else replace(sender, [document], [recipient])
    await say(sender, newer)
    await let_end(world, newer)
    await until_lapsed(world, newer)
    assert await states(world, document, newer) == ["sent", "declined"]
    assert [each.event["data"]["message_id"] for each in await notices(sender)] == [str(newer.id)]


async def test_a_letter_of_revocation_expires_after_its_request_has_lapsed(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    letter = revoke(sender, document, [recipient])
    await say(sender, letter)
    await let_end(world, letter)
    await until_lapsed(world, letter)

    async def has_expired() -> bool:
        return await states(world, letter) == ["expired"]

    await world.until(has_expired, "the letter was not received in time")
    assert await states(world, document) == ["sent"]
    types = [entry.event["type"].rsplit(".", 2)[1] for entry in await sender.read_all()]
    assert types == ["change_lapsed", "delivery_ended"]


async def test_what_waits_for_an_answer_does_not_expire_meanwhile(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    newer = update(sender, document, [recipient])
    await say(sender, newer)
    await world.rows(
        "UPDATE due SET due_at = $2, ends_at = $2 FROM message"
        " WHERE message.id = due.message AND message_id = $1 AND kind = 'delivery'",
        newer.id,
        world.clock.now() - timedelta(minutes=1),
    )
    await asyncio.sleep(1)  # three rounds of the timers
    assert await states(world, newer) == ["sent"]
    assert (
        await post(recipient, answer_to(await acknowledged(recipient), recipient, Answer.AGREED))
    ).status_code == 201
    assert await states(world, document, newer) == ["updated", "received"]


async def test_only_those_who_have_not_answered_are_told_of(world: World) -> None:
    sender, *recipients = await world.agencies(4)
    document = await sent(sender, *recipients)
    for recipient in recipients:
        await acknowledged(recipient)
    asked = take_back(sender, document, recipients)
    await say(sender, asked)
    first, second, _ = recipients
    await say(first, answer_to(await acknowledged(first), first, Answer.AGREED))
    await say(second, answer_to(await acknowledged(second), second, Answer.REFUSED))
    await let_end(world, asked)

    async def is_told() -> bool:
        return len(await notices(sender)) == 1

    await world.until(is_told, "the sender is told")
    (told,) = await notices(sender)
    assert told.event["data"]["recipient"]["agency_id"] == str(recipients[2].id)
    assert sorted(await states(world, document)) == ["sent", "sent", "taken_back"]


async def test_a_removal_is_owed_until_it_is_reported(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient, priority=Priority.EXPRESS)
    await acknowledged(recipient, Lane.URGENT)
    asked = take_back(sender, document, [recipient])
    await say(sender, asked)
    entry = await acknowledged(recipient, Lane.URGENT)
    await say(recipient, answer_to(entry, recipient, Answer.AGREED))
    owed: Sequence[tuple[str, str]] = [("removal", str(asked.id))]
    assert await overdue(recipient) == await overdue(sender, "others") == owed
    await say(recipient, removal_after(entry, recipient))
    assert await overdue(recipient) == await overdue(sender, "others") == []
