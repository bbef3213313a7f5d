"""A sender asks for changes of its documents: named rightly, and said once however often it is run."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from counterpart import FINANCE, JUSTICE, MESSAGES, Counterpart
from letters import document, opened, organizations

from lienthong.common.clock import to_text
from lienthong.common.ids import new_id
from lienthong.common.messages.document import BusinessType, DocumentKind, OtherInfo, Purpose, ResponseFor
from lienthong.common.messages.envelope import read
from lienthong.common.messages.exchange import DocumentSent, TakeBackRequested
from lienthong.common.messages.parts import Organization
from lienthong.sdk import Agency, BadInput, Draft, OutcomeUnknown, Refused, Sent, StaffInfo
from lienthong.sdk.compose import draft_of

pytestmark = pytest.mark.requirement("QD28-8")

LETTER = Draft(
    symbol="20/STC-VP",
    kind=DocumentKind.CONG_VAN,
    subject="V/v thu hồi Công văn số 15/STC-QLNS",
    signer="Nguyễn Văn Minh",
    position="Giám đốc",
    place="Tây Ninh",
    promulgated=date(2026, 11, 21),
    purpose=Purpose.INFORMATION,
    sealed_by="Trần Thị Hòa",
)


def silence(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("silence", request=request)


async def send(agency: Agency, counterpart: Counterpart, **changes: Any) -> Sent:
    return await agency.send(document(counterpart).model_copy(update=changes))


def documents(counterpart: Counterpart) -> list[DocumentSent]:
    return [
        read(each.payload, DocumentSent, tolerant=False)
        for each in counterpart.messages
        if json.loads(each.payload)["type"] == DocumentSent.TYPE
    ]


def take_backs(counterpart: Counterpart) -> list[TakeBackRequested]:
    return [
        read(each.payload, TakeBackRequested, tolerant=False)
        for each in counterpart.messages
        if json.loads(each.payload)["type"] == TakeBackRequested.TYPE
    ]


@pytest.mark.parametrize("by", ["message", "symbol"])
async def test_a_take_back_names_the_document_in_every_way_and_asks_all_its_recipients(
    by: str, agency: Agency, counterpart: Counterpart
) -> None:
    sent = await send(agency, counterpart)
    name = sent.message_id if by == "message" else "15/STC-QLNS"
    staff = StaffInfo(staff="Trần Thị Hòa", mobile="0276 3822 222")
    await agency.take_back(name, " Gửi nhầm nơi nhận ", staff=staff, sealed_by="Trần Thị Hòa")
    (event,), (letter,) = take_backs(counterpart), documents(counterpart)
    assert (event.source, event.subject) == (agency.profile.source, letter.subject)
    data = event.data
    assert (data.message_id, data.lane, data.reason, data.staff) == (
        sent.message_id,
        letter.data.lane,
        "Gửi nhầm nơi nhận",
        staff,
    )
    assert [each.code for each in data.to] == [JUSTICE]
    assert (data.sender.code, data.status) == (FINANCE, "13")
    assert data.response_for.document_id == letter.data.document_id
    assert (str(data.response_for.subject), data.response_for.organ_id) == (letter.subject, FINANCE)


async def test_only_recipients_of_the_document_are_asked_and_never_without_a_reason(
    agency: Agency, counterpart: Counterpart
) -> None:
    await send(agency, counterpart)
    with pytest.raises(BadInput):
        await agency.take_back("15/STC-QLNS", "Gửi nhầm", to=[FINANCE])
    for reason in ("", "  "):
        with pytest.raises(BadInput):
            await agency.take_back("15/STC-QLNS", reason)
        with pytest.raises(BadInput):
            await agency.revoke("15/STC-QLNS", LETTER, reason)
    with pytest.raises(BadInput):
        await agency.take_back("99/STC-QLNS", "Gửi nhầm")
    with pytest.raises(BadInput):
        await agency.take_back(new_id(), "Gửi nhầm")
    assert take_backs(counterpart) == []


async def test_asking_the_same_again_sends_nothing_new_also_after_a_restart(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    async with opened(counterpart, tmp_path / "p") as agency:
        await send(agency, counterpart)
        first = await agency.take_back("15/STC-QLNS", "Gửi nhầm")
    async with opened(counterpart, tmp_path / "p") as agency:
        again = await agency.take_back("15/STC-QLNS", "Gửi nhầm")
    assert (again.receipt_signed, again.repeated) == (first.receipt_signed, True)
    assert len(take_backs(counterpart)) == 1


async def test_after_a_refusal_the_same_may_be_asked_again_if_one_says_so(
    agency: Agency, counterpart: Counterpart
) -> None:
    await send(agency, counterpart)
    await agency.take_back("15/STC-QLNS", "Gửi nhầm")
    assert not (await agency.take_back("15/STC-QLNS", "Gửi nhầm", again=True)).repeated
    assert not (await agency.take_back("15/STC-QLNS", "Gửi nhầm nơi nhận, xin trả lại")).repeated
    assert len(take_backs(counterpart)) == 3


async def test_a_request_whose_answer_was_lost_is_sent_again_and_not_said_anew(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    async with opened(counterpart, tmp_path / "p") as agency:
        await send(agency, counterpart)
        counterpart.fail(MESSAGES, silence, times=4)
        with pytest.raises(OutcomeUnknown):
            await agency.revoke("15/STC-QLNS", LETTER, "Ban hành nhầm")
        (waiting,) = agency.pending()
    async with opened(counterpart, tmp_path / "p") as agency:
        sent = await agency.revoke("15/STC-QLNS", LETTER, "Ban hành nhầm")
        assert (sent.message_id, agency.pending()) == (waiting.message_id, [])
    assert len(documents(counterpart)) == 2


async def test_what_waits_about_a_document_goes_before_the_next_request(
    agency: Agency, counterpart: Counterpart
) -> None:
    counterpart.fail(MESSAGES, silence, times=4)
    with pytest.raises(OutcomeUnknown):
        await send(agency, counterpart)
    (letter,) = agency.pending()
    counterpart.fail(MESSAGES, silence, times=0)
    await agency.take_back(letter.message_id, "Gửi nhầm")
    assert [json.loads(each.payload)["type"] for each in counterpart.messages] == [
        DocumentSent.TYPE,
        TakeBackRequested.TYPE,
    ]


async def test_a_request_that_was_refused_may_be_made_again(agency: Agency, counterpart: Counterpart) -> None:
    await send(agency, counterpart)
    counterpart.judge = lambda _: {"code": "message_refused", "violations": [{"code": "change_pending"}]}
    with pytest.raises(Refused):
        await agency.take_back("15/STC-QLNS", "Gửi nhầm")
    counterpart.judge = lambda _: None
    assert not (await agency.take_back("15/STC-QLNS", "Gửi nhầm")).repeated


async def test_a_revocation_is_a_letter_of_its_own_that_names_the_document(
    agency: Agency, counterpart: Counterpart
) -> None:
    await send(agency, counterpart)
    await agency.revoke("15/STC-QLNS", LETTER, "Ban hành nhầm")
    old, new = documents(counterpart)
    assert new.subject != old.subject
    assert (new.data.business.type, new.data.business.reason) == (BusinessType.REVOKE, "Ban hành nhầm")
    (named,) = new.data.response_for
    assert (str(named.subject), named.document_id) == (old.subject, old.data.document_id)
    assert (new.data.code.number, [each.code for each in new.data.to]) == ("20", [JUSTICE])


async def test_an_update_says_the_same_document_again_with_what_is_new(
    agency: Agency, counterpart: Counterpart
) -> None:
    answered = (ResponseFor(code="7/STP-VB"),)
    other = OtherInfo(sphere_of_promulgation="Toàn tỉnh", page_amount=3)
    await send(agency, counterpart, response_for=answered, other=other, to_places=("Lưu: VT",))
    await agency.update("15/STC-QLNS", reason="Sửa số liệu biểu 2")
    old, new = documents(counterpart)
    assert new.subject == old.subject
    business = new.data.business
    assert (business.type, business.document_id) == (BusinessType.UPDATE, old.data.document_id)
    assert (business.document_info, business.document_receiver) == (True, False)
    kept = {name: getattr(old.data, name) for name in type(old.data).model_fields if name != "business"}
    assert {name: getattr(new.data, name) for name in kept} == kept


async def test_an_update_is_of_the_newest_version_and_the_same_one_is_sent_once(
    agency: Agency, counterpart: Counterpart
) -> None:
    await send(agency, counterpart)
    draft = draft_of(documents(counterpart)[0].data)
    first = await agency.update("15/STC-QLNS", draft, "Sửa số liệu", to=[JUSTICE, FINANCE])
    again = await agency.update("15/STC-QLNS", draft, "Sửa số liệu", to=[JUSTICE, FINANCE])
    assert (again.message_id, again.repeated) == (first.message_id, True)
    assert documents(counterpart)[1].data.business.document_receiver
    await agency.update("15/STC-QLNS", draft, "Sửa lần nữa")
    await agency.take_back("15/STC-QLNS", "Sai cả ba bản")
    _, _, newest = documents(counterpart)
    (request,) = take_backs(counterpart)
    assert (request.data.message_id, request.subject) == (newest.id, newest.subject)
    reverted = await agency.update("15/STC-QLNS", draft, "Sửa số liệu", to=[JUSTICE, FINANCE])
    assert not reverted.repeated


async def test_a_replacement_names_what_it_replaces_and_for_whom(agency: Agency, counterpart: Counterpart) -> None:
    sent = [await agency.send(document(counterpart, symbol=symbol)) for symbol in ("15/STC-QLNS", "16/STC-QLNS")]
    await agency.replace(["15/STC-QLNS", sent[1].message_id], LETTER, "Gộp hai văn bản", to=[JUSTICE, FINANCE])
    first, second, new = documents(counterpart)
    assert new.subject not in {first.subject, second.subject}
    business = new.data.business
    assert business.type is BusinessType.REPLACE
    assert [str(each.subject) for each in business.replacements] == [first.subject, second.subject]
    assert {each.organ_ids for each in business.replacements} == {(JUSTICE,)}
    assert [each.code for each in new.data.to] == [JUSTICE, FINANCE]
    with pytest.raises(BadInput):
        await agency.replace("15/STC-QLNS", LETTER, "Thay thế", to=[FINANCE])


async def test_unless_they_are_named_those_who_gave_it_back_are_left_alone(
    agency: Agency, counterpart: Counterpart
) -> None:
    own, other = organizations(counterpart)
    sent = await agency.send(document(counterpart).model_copy(update={"to": (other, own)}))
    track_sent(counterpart, (other, "taken_back"), (own, "received"))
    first = await agency.take_back("15/STC-QLNS", "Gửi nhầm")
    await agency.update("15/STC-QLNS", reason="Sửa số liệu")
    (request,), (_, update) = take_backs(counterpart), documents(counterpart)
    assert [each.code for each in request.data.to] == [each.code for each in update.data.to] == [FINANCE]
    # Whoever asked all has asked all, also when others are left out the next time.
    track_sent(counterpart, (other, "taken_back"), (own, "revoked"))
    assert (await agency.take_back(sent.message_id, "Gửi nhầm")).message_id == first.message_id
    await agency.update("15/STC-QLNS", reason="Gửi lại", to=[JUSTICE])
    assert [each.code for each in documents(counterpart)[-1].data.to] == [JUSTICE]


def track_sent(counterpart: Counterpart, *states: tuple[Organization, str]) -> None:
    """What the exchange tells of everything that the agency has sent."""
    for letter in documents(counterpart):
        counterpart.tracks[str(letter.id)] = {
            "environment": "training",
            "source": letter.source,
            "message_id": str(letter.id),
            "subject": letter.subject,
            "lane": "ordinary",
            "accepted_at": to_text(letter.time),
            "document_id": letter.data.document_id,
            "title": letter.data.subject,
            "recipients": [
                {"agency_id": str(each.agency_id), "code": each.code, "name": each.name, "state": state}
                for each, state in states
            ],
        }
