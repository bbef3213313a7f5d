"""A document is handled: its recipient reports each state, its sender reads the reports and sees the whole track."""

from pathlib import Path

import pytest
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE, opened, read_all, send

from lienthong.sdk import Agency, Lane, Letter, Refused, StaffInfo, StatusCode, StatusNotice
from lienthong.sdk.problems import NotFound

pytestmark = pytest.mark.xdist_group("platform")

WAY = [StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.ASSIGNED, StatusCode.PROCESSING, StatusCode.DONE]


async def last_letter(agency: Agency) -> Letter:
    *_, letter = [item async for item in agency.inbox()]
    assert isinstance(letter, Letter)
    await agency.acknowledge(letter)
    return letter


@pytest.mark.requirement("QD28")
async def test_reports_come_back_verified_and_complete_the_track(finance: Path, justice: Path, office: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient, opened(office) as other:
        for agency in (sender, recipient, other):
            await read_all(agency)
        sent = await send(sender, JUSTICE, OFFICE)
        letter = await last_letter(recipient)
        staff = StaffInfo(department="Phòng Văn bản", staff="Lê Văn An")
        said = [await recipient.report(letter, code, staff=staff, sealed_by="Lê Văn An") for code in WAY]

        notices = [item async for item in sender.inbox()]
        reports = [notice for notice in notices if isinstance(notice, StatusNotice)]
        assert len(reports) == len(notices)
        assert [notice.message_id for notice in reports] == [each.message_id for each in said]
        assert [notice.status for notice in reports] == WAY
        assert {notice.sender_name for notice in notices} == {letter.document.to[0].name}
        await sender.acknowledge(notices[-1])

        track = await sender.track(sent.message_id)
        done, waiting = track.recipients
        assert (done.code, done.state, [each.status for each in done.statuses]) == (JUSTICE, "done", WAY)
        assert all(each.said_at <= each.stored_at and not each.late for each in done.statuses)
        assert done.acknowledged_at
        assert (waiting.code, waiting.state, waiting.statuses, waiting.acknowledged_at) == (OFFICE, "sent", (), None)


async def test_a_refused_document_comes_back_with_its_reason(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(sender)
        await read_all(recipient)
        sent = await send(sender, JUSTICE)
        letter = await last_letter(recipient)
        await recipient.report(letter, StatusCode.ARRIVED)
        await recipient.report(letter, StatusCode.REFUSED, description="Không đúng thẩm quyền")
        *_, notice = [item async for item in sender.inbox()]
        assert isinstance(notice, StatusNotice)
        assert (notice.status, notice.report.description) == (StatusCode.REFUSED, "Không đúng thẩm quyền")
        await sender.acknowledge(notice)
        with pytest.raises(Refused) as caught:
            await recipient.report(letter, StatusCode.RECEIVED)
        assert "delivery_refused" in caught.value.problem.codes
        (line,) = (await recipient.track(sent.message_id, FINANCE)).recipients
        assert line.state == "refused"


async def test_a_state_that_does_not_fit_is_refused_by_name_and_nothing_waits(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        await send(sender, JUSTICE)
        letter = await last_letter(recipient)
        with pytest.raises(Refused) as caught:
            await recipient.report(letter, StatusCode.DONE)
        assert "not_received_yet" in caught.value.problem.codes
        assert recipient.pending() == []


async def test_a_letter_is_read_again_by_number_and_reported_on_from_there(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        await send(sender, JUSTICE)
        letter = await last_letter(recipient)
        again = await recipient.read_again(Lane.ORDINARY, letter.n)
        assert isinstance(again, Letter)
        assert again.signed == letter.signed
        first, second = [await recipient.report(each, StatusCode.RECEIVED) for each in (letter, again)]
        assert (second.repeated, second.receipt_signed) == (True, first.receipt_signed)


async def test_a_track_is_for_those_who_have_a_part_in_the_document(finance: Path, justice: Path, office: Path) -> None:
    async with opened(finance) as sender, opened(office) as stranger:
        sent = await send(sender, JUSTICE)
        with pytest.raises(NotFound):
            await stranger.track(sent.message_id, FINANCE)
