"""Requests, answers and statuses that cross on their way, also at two processes: one after another, never half."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from uuid import UUID

import asyncpg
import pytest
from tests.integration.exchange.changing import (
    AGREED,
    REFUSED,
    acknowledged,
    answer_to,
    codes,
    last_entry,
    post,
    read_whole,
    say,
    sent,
    states,
    take_back,
    update,
)
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World, answered, told

from lienthong.common.messages.exchange import DeliveryEnded
from lienthong.common.messages.status import StatusCode

pytestmark = pytest.mark.requirement("QD28-8/9")


@pytest.fixture
def second(province: Province, exchange: Running) -> Iterator[Running]:
    """Another api process on the same database."""
    run = str(province.folder / "second-changes" / "run")
    running = province.start(exchange.name, "api", LIENTHONG_RUN_DIR=run).wait_ready()
    yield running
    running.child.terminate()


async def test_two_take_backs_at_two_processes_one_is_granted(
    world: World, province: Province, second: Running
) -> None:
    sender, recipient = await world.agencies(2)
    documents = [await sent(sender, recipient) for _ in range(15)]
    async with province.world(second.url, second.name) as elsewhere:
        there = await _at(sender, elsewhere)
        posts = [
            post(each, take_back(each, document, [recipient])) for document in documents for each in (sender, there)
        ]
        answers = await asyncio.gather(*posts)
    pairs = list(zip(answers[::2], answers[1::2], strict=True))
    assert all(sorted((one.status_code, other.status_code)) == [201, 422] for one, other in pairs)
    refused = [each for each in answers if each.status_code == 422]
    assert {code for each in refused for code, *_ in codes(each)} == {"already_taken_back"}
    assert await states(world, *documents) == ["withdrawn"] * 15
    notices = [entry.event for entry in await sender.read_all() if entry.event["type"] == DeliveryEnded.TYPE]
    assert Counter(each["data"]["message_id"] for each in notices) == Counter(str(each.id) for each in documents)


async def test_two_updates_at_two_processes_are_versions_one_after_the_other(
    world: World, province: Province, second: Running
) -> None:
    sender, recipient = await world.agencies(2)
    documents = [await sent(sender, recipient) for _ in range(10)]
    async with province.world(second.url, second.name) as elsewhere:
        there = await _at(sender, elsewhere)
        newer = [(update(sender, each, [recipient]), update(there, each, [recipient])) for each in documents]
        posts = [post(who, said) for one, other in newer for who, said in ((sender, one), (there, other))]
        answers = await asyncio.gather(*posts)
    assert {each.status_code for each in answers} == {201}, [each.text for each in answers]
    for document, (one, other) in zip(documents, newer, strict=True):
        assert await states(world, document) == ["updated"]
        assert sorted(await states(world, one, other)) == ["sent", "updated"], "each updates the one before it"
        track = (await sender.track(sender, document.id)).json()
        assert len(track["versions"]) == 3


async def test_two_answers_at_two_processes_one_is_the_answer(
    world: World, province: Province, second: Running
) -> None:
    sender, recipient = await world.agencies(2)
    requests = []
    documents = [await sent(sender, recipient) for _ in range(10)]
    await acknowledged(recipient)
    for document in documents:
        await say(sender, take_back(sender, document, [recipient]))
        requests.append(await last_entry(recipient))
    async with province.world(second.url, second.name) as elsewhere:
        there = await _at(recipient, elsewhere)
        posts = [
            post(who, answer_to(request, who, given))
            for request in requests
            for who, given in ((recipient, AGREED), (there, REFUSED))
        ]
        answers = await asyncio.gather(*posts)
    for document, (agreed, refused) in zip(documents, zip(answers[::2], answers[1::2], strict=True), strict=True):
        assert sorted((agreed.status_code, refused.status_code)) == [201, 422]
        expected = "taken_back" if agreed.status_code == 201 else "sent"
        assert await states(world, document) == [expected]
    assert len(await sender.read_all()) == 10


async def test_a_take_back_that_crosses_with_a_refusal_at_another_process(
    world: World, province: Province, second: Running
) -> None:
    """The recipient sends the document back while its sender takes it back: exactly one of both."""
    sender, recipient = await world.agencies(2)
    documents = [await sent(sender, recipient) for _ in range(10)]
    entries = await recipient.read_all()
    async with province.world(second.url, second.name) as elsewhere:
        there = await _at(recipient, elsewhere)
        arrived = [there.report(entry, StatusCode.ARRIVED) for entry in entries]
        asked = [post(sender, take_back(sender, each, [recipient])) for each in documents]
        first = await asyncio.gather(*[each for pair in zip(arrived, asked, strict=True) for each in pair])
    for document, arrival, request in zip(documents, first[::2], first[1::2], strict=True):
        assert request.status_code == 201
        track = (await sender.track(sender, document.id)).json()["recipients"][0]
        if arrival.status_code == 201:
            assert (track["state"], track["changes"][0]["state"]) == ("arrived", "asked")
        else:
            assert [code for code, *_ in codes(arrival)] == ["already_taken_back"]
            assert (track["state"], track["changes"][0]["state"]) == ("withdrawn", "granted")


@pytest.mark.parametrize("order", list(permutations(["status", "ask", "answer"])), ids="-".join)
async def test_whatever_comes_first_the_end_is_the_same(world: World, order: tuple[str, ...]) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    entry = await acknowledged(recipient)
    asked = take_back(sender, document, [recipient])
    left = [*order]
    while left:
        act = left.pop(0)
        if act == "ask":
            await say(sender, asked)
        elif act == "status":
            assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code in (201, 422)
        elif len(await read_whole(recipient)) == 2:
            assert (await post(recipient, answer_to(await last_entry(recipient), recipient, AGREED))).status_code == 201
        else:
            left.append(act)
    assert await states(world, document) == ["taken_back"]


async def test_a_batch_may_bring_a_document_and_change_it(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = sender.event(sender.document([recipient]))
    newer = update(sender, document, [recipient])
    newest = update(sender, newer, [recipient])
    back = take_back(sender, newest, [recipient])
    lines = [sender.seal(each) for each in (document, newer, newest, back)]
    assert told(answered(await sender.post_batch(lines))) == [201] * 4
    assert await states(world, document, newer, newest) == ["updated", "updated", "withdrawn"]
    assert told(answered(await sender.post_batch(lines))) == [200] * 4, "a repeat changes nothing"
    ended = [entry for entry in await sender.read_all() if entry.event["type"] == DeliveryEnded.TYPE]
    assert len(ended) == 3
    assert len(await read_whole(recipient)) == 4


async def test_a_request_that_is_repeated_is_one_request(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    asked = sender.seal(take_back(sender, document, [recipient]))
    answers = await asyncio.gather(*(sender.post(asked) for _ in range(8)))
    assert Counter(each.status_code for each in answers) == {201: 1, 200: 7}
    assert len({each.json()["receipt"]["payload"] for each in answers}) == 1
    (told_once,) = await sender.read_all()
    assert told_once.event["type"] == DeliveryEnded.TYPE


async def test_the_database_keeps_one_open_request_and_one_end(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    entry = await acknowledged(recipient)
    assert (await recipient.report(entry, StatusCode.ARRIVED)).status_code == 201
    await say(sender, take_back(sender, document, [recipient]))
    (row,) = await world.rows("SELECT * FROM change_request WHERE recipient = $1", recipient.id)
    other = await _row(world, (await sent(sender, recipient)).id)
    another = """
        INSERT INTO change_request (message, document, recipient, kind, state) VALUES ($1, $2, $3, 'revoke', 'asked')
    """
    with pytest.raises(asyncpg.UniqueViolationError):
        await world.rows(another, other, row["document"], recipient.id)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.rows(another, row["document"], other, sender.id)
    for change in (
        "state = 'agreed'",
        "state = 'refused'",
        "state = 'lapsed'",
        f"removal = '{row['message']}'",
        "document = message",
        "lapsed_at = now()",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await world.rows(f"UPDATE change_request SET {change} WHERE document = $1", row["document"])
    for state in ("sent", "arrived", "refused"):
        with pytest.raises(asyncpg.CheckViolationError):
            await world.rows(
                "UPDATE delivery SET state = $2, start_state = 'received' WHERE message = $1", row["document"], state
            )


async def _row(world: World, message_id: UUID) -> UUID:
    (row,) = await world.rows("SELECT id FROM message WHERE message_id = $1", message_id)
    return row["id"]


async def _at(agency: Agency, elsewhere: World) -> Agency:
    """The same agency, whose way leads to another process, which knows it."""
    there = Agency(elsewhere, agency.identity, agency.client_id, agency.code, agency.name)
    await elsewhere.until(lambda: elsewhere.is_trusted(there), "the other process knows the agency")
    return there
