"""What an inbox holds about changes: whose word it is, what it is about, and what is withheld without being a gap."""

import hashlib
from collections.abc import Callable

import pytest
from changes import (
    answer_of,
    change_letter,
    ended_of,
    lapsed_of,
    removal_of,
    said_by_exchange,
    take_back_of,
)
from counterpart import Counterpart
from letters import document, letter_from_other, organizations

from lienthong.common.ids import new_id
from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import BusinessType, Lane
from lienthong.common.messages.envelope import read, to_bytes
from lienthong.common.messages.exchange import TakeBackRequested
from lienthong.common.messages.notice import Ending
from lienthong.common.messages.parts import Organization
from lienthong.common.signing import SignedBytes
from lienthong.sdk import (
    Agency,
    BadInput,
    ChangeAnswerNotice,
    ChangeKind,
    EndedNotice,
    InboxChanged,
    InboxGap,
    LapsedNotice,
    Letter,
    NoticeRefused,
    RemovalNotice,
    SealRefused,
    TakeBackNotice,
    UnexpectedAnswer,
    Withheld,
)

pytestmark = pytest.mark.requirement("QD28-8")


async def asked(agency: Agency, counterpart: Counterpart) -> tuple[SignedBytes, SignedBytes]:
    """A document of the agency and its take-back, as they were posted."""
    sent = await agency.send(document(counterpart))
    await agency.take_back(sent.message_id, "Gửi nhầm")
    letter, request = counterpart.messages
    return letter, request


async def test_a_take_back_names_the_document_and_its_reason(agency: Agency, counterpart: Counterpart) -> None:
    letter = letter_from_other(counterpart)
    counterpart.deliver(letter)
    counterpart.deliver(take_back_of(counterpart, letter))
    first, item = [each async for each in agency.inbox()]
    assert isinstance(first, Letter)
    assert isinstance(item, TakeBackNotice)
    assert (item.document_message_id, item.symbol, item.sender_name) == (first.message_id, "1/STP-VB", "Sở Tư pháp")
    assert item.title == "13 Yêu cầu lấy lại 1/STP-VB: Gửi nhầm nơi nhận"
    await agency.acknowledge(item)


async def test_a_take_back_of_a_letter_that_another_sent_is_refused_and_can_be_passed(
    agency: Agency, counterpart: Counterpart
) -> None:
    letter = letter_from_other(counterpart)
    counterpart.deliver(letter)
    (item,) = [each async for each in agency.inbox()]
    third = counterpart.holding(third_id := new_id())
    counterpart.known[third.certificate.fingerprint] = third
    stranger = Organization(agency_id=third_id, code="000.00.01.H53", name="Văn phòng")
    told = read(take_back_of(counterpart, letter, sender=stranger).payload, TakeBackRequested, tolerant=False)
    told = told.model_copy(update={"source": f"/agencies/{third_id}"})
    counterpart.deliver(third.signer.sign(to_bytes(told)))
    await agency.acknowledge(item)
    with pytest.raises(NoticeRefused) as caught:
        [each async for each in agency.inbox()]
    assert (caught.value.n, caught.value.reason) == (2, "document")
    await agency.pass_over(Lane.ORDINARY, 2)


@pytest.mark.parametrize(
    ("type_", "kind", "title"),
    [
        (BusinessType.REVOKE, ChangeKind.REVOKE, "Thu hồi 1/STP-VB: V/v góp ý dự thảo Quy chế"),
        (BusinessType.UPDATE, ChangeKind.UPDATE, "Cập nhật 1/STP-VB: V/v góp ý dự thảo Quy chế"),
        (BusinessType.REPLACE, ChangeKind.REPLACE, "Thay thế 1/STP-VB: V/v góp ý dự thảo Quy chế"),
    ],
)
async def test_a_letter_tells_what_it_does_to_which_document(
    type_: BusinessType, kind: ChangeKind, title: str, agency: Agency, counterpart: Counterpart
) -> None:
    letter = letter_from_other(counterpart)
    counterpart.deliver(letter)
    counterpart.deliver(change_letter(counterpart, type_, letter))
    first, item = [each async for each in agency.inbox()]
    assert isinstance(first, Letter)
    assert isinstance(item, Letter)
    assert (first.change, first.concerns, first.title) == (None, (), "V/v góp ý dự thảo Quy chế")
    assert (item.change, item.title) == (kind, title)
    assert [(each.subject, each.symbol) for each in item.concerns] == [(first.subject, "1/STP-VB")]
    assert (item.subject == first.subject) is (kind is ChangeKind.UPDATE)


async def test_answers_and_removals_are_about_what_was_asked(agency: Agency, counterpart: Counterpart) -> None:
    _, request = await asked(agency, counterpart)
    counterpart.deliver(answer_of(counterpart, request, Answer.REFUSED))
    counterpart.deliver(answer_of(counterpart, request))
    counterpart.deliver(removal_of(counterpart, request))
    refused, agreed, removed = [each async for each in agency.inbox()]
    assert isinstance(refused, ChangeAnswerNotice)
    assert isinstance(agreed, ChangeAnswerNotice)
    assert isinstance(removed, RemovalNotice)
    assert (refused.agreed, refused.answer.description) == (False, "Đã vào sổ")
    assert (agreed.agreed, agreed.title) == (True, "15 Đồng ý: 15/STC-QLNS")
    assert removed.title == "Đã xóa nội dung: 15/STC-QLNS"
    assert removed.request_message_id == agreed.request_message_id


def other_document(counterpart: Counterpart, request: SignedBytes) -> SignedBytes:
    return answer_of(counterpart, request, subject=str(new_id()))


def other_lane(counterpart: Counterpart, request: SignedBytes) -> SignedBytes:
    return answer_of(counterpart, request, lane=Lane.URGENT)


def removal_of_another(counterpart: Counterpart, request: SignedBytes) -> SignedBytes:
    return removal_of(counterpart, request, subject=str(new_id()))


@pytest.mark.parametrize(
    ("make", "reason"), [(other_document, "document"), (other_lane, "lane"), (removal_of_another, "document")]
)
async def test_an_answer_to_nothing_that_was_asked_is_refused(
    make: Callable[[Counterpart, SignedBytes], SignedBytes], reason: str, agency: Agency, counterpart: Counterpart
) -> None:
    _, request = await asked(agency, counterpart)
    counterpart.deliver(make(counterpart, request))
    with pytest.raises(NoticeRefused) as caught:
        [each async for each in agency.inbox()]
    assert caught.value.reason == reason


async def test_the_exchange_says_how_a_delivery_ended_and_what_lapsed(agency: Agency, counterpart: Counterpart) -> None:
    letter, request = await asked(agency, counterpart)
    for how in Ending:
        counterpart.deliver(said_by_exchange(counterpart, ended_of(counterpart, letter, how)))
    counterpart.deliver(said_by_exchange(counterpart, lapsed_of(counterpart, request, letter)))
    withdrawn, expired, lapsed = [each async for each in agency.inbox()]
    assert isinstance(withdrawn, EndedNotice)
    assert isinstance(expired, EndedNotice)
    assert isinstance(lapsed, LapsedNotice)
    assert (withdrawn.how, expired.how) == (Ending.WITHDRAWN, Ending.EXPIRED)
    assert withdrawn.title == "Đã rút trước khi đến: 15/STC-QLNS (Sở Tư pháp)"
    assert (lapsed.recipient.name, lapsed.sender_name) == ("Sở Tư pháp", "Trục liên thông")
    await agency.acknowledge(lapsed)


async def test_nobody_but_the_exchange_ends_a_delivery(agency: Agency, counterpart: Counterpart) -> None:
    letter, _ = await asked(agency, counterpart)
    own_name = ended_of(counterpart, letter, source=f"/agencies/{counterpart.other_id}")
    counterpart.deliver(counterpart.other.signer.sign(to_bytes(own_name)))
    with pytest.raises(SealRefused) as caught:
        [each async for each in agency.inbox()]
    assert caught.value.reason == "sender"
    await agency.pass_over(Lane.ORDINARY, 1)
    counterpart.deliver(counterpart.other.signer.sign(to_bytes(ended_of(counterpart, letter))))
    with pytest.raises(SealRefused) as caught:
        [each async for each in agency.inbox()]
    assert caught.value.reason == "policy.holder"


async def test_an_ended_delivery_of_a_document_of_another_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    letter, _ = await asked(agency, counterpart)
    _, other = organizations(counterpart)
    counterpart.deliver(said_by_exchange(counterpart, ended_of(counterpart, letter, sender=other)))
    with pytest.raises(InboxChanged):
        [each async for each in agency.inbox()]


async def test_what_is_withheld_keeps_its_place_in_the_chain_and_is_acknowledged(
    agency: Agency, counterpart: Counterpart
) -> None:
    letters = [letter_from_other(counterpart, n) for n in (1, 2, 3)]
    for each in letters:
        counterpart.deliver(each)
    first, *_ = [each async for each in agency.inbox()]
    request = take_back_of(counterpart, letters[1])
    counterpart.withhold(2, "withdrawn", request)
    counterpart.deliver(request)
    again = [each async for each in agency.inbox()]
    item = again[1]
    assert isinstance(first, Letter)
    assert isinstance(item, Withheld)
    assert [each.n for each in again] == [1, 2, 3, 4]
    assert (item.how, item.symbol, item.sender_code) == ("withdrawn", "2/STP-VB", "000.00.14.H53")
    assert item.sha256 == hashlib.sha256(letters[1].payload).hexdigest()
    assert item.request_source == f"/agencies/{counterpart.other_id}"
    assert item.title == "Đã rút trước khi đến: 2/STP-VB"
    assert (await agency.acknowledge(item)).n == 2
    assert [each.n async for each in agency.inbox()] == [3, 4]


async def test_another_hash_in_the_place_of_what_is_withheld_shows(agency: Agency, counterpart: Counterpart) -> None:
    letter = letter_from_other(counterpart)
    counterpart.deliver(letter)
    counterpart.withhold(1, "revoked", letter)
    counterpart.on_lines = lambda lines: [line | {"sha256": "0" * 64} for line in lines]
    with pytest.raises(InboxChanged):
        [each async for each in agency.inbox()]


async def test_leaving_an_entry_out_is_a_gap_though_others_are_withheld(
    agency: Agency, counterpart: Counterpart
) -> None:
    for n in (1, 2):
        counterpart.deliver(letter_from_other(counterpart, n))
    counterpart.withhold(1, "taken_back", letter_from_other(counterpart))
    counterpart.on_lines = lambda lines: lines[1:]
    with pytest.raises(InboxGap):
        [each async for each in agency.inbox()]


@pytest.mark.parametrize(
    "change", [{"sha256": "xyz"}, {"withheld": 5}, {"request": None}, {"request": {"source": "/a", "message_id": "1"}}]
)
async def test_what_is_withheld_is_said_as_it_must_be(
    change: dict[str, object], agency: Agency, counterpart: Counterpart
) -> None:
    letter = letter_from_other(counterpart)
    counterpart.deliver(letter)
    counterpart.withhold(1, "revoked", letter)
    counterpart.on_lines = lambda lines: [line | change for line in lines]
    with pytest.raises(UnexpectedAnswer):
        [each async for each in agency.inbox()]


async def test_what_is_withheld_is_not_passed_over_as_a_refused_seal(agency: Agency, counterpart: Counterpart) -> None:
    letter = letter_from_other(counterpart)
    counterpart.deliver(letter)
    counterpart.withhold(1, "revoked", letter)
    with pytest.raises(BadInput):
        await agency.pass_over(Lane.ORDINARY, 1)
    assert isinstance(await agency.read_again(Lane.ORDINARY, 1), Withheld)
