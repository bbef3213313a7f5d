"""Beside documents an inbox holds status reports, and one day what a later version says: nothing is passed over."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from counterpart import Counterpart, Holding
from letters import document, letter_from_other, opened, status_of

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.exchange import StatusReported
from lienthong.common.messages.parts import Organization
from lienthong.sdk import (
    Agency,
    BadInput,
    InboxChanged,
    Letter,
    NoticeRefused,
    SealRefused,
    Sent,
    StatusCode,
    StatusNotice,
    UnknownMessage,
)


def deliver_status(counterpart: Counterpart, event: StatusReported, by: Holding | None = None) -> None:
    counterpart.deliver((by or counterpart.other).signer.sign(to_bytes(event)))


async def sent_letter(agency: Agency, counterpart: Counterpart) -> Sent:
    return await agency.send(document(counterpart))


@pytest.mark.requirement("QD28")
async def test_documents_and_reports_come_in_one_order_and_share_what_a_reader_needs(
    agency: Agency, counterpart: Counterpart
) -> None:
    sent = await sent_letter(agency, counterpart)
    counterpart.deliver(letter_from_other(counterpart))
    deliver_status(counterpart, status_of(counterpart, counterpart.messages[0]))
    letter, notice = [item async for item in agency.inbox()]
    assert isinstance(letter, Letter)
    assert isinstance(notice, StatusNotice)
    assert [(item.n, item.lane, item.sender_name) for item in (letter, notice)] == [
        (1, Lane.ORDINARY, "Sở Tư pháp"),
        (2, Lane.ORDINARY, "Sở Tư pháp"),
    ]
    assert notice.title == "03 Đã tiếp nhận: 15/STC-QLNS"
    assert (notice.document_message_id, notice.status) == (sent.message_id, StatusCode.RECEIVED)
    assert (await agency.acknowledge(notice)).n == 2


async def test_a_report_signed_by_another_agency_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    await sent_letter(agency, counterpart)
    event = status_of(counterpart, counterpart.messages[0])
    deliver_status(counterpart, event, by=counterpart.agency)
    with pytest.raises(SealRefused) as caught:
        [item async for item in agency.inbox()]
    assert (caught.value.n, caught.value.reason) == (1, "policy.holder")


async def test_a_report_in_the_name_of_another_than_its_signer_is_refused(
    agency: Agency, counterpart: Counterpart
) -> None:
    await sent_letter(agency, counterpart)
    event = status_of(counterpart, counterpart.messages[0])
    third = Organization(agency_id=new_id(), code="000.00.01.H53", name="Văn phòng")
    forged = event.model_copy(update={"data": event.data.model_copy(update={"sender": third})})
    deliver_status(counterpart, forged)
    with pytest.raises(SealRefused) as caught:
        [item async for item in agency.inbox()]
    assert caught.value.reason == "sender"


async def test_a_report_for_another_agency_stops_the_reading(agency: Agency, counterpart: Counterpart) -> None:
    await sent_letter(agency, counterpart)
    third = Organization(agency_id=new_id(), code="000.00.01.H53", name="Văn phòng")
    deliver_status(counterpart, status_of(counterpart, counterpart.messages[0], to=(third,)))
    with pytest.raises(InboxChanged):
        [item async for item in agency.inbox()]


def other_document(counterpart: Counterpart) -> StatusReported:
    return status_of(counterpart, counterpart.messages[0], subject=str(new_id()))


def other_lane(counterpart: Counterpart) -> StatusReported:
    return status_of(counterpart, counterpart.messages[0], lane=Lane.URGENT)


def other_recipient(counterpart: Counterpart) -> StatusReported:
    return status_of(counterpart, counterpart.messages[1])


@pytest.mark.parametrize(
    ("make", "reason"), [(other_document, "document"), (other_lane, "lane"), (other_recipient, "recipient")]
)
async def test_a_report_that_answers_no_document_of_ours_is_refused_and_can_be_passed(
    make: Callable[[Counterpart], StatusReported], reason: str, agency: Agency, counterpart: Counterpart
) -> None:
    await sent_letter(agency, counterpart)
    third = Organization(agency_id=new_id(), code="000.00.01.H53", name="Văn phòng")
    await agency.send(document(counterpart).model_copy(update={"to": (third,)}))
    deliver_status(counterpart, make(counterpart))
    deliver_status(counterpart, status_of(counterpart, counterpart.messages[0]))
    with pytest.raises(NoticeRefused) as caught:
        [item async for item in agency.inbox()]
    assert (caught.value.n, caught.value.reason) == (1, reason)
    await agency.pass_over(Lane.ORDINARY, 1)
    assert [item.n async for item in agency.inbox()] == [2]


async def test_a_report_on_a_document_that_another_machine_of_the_agency_sent_is_given_out(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    async with opened(counterpart, tmp_path / "other machine") as other:
        await sent_letter(other, counterpart)
    deliver_status(counterpart, status_of(counterpart, counterpart.messages[0]))
    assert [type(item) async for item in agency.inbox()] == [StatusNotice]


def of_a_later_kind(told: dict[str, object]) -> None:
    told |= {"type": "vn.lienthong.exchange.change_requested.v1", "data": {"from": {"name": "Sở Tư pháp"}}}


def of_a_later_minor_version(told: dict[str, object]) -> None:
    told["dataschema"] = "urn:lienthong:schema:exchange.status_reported:1.7"
    told["data"] = {**dict(told["data"]), "status": "13"}  # type: ignore[call-overload]


@pytest.mark.parametrize("change", [of_a_later_kind, of_a_later_minor_version])
async def test_what_a_later_version_says_is_given_out_verified_and_can_be_acknowledged(
    change: Callable[[dict[str, object]], None], agency: Agency, counterpart: Counterpart
) -> None:
    await sent_letter(agency, counterpart)
    told = json.loads(to_bytes(status_of(counterpart, counterpart.messages[0])))
    change(told)
    signed = counterpart.other.signer.sign(json.dumps(told, ensure_ascii=False).encode())
    counterpart.deliver(signed)
    (item,) = [item async for item in agency.inbox()]
    assert isinstance(item, UnknownMessage)
    assert (item.title, item.sender_name, item.signed) == (told["type"], "Sở Tư pháp", signed)
    await agency.acknowledge(item)
    assert [each async for each in agency.inbox()] == []


async def test_what_a_later_version_says_under_a_foreign_seal_is_refused(
    agency: Agency, counterpart: Counterpart
) -> None:
    await sent_letter(agency, counterpart)
    told = json.loads(to_bytes(status_of(counterpart, counterpart.messages[0])))
    of_a_later_kind(told)
    counterpart.deliver(counterpart.agency.signer.sign(json.dumps(told).encode()))
    with pytest.raises(SealRefused):
        [item async for item in agency.inbox()]


async def test_a_malformed_report_of_a_known_version_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    await sent_letter(agency, counterpart)
    told = json.loads(to_bytes(status_of(counterpart, counterpart.messages[0])))
    told["data"]["status"] = "13"
    counterpart.deliver(counterpart.other.signer.sign(json.dumps(told, ensure_ascii=False).encode()))
    with pytest.raises(SealRefused) as caught:
        [item async for item in agency.inbox()]
    assert caught.value.reason == "malformed_event"


async def test_only_what_is_refused_and_next_can_be_passed_over(agency: Agency, counterpart: Counterpart) -> None:
    counterpart.deliver(letter_from_other(counterpart))
    counterpart.deliver(letter_from_other(counterpart, 2))
    for n in (1, 2):
        with pytest.raises(BadInput):
            await agency.pass_over(Lane.ORDINARY, n)


async def test_an_entry_is_read_again_by_its_number_after_it_was_acknowledged(
    agency: Agency, counterpart: Counterpart
) -> None:
    for number in (1, 2):
        counterpart.deliver(letter_from_other(counterpart, number))
    first, last = [item async for item in agency.inbox()]
    await agency.acknowledge(last)
    again = await agency.read_again(Lane.ORDINARY, 1)
    assert isinstance(first, Letter)
    assert isinstance(again, Letter)
    assert (again.n, again.signed, again.receipt) == (1, first.signed, first.receipt)
    with pytest.raises(BadInput):
        await agency.read_again(Lane.ORDINARY, 3)
