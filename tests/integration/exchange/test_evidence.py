"""Sender and recipient get evidence that anybody verifies offline; nobody else learns that there is a document."""

import asyncio
import hashlib
import io
import os
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from tests.integration.exchange.changing import (
    AGREED,
    acknowledged,
    answer,
    replace,
    revoke,
    say,
    sent,
    take_back,
    update,
)
from tests.integration.exchange.test_lapses import let_end, until_lapsed
from tests.integration.exchange.world import Agency, World, answered, told

from lienthong.common.evidence import Report, verify_evidence
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.store.evidence import measure_beside

pytestmark = pytest.mark.requirement("N5")


async def ask(asks: Agency, sender: Agency | UUID, message_id: str | UUID, recipient: Agency | UUID) -> httpx.Response:
    source, where = (each.id if isinstance(each, Agency) else each for each in (sender, recipient))
    return await asks.world.http.get(f"/v1/evidence/{source}/{message_id}/{where}", headers=asks.headers)


async def get(asks: Agency, sender: Agency, message_id: str, recipient: Agency) -> bytes:
    """The file, as soon as it is ready."""
    answers: list[httpx.Response] = []

    async def ready() -> bool:
        answers.append(await ask(asks, sender, message_id, recipient))
        return answers[-1].status_code != 503

    await asks.world.until(ready, "the acceptance is time-stamped")
    answer = answers[-1]
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return answer.content


def verify(world: World, file: bytes) -> Report:
    return verify_evidence(io.BytesIO(file), world.voice.store)


async def test_sender_and_recipient_prove_a_document_with_all_that_became_of_it(world: World) -> None:
    sender, first, second = await world.agencies(3)
    sent = await sender.send(first, second)
    (entry,) = await first.read_all()
    for status in (StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.DONE):
        assert (await first.report(entry, status)).status_code == 201
    assert (await first.acknowledge(1)).status_code == 200
    for asks in (sender, first):
        report = verify(world, await get(asks, sender, entry.event["id"], first))
        assert report.proven is not None, report.taken
        assert (report.proven.n, report.proven.acknowledged_at is not None) == (1, True)
        assert len(report.proven.messages) == 3
        assert str(report.proven.message_id) == entry.event["id"]
        assert report.proven.sha256 == world.check_receipt(entry).sha256
    other = verify(world, await get(sender, sender, entry.event["id"], second))
    assert other.proven is not None
    assert (other.proven.recipient_id, other.proven.messages) == (second.id, ())
    assert sent == entry.message


async def test_an_acknowledgement_of_later_entries_covers_the_document_by_its_links(world: World) -> None:
    sender, recipient = await world.agencies(2)
    for _ in range(4):
        await sender.send(recipient)
    first, *_ = await recipient.read_all()
    assert (await recipient.acknowledge(4)).status_code == 200
    report = verify(world, await get(sender, sender, first.event["id"], recipient))
    assert report.proven is not None, report.taken
    assert report.proven.acknowledged_at is not None


async def test_nobody_else_learns_that_there_is_a_document(world: World) -> None:
    sender, recipient, other, outsider = await world.agencies(4)
    await sender.send(recipient, other)
    (entry,) = await recipient.read_all()
    document = entry.event["id"]
    await get(sender, sender, document, recipient)
    nowhere = await ask(outsider, sender, new_id(), recipient)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "document_not_found")
    guesses = [
        await ask(outsider, sender, document, recipient),
        await ask(outsider, sender, document, outsider),
        await ask(outsider, outsider, document, recipient),
        await ask(other, sender, document, recipient),
        await ask(recipient, sender, document, other),
        await ask(recipient, recipient, document, sender),
        await ask(sender, sender, document, outsider),
        await ask(sender, sender, document, sender),
    ]
    assert {(each.status_code, each.json()["code"]) for each in guesses} == {(404, "document_not_found")}


async def test_who_got_evidence_is_on_record_without_content(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    (entry,) = await recipient.read_all()
    await get(sender, sender, entry.event["id"], recipient)
    (row,) = await world.rows(
        "SELECT object, entry FROM audit WHERE act = 'evidence.read' AND who = $1", sender.identity.source
    )
    assert row["object"].endswith(f"/evidence/{sender.id}/{entry.event['id']}/{recipient.id}")
    assert "Báo cáo".encode() not in row["entry"]


@pytest.mark.parametrize("ask_back", [take_back, revoke], ids=["take-back", "revocation"])
async def test_the_sender_proves_what_was_given_back_and_its_recipient_has_it_no_more(
    world: World, ask_back: Callable[..., Any]
) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    await get(recipient, sender, str(document.id), recipient)
    await say(sender, ask_back(sender, document, [recipient]))
    assert (await answer(recipient, AGREED)).status_code == 201
    report = verify(world, await get(sender, sender, str(document.id), recipient))
    assert report.proven is not None, report.taken
    assert [each.rsplit(".", 2)[1] for each in report.proven.messages] == [
        "take_back_requested" if ask_back is take_back else "document_sent",
        "change_answered",
    ]
    refused = await ask(recipient, sender, document.id, recipient)
    assert (refused.status_code, refused.json()["code"]) == (409, "content_withheld")


async def test_what_the_exchange_told_the_sender_is_in_its_evidence_alone(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await say(sender, take_back(sender, document, [recipient]))
    report = verify(world, await get(sender, sender, str(document.id), recipient))
    assert report.proven is not None, report.taken
    assert report.proven.messages[-1] == "vn.lienthong.exchange.delivery_ended.v1"
    nothing = await ask(recipient, sender, document.id, recipient)
    assert nothing.status_code == 404, "it never arrived"


async def test_the_answer_to_an_update_is_in_the_evidence_of_both_versions(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    newer = update(sender, document, [recipient])
    await say(sender, newer)
    assert (await answer(recipient, AGREED)).status_code == 201
    for version, beside in ((document, 2), (newer, 1)):
        for asks in (sender, recipient):
            report = verify(world, await get(asks, sender, str(version.id), recipient))
            assert report.proven is not None, report.taken
            assert len(report.proven.messages) == beside


async def test_a_replacement_is_in_the_evidence_of_what_it_replaced(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    newer = replace(sender, [document], [recipient])
    await say(sender, newer)
    assert (await answer(recipient, AGREED)).status_code == 201
    for version, beside in ((document, ["document_sent", "change_answered"]), (newer, ["change_answered"])):
        report = verify(world, await get(recipient, sender, str(version.id), recipient))
        assert report.proven is not None, report.taken
        assert [each.rsplit(".", 2)[1] for each in report.proven.messages] == beside


async def test_a_request_that_nobody_answered_is_in_the_evidence_of_who_asked(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    asked = take_back(sender, document, [recipient])
    await say(sender, asked)
    await let_end(world, asked)
    await until_lapsed(world, asked)
    for asks, lapsed in ((sender, ["change_lapsed"]), (recipient, [])):
        report = verify(world, await get(asks, sender, str(document.id), recipient))
        assert report.proven is not None, report.taken
        assert [each.rsplit(".", 2)[1] for each in report.proven.messages] == ["take_back_requested", *lapsed]


async def test_an_heir_gets_no_evidence_of_what_others_exchanged(world: World) -> None:
    """What a merged agency sent and received stays its own; who takes over its archive takes over its files."""
    sender, recipient, heir = await world.agencies(3)
    document = await sent(sender, recipient)
    await acknowledged(recipient)
    await get(recipient, sender, str(document.id), recipient)
    for merged in (sender, recipient):
        await world.tell_agency(world.record(merged, version=2, state=AgencyLife.MERGED, successors=[heir.id]))
    refused = await ask(heir, sender, document.id, recipient)
    assert (refused.status_code, refused.json()["code"]) == (404, "document_not_found")


async def test_who_asks_for_much_evidence_at_once_leaves_turns_to_others(world: World) -> None:
    greedy, recipient, other = await world.agencies(3)
    document, its = await sent(greedy, recipient), await sent(other, recipient)
    for sender, message in ((greedy, document), (other, its)):
        await get(sender, sender, str(message.id), recipient)
    asking = [ask(greedy, greedy, document.id, recipient) for _ in range(40)]
    *answers, modest = await asyncio.gather(*asking, ask(other, other, its.id, recipient))
    assert modest.status_code == 200
    assert {each.status_code for each in answers} == {200, 429}
    assert all("retry-after" in each.headers for each in answers if each.status_code == 429)


async def test_what_was_said_of_a_document_is_measured_before_it_is_read(world: World) -> None:
    """A recipient may say hundreds of megabytes: more than a file holds is never in memory."""
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    (entry,) = await recipient.read_all()
    for status in (StatusCode.ARRIVED, StatusCode.RECEIVED):
        assert (await recipient.report(entry, status)).status_code == 201
    (row,) = await world.rows("SELECT id FROM message WHERE message_id = $1", document.id)
    said = await world.rows("SELECT octet_length(payload) AS size FROM message WHERE sender = $1", recipient.id)
    connection = await asyncpg.connect(world.dsn)
    try:
        measured = await measure_beside(connection, row["id"], recipient.id)
    finally:
        await connection.close()
    assert (len(said), measured) == (2, sum(each["size"] for each in said))


DOCUMENTS = int(os.environ.get("LIENTHONG_EVIDENCE_DOCUMENTS", "20"))


@pytest.mark.timeout(120 + 3 * DOCUMENTS)
async def test_every_one_of_many_documents_is_proven_and_a_changed_byte_of_each_file_found(world: World) -> None:
    sender, recipient = await world.agencies(2)
    answers = answered(await sender.post_batch([sender.message(recipient) for _ in range(DOCUMENTS)]))
    assert told(answers) == [201] * DOCUMENTS
    entries, chance = await recipient.read_all(), random.Random(DOCUMENTS)
    assert len(entries) == DOCUMENTS
    for entry in entries:
        file = await get(sender, sender, entry.event["id"], recipient)
        report = verify(world, file)
        assert report.proven is not None, report.taken
        assert report.proven.sha256 == hashlib.sha256(entry.message.payload).hexdigest()
        changed = bytearray(file)
        changed[chance.randrange(len(file))] ^= chance.randrange(1, 256)
        assert verify(world, bytes(changed)).exit_code == 1
