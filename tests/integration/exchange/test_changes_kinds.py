"""Every kind of change at a recipient: at once, asked and answered in both ways, afresh, and refused by name."""

import pytest
from tests.integration.exchange.changing import (
    AGREED,
    ASK,
    REFUSED,
    acknowledged,
    answer,
    answer_to,
    codes,
    last_entry,
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
from tests.integration.exchange.world import Agency, World

from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.exchange import DeliveryEnded
from lienthong.common.messages.status import StatusCode

pytestmark = pytest.mark.requirement("QD28-8/9")

ENDS_AT_ONCE = {"take_back": "withdrawn", "revoke": "withdrawn", "update": "updated", "replace": "replaced"}
AGREED_OLD = {"take_back": "taken_back", "revoke": "revoked", "update": "updated", "replace": "replaced"}
AGREED_NEW = {"take_back": [], "revoke": ["done"], "update": ["assigned"], "replace": ["received"]}
REFUSED_NEW = {"take_back": [], "revoke": ["done"], "update": ["declined"], "replace": ["declined"]}


@pytest.mark.parametrize("priority", [Priority.NORMAL, Priority.EXPRESS])
@pytest.mark.parametrize("kind", ASK)
async def test_what_has_not_arrived_is_changed_at_once_and_its_sender_is_told(
    world: World, kind: str, priority: Priority
) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient, priority=priority)
    asked = ASK[kind](sender, document, [recipient])
    await say(sender, asked)
    assert await states(world, document) == [ENDS_AT_ONCE[kind]]
    assert await states(world, asked) == ([] if kind == "take_back" else ["sent"]), "an ordinary document now"
    (told,) = await sender.read_all(priority.lane)
    assert told.event["type"] == DeliveryEnded.TYPE
    data = told.event["data"]
    assert (data["how"], data["request"], data["message_id"]) == ("withdrawn", str(asked.id), str(document.id))
    assert (data["from"]["agency_id"], data["recipient"]["name"]) == (str(sender.id), recipient.name)
    assert (data["document_id"], data["lane"]) == (document.data.document_id, priority.lane.value)
    assert told.event["subject"] == document.subject
    request = await last_entry(recipient, priority.lane)
    assert request.event["id"] == str(asked.id), "it lies in the recipient's inbox all the same"
    assert codes(await post(recipient, answer_to(request, recipient, AGREED))) == [
        ("granted_at_once", "R-CHANGE", "/data/message_id")
    ]
    other = Lane.ORDINARY if priority.lane is Lane.URGENT else Lane.URGENT
    assert await sender.read_all(other) == await recipient.read_all(other) == []


@pytest.mark.parametrize("kind", ASK)
async def test_an_acknowledged_document_has_arrived(world: World, kind: str) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    await say(sender, ASK[kind](sender, document, [recipient]))
    assert await states(world, document) == ["sent"]
    assert await sender.read_all() == []
    assert (await answer(recipient, AGREED)).status_code == 201
    assert await states(world, document) == [AGREED_OLD[kind]]


@pytest.mark.parametrize("kind", ASK)
async def test_agreed(world: World, kind: str) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    entry = await acknowledged(recipient)
    for status in (StatusCode.RECEIVED, StatusCode.ASSIGNED):
        assert (await recipient.report(entry, status)).status_code == 201
    asked = ASK[kind](sender, document, [recipient])
    await say(sender, asked)
    request = await last_entry(recipient)
    agreed = recipient.seal(answer_to(request, recipient, AGREED))
    assert (await recipient.post(agreed)).status_code == 201
    assert (await sender.read_all())[-1].message == agreed
    assert await states(world, document) == [AGREED_OLD[kind]]
    assert await states(world, asked) == AGREED_NEW[kind]
    name = {"take_back": "already_taken_back", "revoke": "document_revoked"}.get(kind, "version_superseded")
    assert codes(await recipient.report(entry, StatusCode.DONE)) == [(name, "R-STATUS", "/data/status")]
    assert codes(await answer(recipient, REFUSED)) == [("already_answered", "R-CHANGE", "/data/message_id")]
    again = await recipient.post(agreed)
    assert again.status_code == 200, "the same answer again is no other one"
    if kind in ("update", "replace"):
        assert (await recipient.report(request, StatusCode.PROCESSING)).status_code == 201
        assert await states(world, asked) == ["processing"]


@pytest.mark.parametrize("kind", ASK)
async def test_refused_and_the_document_goes_on(world: World, kind: str) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    entry = await acknowledged(recipient)
    assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201
    asked = ASK[kind](sender, document, [recipient])
    await say(sender, asked)
    request = await last_entry(recipient)
    silent = await post(recipient, answer_to(request, recipient, REFUSED, description=" "))
    assert codes(silent) == [("reason_missing", "R-CHANGE", "/data/description")]
    assert (await answer(recipient, REFUSED)).status_code == 201
    assert await states(world, document) == ["received"]
    assert await states(world, asked) == REFUSED_NEW[kind]
    assert (await recipient.report(entry, StatusCode.DONE)).status_code == 201, "statuses go on"
    if kind in ("update", "replace"):
        assert codes(await recipient.report(request, StatusCode.RECEIVED)) == [
            ("version_declined", "R-STATUS", "/data/status")
        ]
    await say(sender, ASK[kind](sender, document, [recipient]))
    assert (await answer(recipient, AGREED)).status_code == 201, "and may be asked again"
    assert await states(world, document) == [AGREED_OLD[kind]]


@pytest.mark.parametrize("kind", ASK)
async def test_while_one_waits_another_is_refused_and_only_arrival_is_reported(world: World, kind: str) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    entry = await acknowledged(recipient)
    await say(sender, ASK[kind](sender, document, [recipient]))
    request = await last_entry(recipient)
    for other in ASK.values():
        refused = codes(await post(sender, other(sender, document, [recipient])))
        assert refused == [("change_pending", "R-CHANGE", "/data/to/0/agency_id")]
    assert (await recipient.report(entry, StatusCode.RECEIVED)).status_code == 201, "the document itself goes on"
    if kind != "take_back":
        assert codes(await recipient.report(request, StatusCode.RECEIVED)) == [
            ("answer_the_request", "R-STATUS", "/data/status")
        ]
        assert (await recipient.report(request, StatusCode.ARRIVED)).status_code == 201
    assert (await answer(recipient, AGREED)).status_code == 201


@pytest.mark.parametrize("kind", ASK)
async def test_a_refused_document_is_sent_afresh_or_not_asked_back(world: World, kind: str) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    entry = await acknowledged(recipient)
    for status in (StatusCode.ARRIVED, StatusCode.REFUSED):
        assert (await recipient.report(entry, status)).status_code == 201
    asked = ASK[kind](sender, document, [recipient])
    if kind in ("take_back", "revoke"):
        refused = codes(await post(sender, asked))
        assert refused == [("delivery_refused", "R-CHANGE", "/data/to/0/agency_id")]
        return
    await say(sender, asked)
    assert await states(world, document, asked) == ["refused", "sent"]
    request = await last_entry(recipient)
    assert codes(await post(recipient, answer_to(request, recipient, AGREED))) == [
        ("request_unknown", "N5", "/data/message_id")
    ]
    assert (await recipient.report(request, StatusCode.RECEIVED)).status_code == 201


async def test_what_was_taken_back_is_not_taken_back_twice_and_can_be_sent_anew(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await say(sender, take_back(sender, document, [recipient]))
    for ask in (take_back, revoke):
        refused = codes(await post(sender, ask(sender, document, [recipient])))
        assert refused == [("already_taken_back", "R-CHANGE", "/data/to/0/agency_id")]
    newer = update(sender, document, [recipient])
    await say(sender, newer)
    assert await states(world, document, newer) == ["withdrawn", "sent"]
    await say(sender, take_back(sender, newer, [recipient]))
    assert await states(world, newer) == ["withdrawn"]


async def test_a_version_that_was_superseded_names_the_one_that_stands(world: World) -> None:
    sender, recipient = await world.agencies(2)
    first = await sent(sender, recipient)
    second = update(sender, first, [recipient])
    await say(sender, second)
    third = update(sender, second, [recipient])
    await say(sender, third)
    assert await states(world, first, second, third) == ["updated", "updated", "sent"]
    refused = await post(sender, take_back(sender, first, [recipient]))
    assert codes(refused) == [("version_superseded", "R-CHANGE", "/data/to/0/agency_id")]
    assert str(third.id) in refused.json()["violations"][0]["detail"]
    await acknowledged(recipient)
    declined = update(sender, third, [recipient])
    await say(sender, declined)
    assert (await answer(recipient, REFUSED)).status_code == 201
    refused = await post(sender, take_back(sender, declined, [recipient]))
    assert str(third.id) in refused.json()["violations"][0]["detail"]
    await say(sender, revoke(sender, third, [recipient]))
    assert (await answer(recipient, AGREED)).status_code == 201
    assert await states(world, first, second, third, declined) == ["updated", "updated", "revoked", "declined"]
    for ask in ASK.values():
        if ask is not take_back:
            refused = codes(await post(sender, ask(sender, third, [recipient])))
            assert refused == [("document_revoked", "R-CHANGE", "/data/to/0/agency_id")]


async def test_several_recipients_each_where_it_is(world: World) -> None:
    sender, unread, read, received = sorted_after_first(await world.agencies(4))
    document = await sent(sender, unread, read, received)
    await acknowledged(read)
    assert (await received.report(await acknowledged(received), StatusCode.RECEIVED)).status_code == 201
    newcomer = await world.agency("Nơi nhận mới")
    newer = update(sender, document, [unread, read, received, newcomer])
    await say(sender, newer)
    assert await states(world, document) == ["updated", "sent", "received"]
    assert (await answer(read, AGREED)).status_code == 201
    assert (await answer(received, REFUSED)).status_code == 201
    assert await states(world, document) == ["updated", "updated", "received"]
    by_id = dict(zip(sorted([unread.id, read.id, received.id, newcomer.id]), await states(world, newer), strict=True))
    assert [by_id[each.id] for each in (unread, read, received, newcomer)] == ["sent", "received", "declined", "sent"]
    # One that cannot be asked refuses the whole: nothing of it is done.
    refused = await post(sender, take_back(sender, document, [unread, received]))
    assert codes(refused) == [("version_superseded", "R-CHANGE", "/data/to/0/agency_id")]
    assert await states(world, document) == ["updated", "updated", "received"]


async def test_several_documents_are_replaced_together_or_not_at_all(world: World) -> None:
    sender, recipient, other = await world.agencies(3)
    first = await sent(sender, recipient)
    await acknowledged(recipient)
    second = await sent(sender, recipient)
    newer = replace(sender, [first, second], [recipient, other], for_=[recipient])
    await say(sender, newer)
    assert await states(world, first, second) == ["sent", "sent"], "who is asked about one is asked about both"
    assert (await answer(recipient, REFUSED)).status_code == 201
    assert await states(world, first, second) == ["sent", "sent"]
    again = replace(sender, [first, second], [recipient])
    await say(sender, again)
    assert (await answer(recipient, AGREED)).status_code == 201
    assert await states(world, first, second, again) == ["replaced", "replaced", "received"]
    assert (await other.report(await last_entry(other), StatusCode.RECEIVED)).status_code == 201


@pytest.mark.parametrize("kind", ["take_back", "revoke"])
async def test_the_removal_is_reported_once_and_only_where_it_is_owed(world: World, kind: str) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    await say(sender, ASK[kind](sender, document, [recipient]))
    request = await last_entry(recipient)
    nothing = [("nothing_to_remove", "R-CHANGE", "/data/message_id")]
    assert codes(await post(recipient, removal_after(request, recipient))) == nothing
    assert (await answer(recipient, AGREED)).status_code == 201
    line = (await sender.track(sender, document.id)).json()["recipients"][0]["changes"][0]
    assert (line["removal"], line["removed_at"]) == ("owed", None)
    report = recipient.seal(removal_after(request, recipient))
    assert (await recipient.post(report)).status_code == 201
    assert (await recipient.post(report)).status_code == 200
    assert codes(await post(recipient, removal_after(request, recipient))) == [
        ("already_removed", "R-CHANGE", "/data/message_id")
    ]
    assert (await sender.read_all())[-1].message == report
    line = (await sender.track(sender, document.id)).json()["recipients"][0]["changes"][0]
    assert line["removal"] == "reported"
    assert line["removed_at"] is not None


async def test_nothing_is_owed_after_a_newer_version_or_a_refusal(world: World) -> None:
    sender, recipient = await world.agencies(2)
    nothing = [("nothing_to_remove", "R-CHANGE", "/data/message_id")]
    for ask, given in ((update, AGREED), (take_back, REFUSED)):
        document = await sent(sender, recipient)
        await acknowledged(recipient)
        await say(sender, ask(sender, document, [recipient]))
        request = await last_entry(recipient)
        assert (await answer(recipient, given)).status_code == 201
        assert codes(await post(recipient, removal_after(request, recipient))) == nothing


def sorted_after_first(agencies: list[Agency]) -> list[Agency]:
    """States are told in the order of the recipients' ids."""
    return [agencies[0], *sorted(agencies[1:], key=lambda agency: agency.id)]
