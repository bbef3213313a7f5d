"""What was withdrawn, taken back or revoked can be read by its recipient no more, by no route; its sender keeps it."""

import asyncio
import json

import pytest
from tests.integration.exchange.changing import (
    AGREED,
    REFUSED,
    Withheld,
    acknowledged,
    answer,
    read_whole,
    revoke,
    say,
    sent,
    states,
    take_back,
    update,
)
from tests.integration.exchange.world import Agency, Entry, World, attachment, fresh_pdf

from lienthong.common.messages.document import BusinessType, Lane, Priority
from lienthong.common.messages.exchange import DocumentSent
from lienthong.common.messages.status import StatusCode

pytestmark = pytest.mark.requirement("QD28-8/9")


async def with_file(sender: Agency, *to: Agency) -> tuple[DocumentSent, str]:
    file = (await sender.upload(fresh_pdf())).json()
    return await sent(sender, *to, attachments=[attachment(file)]), file["sha256"]


@pytest.mark.parametrize("read", [False, True], ids=["withdrawn", "given back"])
@pytest.mark.parametrize("ask", [take_back, revoke], ids=["take-back", "revocation"])
async def test_by_no_route(world: World, ask: object, read: bool) -> None:
    sender, recipient = await world.agencies(2)
    document, sha256 = await with_file(sender, recipient)
    before = await acknowledged(recipient) if read else None
    asked = (take_back if ask is take_back else revoke)(sender, document, [recipient])
    await say(sender, asked)
    if read:
        assert isinstance((await read_whole(recipient))[0], Entry), "until it is agreed, it stands"
        assert (await recipient.download(sha256)).status_code == 200
        assert (await answer(recipient, AGREED)).status_code == 201
    first, second = await read_whole(recipient)
    end = {(take_back, False): "withdrawn", (take_back, True): "taken_back", (revoke, True): "revoked"}
    assert isinstance(first, Withheld)
    assert first.withheld == end.get((take_back if ask is take_back else revoke, read), "withdrawn")
    assert first.request == {"source": sender.identity.source, "message_id": str(asked.id)}
    assert before is None or first.n == before.n
    assert isinstance(second, Entry)
    assert second.event["id"] == str(asked.id)
    raw = (await recipient.ask_inbox(Lane.ORDINARY)).text.splitlines()[0]
    assert set(json.loads(raw)) == {"n", "sha256", "withheld", "request"}, "nothing of the content"
    for query in ({"after": 0, "limit": 1}, {"after": 0, "wait": 1}):
        page = await recipient.ask_inbox(Lane.ORDINARY, **query)
        assert document.data.document_id not in page.text.splitlines()[0]
    for headers in ({}, {"Range": "bytes=0-9"}):
        file = await recipient.download(sha256, **headers)
        assert (file.status_code, file.json()["code"]) == (404, "attachment_not_found")
    track = await recipient.track(sender, document.id)
    assert track.status_code == (200 if read else 404), "what never arrived is not told of; else metadata stay"
    assert (await sender.download(sha256)).status_code == 200
    assert (await sender.track(sender, document.id)).json()["recipients"][0]["state"] == first.withheld
    assert (await recipient.acknowledge(2)).status_code == 200, "the inbox goes on"


async def test_a_file_that_another_standing_document_carries_stays_open(world: World) -> None:
    sender, recipient = await world.agencies(2)
    file = (await sender.upload(fresh_pdf())).json()
    first = await sent(sender, recipient, attachments=[attachment(file)])
    second = await sent(sender, recipient, attachments=[attachment(file)])
    await say(sender, take_back(sender, first, [recipient]))
    assert (await recipient.download(file["sha256"])).status_code == 200
    await say(sender, take_back(sender, second, [recipient]))
    assert (await recipient.download(file["sha256"])).status_code == 404


async def test_only_where_it_was_given_back(world: World) -> None:
    sender, one, other = await world.agencies(3)
    document, sha256 = await with_file(sender, one, other)
    await say(sender, take_back(sender, document, [one]))
    assert (await one.download(sha256)).status_code == 404
    assert (await other.download(sha256)).status_code == 200
    assert isinstance((await read_whole(other))[0], Entry)


async def test_a_superseded_version_stays_readable(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document, sha256 = await with_file(sender, recipient)
    await say(sender, update(sender, document, [recipient]))
    assert await states(world, document) == ["updated"]
    assert all(isinstance(entry, Entry) for entry in await read_whole(recipient))
    assert (await recipient.download(sha256)).status_code == 200


@pytest.mark.parametrize("read", [False, True], ids=["withdrawn", "given back"])
@pytest.mark.parametrize("ask", [take_back, revoke], ids=["take-back", "revocation"])
async def test_all_versions_are_withheld_with_the_one_that_stood(world: World, ask: object, read: bool) -> None:
    sender, recipient, other = await world.agencies(3)
    first, sha256 = await with_file(sender, recipient, other)
    if read:
        await acknowledged(recipient)
    declined, second = (update(sender, first, [recipient]) for _ in range(2))
    if read:
        await say(sender, declined)
        assert (await answer(recipient, REFUSED)).status_code == 201
    await say(sender, second)
    if read:
        assert (await answer(recipient, AGREED)).status_code == 201
    asked = (take_back if ask is take_back else revoke)(sender, second, [recipient])
    await say(sender, asked)
    if read:
        assert (await answer(recipient, AGREED)).status_code == 201
    entries = await read_whole(recipient)
    withheld = [entry for entry in entries if isinstance(entry, Withheld)]
    ended = {entry.withheld for entry in withheld}
    assert ended == {"withdrawn" if not read else "taken_back" if ask is take_back else "revoked"}
    assert {entry.request["message_id"] for entry in withheld} == {str(asked.id)}
    assert len(withheld) == (3 if read else 2), "every version, the declined one too"
    assert (await recipient.download(sha256)).status_code == 404
    assert (await recipient.track(sender, first.id)).status_code == (200 if read else 404)
    assert (await other.download(sha256)).status_code == 200, "nothing was asked of it"
    assert isinstance((await read_whole(other))[0], Entry)


async def test_another_document_of_the_subject_that_stands_is_not_withheld(world: World) -> None:
    sender, recipient = await world.agencies(2)
    first, _ = await with_file(sender, recipient)
    again = sender.event(sender.document([recipient]), subject=first.subject)
    await say(sender, again, take_back(sender, again, [recipient]))
    assert [isinstance(entry, Withheld) for entry in (await read_whole(recipient))[:2]] == [False, True]


async def test_large_withheld_entries_do_not_stop_a_reader(world: World) -> None:
    sender, recipient = await world.agencies(2)
    documents = [await sent(sender, recipient, content="Nội dung " * 200) for _ in range(12)]
    for document in documents[::2]:
        await say(sender, take_back(sender, document, [recipient]))
    entries = await read_whole(recipient)
    assert [isinstance(entry, Withheld) for entry in entries] == [True, False] * 6 + [False] * 6


async def test_who_sent_to_itself_keeps_what_it_sent_and_reads_it_no_more(world: World) -> None:
    agency = await world.agency()
    document, sha256 = await with_file(agency, agency)
    await say(agency, take_back(agency, document, [agency]))
    first, *rest = await read_whole(agency)
    assert isinstance(first, Withheld)
    assert len(rest) == 2, "the take-back, and what the exchange tells"
    assert (await agency.download(sha256)).status_code == 200, "it uploaded the file"


async def test_the_track_tells_requests_answers_and_versions(world: World) -> None:
    sender, recipient, other = await world.agencies(3)
    first = await sent(sender, recipient, other)
    entry = await acknowledged(recipient)
    assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201
    asked = take_back(sender, first, [recipient])
    await say(sender, asked)
    assert (await answer(recipient, REFUSED)).status_code == 201
    second = update(sender, first, [recipient, other])
    await say(sender, second)
    assert (await answer(recipient, AGREED)).status_code == 201

    track = (await sender.track(sender, first.id)).json()
    here, there = track["recipients"]
    assert [(each["request"], each["kind"], each["state"]) for each in here["changes"]] == [
        (str(asked.id), "take_back", "refused"),
        (str(second.id), "update", "agreed"),
    ]
    refused, agreed = here["changes"]
    assert (refused["reason"], refused["description"]) == ("Gửi nhầm nơi nhận", "Đã chuyển xử lý")
    assert (agreed["reason"], agreed["description"], agreed["removal"]) == ("Đính chính", None, "none")
    assert refused["asked_at"] < refused["answered_at"] <= agreed["asked_at"] < agreed["answered_at"]
    [granted] = there["changes"]
    assert (granted["state"], granted["asked_at"]) == ("granted", granted["answered_at"])
    assert [(each["message_id"], each["type"]) for each in track["versions"]] == [
        (str(first.id), BusinessType.NEW),
        (str(second.id), BusinessType.UPDATE),
    ]
    newer = (await sender.track(sender, second.id)).json()
    assert newer["versions"] == track["versions"]
    assert [line["state"] for line in newer["recipients"]] == ["received", "sent"]
    assert [each["request"] for each in newer["recipients"][0]["changes"]] == [str(second.id)]
    own = (await recipient.track(sender, first.id)).json()
    assert own["recipients"] == [here], "a recipient sees its own line alone"
    assert own["versions"] == track["versions"]


@pytest.mark.requirement("N5")
async def test_a_recipient_sees_only_the_versions_that_it_was_sent(world: World) -> None:
    sender, one, other = await world.agencies(3)
    first = await sent(sender, one, other)
    second = update(sender, first, [one])
    await say(sender, second)
    told = (await other.track(sender, first.id)).json()["versions"]
    assert [each["message_id"] for each in told] == [str(first.id)]
    assert (await other.track(sender, second.id)).status_code == 404


async def test_an_acknowledgement_and_a_take_back_at_once_come_one_after_the_other(world: World) -> None:
    """Whether it had arrived is one question with one answer: withdrawn, or asked."""
    sender, recipient = await world.agencies(2)
    for _ in range(12):
        document = await sent(sender, recipient, priority=Priority.EXPRESS)
        entries = await read_whole(recipient, Lane.URGENT)
        asked = take_back(sender, document, [recipient])
        acknowledging = recipient.acknowledge(entries[-1].n, Lane.URGENT)
        done, asking = await asyncio.gather(acknowledging, sender.post(sender.seal(asked)))
        assert (done.status_code, asking.status_code) == (200, 201)
        track = (await sender.track(sender, document.id)).json()
        assert track["recipients"][0]["changes"][0]["state"] in ("granted", "asked")
        end = {"granted": ["withdrawn"], "asked": ["sent"]}[track["recipients"][0]["changes"][0]["state"]]
        assert await states(world, document) == end
        receipt_first = track["recipients"][0]["acknowledged_at"] < track["recipients"][0]["changes"][0]["asked_at"]
        if end == ["sent"]:
            assert receipt_first, "only what was acknowledged before is asked"
