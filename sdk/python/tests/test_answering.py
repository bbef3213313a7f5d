"""A recipient answers what was asked, and removes what it gave back: the content goes, metadata stay."""

import json
from pathlib import Path

import httpx
import pytest
from changes import change_letter, take_back_of
from commanding import HASH, PDF
from counterpart import MESSAGES, Counterpart
from letters import letter_from_other, opened

from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import Attachment, AttachmentRole, BusinessType
from lienthong.common.messages.envelope import read
from lienthong.common.messages.exchange import ChangeAnswered, ContentRemoved
from lienthong.common.signing import SignedBytes
from lienthong.sdk import Agency, BadInput, InboxItem, Letter, OutcomeUnknown, TakeBackNotice
from lienthong.sdk.commands.output import Output
from lienthong.sdk.commands.saving import save_item

pytestmark = pytest.mark.requirement("QD28-8")


def silence(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("silence", request=request)


def with_file(counterpart: Counterpart, number: int = 1) -> SignedBytes:
    pdf = Attachment(
        id="file-1", name="van-ban.pdf", media_type="application/pdf", role=AttachmentRole.MAIN, size=len(PDF),
        sha256=HASH,
    )  # fmt: skip
    counterpart.files[HASH] = PDF
    return letter_from_other(counterpart, number, pdf)


async def asked(agency: Agency, counterpart: Counterpart) -> tuple[Letter, TakeBackNotice, SignedBytes]:
    """A letter, and that it is asked back."""
    if not counterpart.lines:
        letter = with_file(counterpart)
        counterpart.deliver(letter)
        counterpart.deliver(take_back_of(counterpart, letter))
    items: list[InboxItem] = [each async for each in agency.inbox()]
    first, second = items[:2]
    assert isinstance(first, Letter)
    assert isinstance(second, TakeBackNotice)
    return first, second, second.signed


def answers(counterpart: Counterpart) -> list[ChangeAnswered]:
    told = [each for each in counterpart.messages if json.loads(each.payload)["type"] == ChangeAnswered.TYPE]
    return [read(each.payload, ChangeAnswered, tolerant=False) for each in told]


def removals(counterpart: Counterpart) -> list[ContentRemoved]:
    told = [each for each in counterpart.messages if json.loads(each.payload)["type"] == ContentRemoved.TYPE]
    return [read(each.payload, ContentRemoved, tolerant=False) for each in told]


async def test_an_answer_names_the_request_and_goes_to_who_asked(agency: Agency, counterpart: Counterpart) -> None:
    _, request, _ = await asked(agency, counterpart)
    await agency.answer(request, agreed=True, sealed_by="Lê Văn An")
    (event,) = answers(counterpart)
    assert (event.source, event.subject) == (agency.profile.source, request.event.subject)
    assert (event.data.message_id, event.data.status) == (request.message_id, Answer.AGREED)
    assert event.data.to == (request.sender,)
    assert event.data.response_for == request.request.response_for


async def test_letters_that_change_another_are_answered_and_new_ones_are_not(
    agency: Agency, counterpart: Counterpart
) -> None:
    letter = letter_from_other(counterpart)
    counterpart.deliver(letter)
    for kind in (BusinessType.REVOKE, BusinessType.UPDATE, BusinessType.REPLACE):
        counterpart.deliver(change_letter(counterpart, kind, letter))
    new, *requests = [each async for each in agency.inbox()]
    assert isinstance(new, Letter)
    with pytest.raises(BadInput):
        await agency.answer(new, agreed=True)
    for request in requests:
        assert isinstance(request, Letter)
        await agency.answer(request, agreed=False, description="Đã ban hành văn bản trả lời")
    assert [event.data.message_id for event in answers(counterpart)] == [
        each.message_id for each in requests if isinstance(each, Letter)
    ]
    assert {event.data.description for event in answers(counterpart)} == {"Đã ban hành văn bản trả lời"}


async def test_a_refusal_without_its_reason_is_not_sealed(agency: Agency, counterpart: Counterpart) -> None:
    _, request, _ = await asked(agency, counterpart)
    for description in (None, " "):
        with pytest.raises(BadInput):
            await agency.answer(request, agreed=False, description=description)
    assert agency.pending() == []


async def test_an_answer_is_said_once_also_over_a_lost_answer_and_a_restart(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    async with opened(counterpart, tmp_path / "p") as agency:
        _, request, _ = await asked(agency, counterpart)
        counterpart.fail(MESSAGES, silence, times=4)
        with pytest.raises(OutcomeUnknown):
            await agency.answer(request, agreed=True)
    async with opened(counterpart, tmp_path / "p") as agency:
        _, request, _ = await asked(agency, counterpart)
        first = await agency.answer(request, agreed=True)
        again = await agency.answer(request, agreed=True)
    assert (again.message_id, again.repeated) == (first.message_id, True)
    assert len(answers(counterpart)) == 1


async def test_a_removal_is_reported_once_and_only_of_what_was_given_back(
    agency: Agency, counterpart: Counterpart
) -> None:
    letter, request, _ = await asked(agency, counterpart)
    first = await agency.report_removed(request, note="Đã xóa khỏi phần mềm")
    again = await agency.report_removed(request)
    assert (again.message_id, again.repeated) == (first.message_id, True)
    (event,) = removals(counterpart)
    assert (event.data.message_id, event.data.note) == (request.message_id, "Đã xóa khỏi phần mềm")
    counterpart.deliver(change_letter(counterpart, BusinessType.UPDATE, letter.signed))
    *_, update = [each async for each in agency.inbox()]
    assert isinstance(update, Letter)
    with pytest.raises(BadInput):
        await agency.report_removed(update)


async def test_the_content_goes_and_the_metadata_stay(agency: Agency, counterpart: Counterpart, tmp_path: Path) -> None:
    letter, request, signed = await asked(agency, counterpart)
    _, place = await save_item(agency, letter, tmp_path / "in", Output("vi"))
    assert (place / "files" / "van-ban.pdf").read_bytes() == PDF
    counterpart.withhold(1, "taken_back", signed)
    assert await agency.remove_content(request) == (place,)
    left = {each.name for each in place.iterdir()}
    assert left.isdisjoint({"message.json", "document.json", "files"})
    assert {"removed.json", "receipt.json", "receipt.jws", "message.jws"} <= left
    told = json.loads((place / "removed.json").read_text())
    assert (told["symbol"], told["withheld"], told["title"]) == ("1/STP-VB", "taken_back", letter.title)
    assert told["sha256"] == letter.receipt.sha256
    assert told["request"] == {"source": request.source, "message_id": str(request.message_id)}
    assert await agency.remove_content(request) == ()


async def test_nothing_is_removed_that_the_exchange_still_gives_out(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    letter, request, _ = await asked(agency, counterpart)
    _, place = await save_item(agency, letter, tmp_path / "in", Output("vi"))
    with pytest.raises(BadInput):
        await agency.remove_content(request)
    assert (await agency.settle(request)).awaits
    assert (place / "files" / "van-ban.pdf").exists()


async def test_another_inboxs_letter_of_the_same_number_stays(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    letter, request, signed = await asked(agency, counterpart)
    _, place = await save_item(agency, letter, tmp_path / "in", Output("vi"))
    (place / "message.json").write_text("{}")
    counterpart.withhold(1, "taken_back", signed)
    assert await agency.remove_content(request) == ()
    assert (place / "files" / "van-ban.pdf").exists()


async def test_a_removal_that_was_interrupted_is_finished(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    letter, request, signed = await asked(agency, counterpart)
    _, place = await save_item(agency, letter, tmp_path / "in", Output("vi"))
    counterpart.withhold(1, "taken_back", signed)
    (place / "removed.json").write_text('{"symbol": "1/STP-VB"}')
    (place / "message.json").unlink()
    assert await agency.remove_content(request) == (place,)
    assert not (place / "files").exists()
    assert json.loads((place / "removed.json").read_text()) == {"symbol": "1/STP-VB"}


async def test_a_revocation_removes_every_letter_it_ended(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    letter = with_file(counterpart)
    counterpart.deliver(letter)
    revocation = change_letter(counterpart, BusinessType.REVOKE, letter)
    counterpart.deliver(revocation)
    first, request = [each async for each in agency.inbox()]
    assert isinstance(request, Letter)
    _, place = await save_item(agency, first, tmp_path / "in", Output("vi"))
    _, own = await save_item(agency, request, tmp_path / "in", Output("vi"))
    counterpart.withhold(1, "revoked", revocation)
    assert await agency.remove_content(request) == (place,)
    assert (own / "message.json").exists()


async def test_of_what_was_read_elsewhere_nothing_is_known(counterpart: Counterpart, tmp_path: Path) -> None:
    async with opened(counterpart, tmp_path / "p") as agency:
        _, request, signed = await asked(agency, counterpart)
        counterpart.withhold(1, "taken_back", signed)
    async with opened(counterpart, tmp_path / "other machine") as other:
        _, request = [each async for each in other.inbox()]
        assert isinstance(request, TakeBackNotice)
        assert await other.remove_content(request) is None
