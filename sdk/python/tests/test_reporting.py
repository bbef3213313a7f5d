"""A recipient reports a document's states: each once, in order, also over lost answers and restarts."""

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from counterpart import MESSAGES, Counterpart
from letters import letter_from_other, opened

from lienthong.common.clock import SystemClock
from lienthong.common.messages.envelope import read
from lienthong.common.messages.exchange import DocumentSent, StatusReported
from lienthong.sdk import Agency, BadInput, Letter, OutcomeUnknown, Refused, StaffInfo, StatusCode
from lienthong.sdk.statuses import STATUS_WORDS, find_status, state_words


async def letter_in(agency: Agency, counterpart: Counterpart) -> Letter:
    if not counterpart.lines:
        counterpart.deliver(letter_from_other(counterpart))
    item = await anext(agency.inbox())
    assert isinstance(item, Letter)
    return item


def said(counterpart: Counterpart) -> list[StatusReported]:
    return [read(signed.payload, StatusReported, tolerant=False) for signed in counterpart.messages]


def silence(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("silence", request=request)


@pytest.mark.requirement("QD28")
async def test_a_report_names_the_document_in_every_way_and_goes_to_its_sender(
    agency: Agency, counterpart: Counterpart
) -> None:
    letter = await letter_in(agency, counterpart)
    at = SystemClock().now() - timedelta(minutes=1)
    staff = StaffInfo(department="Phòng Quản lý ngân sách", staff="Lê Văn An")
    await agency.report(letter, StatusCode.ASSIGNED, description="Giao xử lý", happened_at=at, staff=staff)
    (event,) = said(counterpart)
    document = read(letter.signed.payload, DocumentSent, tolerant=False)
    assert (event.source, event.subject, event.time) == (agency.profile.source, document.subject, at)
    data = event.data
    assert (data.sender.agency_id, data.sender.code) == (agency.profile.agency_id, "000.00.11.H53")
    assert data.to == (document.data.sender,)
    assert (data.message_id, data.lane, data.status) == (document.id, letter.lane, StatusCode.ASSIGNED)
    assert (data.response_for.code, data.response_for.document_id) == ("1/STP-VB", document.data.document_id)
    assert (data.description, data.staff, data.sealed_by) == ("Giao xử lý", staff, None)


async def test_a_refusal_without_its_reason_is_not_sealed(agency: Agency, counterpart: Counterpart) -> None:
    letter = await letter_in(agency, counterpart)
    with pytest.raises(BadInput):
        await agency.report(letter, StatusCode.REFUSED)
    assert agency.pending() == []


async def test_saying_the_same_again_gives_the_first_receipt_and_sends_nothing(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    async with opened(counterpart, tmp_path / "p") as agency:
        first = await agency.report(await letter_in(agency, counterpart), StatusCode.ARRIVED)
    async with opened(counterpart, tmp_path / "p") as agency:
        again = await agency.report(await letter_in(agency, counterpart), StatusCode.ARRIVED)
    assert (again.message_id, again.receipt_signed, again.repeated) == (first.message_id, first.receipt_signed, True)
    assert len(counterpart.asked("POST", MESSAGES)) == 1


async def test_being_in_progress_may_be_reported_more_than_once(agency: Agency, counterpart: Counterpart) -> None:
    letter = await letter_in(agency, counterpart)
    for _ in range(2):
        await agency.report(letter, StatusCode.PROCESSING)
    assert len(said(counterpart)) == 2


async def test_a_report_whose_answer_was_lost_is_sent_again_and_not_said_anew(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    async with opened(counterpart, tmp_path / "p") as agency:
        letter = await letter_in(agency, counterpart)
        counterpart.fail(MESSAGES, silence, times=4)
        with pytest.raises(OutcomeUnknown):
            await agency.report(letter, StatusCode.PROCESSING)
        (waiting,) = agency.pending()
    async with opened(counterpart, tmp_path / "p") as agency:
        sent = await agency.report(await letter_in(agency, counterpart), StatusCode.PROCESSING)
        assert sent.message_id == waiting.message_id
        assert agency.pending() == []
    assert counterpart.messages == [waiting.signed]


async def test_what_waits_about_a_document_goes_before_the_next_state(agency: Agency, counterpart: Counterpart) -> None:
    letter = await letter_in(agency, counterpart)
    counterpart.fail(MESSAGES, silence, times=4)
    with pytest.raises(OutcomeUnknown):
        await agency.report(letter, StatusCode.RECEIVED)
    await agency.report(letter, StatusCode.DONE)
    assert [event.data.status for event in said(counterpart)] == [StatusCode.RECEIVED, StatusCode.DONE]


async def test_a_report_that_was_refused_may_be_made_again(agency: Agency, counterpart: Counterpart) -> None:
    letter = await letter_in(agency, counterpart)
    counterpart.judge = lambda _: {"code": "message_refused", "violations": [{"code": "not_received_yet"}]}
    with pytest.raises(Refused) as caught:
        await agency.report(letter, StatusCode.DONE)
    assert "not_received_yet" in caught.value.problem.codes
    assert agency.pending() == []
    counterpart.judge = lambda _: None
    assert not (await agency.report(letter, StatusCode.DONE)).repeated


async def test_a_crash_between_the_name_and_the_message_makes_the_report_anew(
    agency: Agency, counterpart: Counterpart
) -> None:
    letter = await letter_in(agency, counterpart)
    await agency.report(letter, StatusCode.ARRIVED)
    (kept,) = (agency.profile.folder / "sent").glob("*.json")
    kept.unlink()
    await agency.report(letter, StatusCode.ARRIVED)
    (name,) = (agency.profile.folder / "reported").glob("*.json")
    assert json.loads(name.read_text())["message_id"] == str(said(counterpart)[1].id)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("03", StatusCode.RECEIVED),
        ("3", StatusCode.RECEIVED),
        ("received", StatusCode.RECEIVED),
        ("da-tiep-nhan", StatusCode.RECEIVED),
        ("Đã tiếp nhận", StatusCode.RECEIVED),
        ("tu_choi_tiep_nhan", StatusCode.REFUSED),
        ("dang xu ly", StatusCode.PROCESSING),
        ("13", None),
        ("", None),
    ],
)
def test_a_status_is_named_by_code_or_name(text: str, code: StatusCode | None) -> None:
    assert find_status(text) is code


def test_every_code_has_words_and_a_later_state_is_shown_as_it_is_called() -> None:
    assert set(STATUS_WORDS) == set(StatusCode)
    assert state_words("from_the_future").vi == "from_the_future"
