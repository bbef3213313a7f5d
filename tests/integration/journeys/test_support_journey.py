"""Something goes wrong at an agency: it tells operators, reads their answer, and finds whom to call elsewhere."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.integration.journeys.province import FINANCE, JUSTICE, opened

from lienthong.common.ids import new_id
from lienthong.common.testing.platform import Platform
from lienthong.sdk import BadInput
from lienthong.sdk.commands.root import main
from lienthong.sdk.problems import RequestInvalid
from lienthong.sdk.support import HotlineKind

pytestmark = [pytest.mark.xdist_group("platform"), pytest.mark.requirement("N9")]


async def test_an_agency_finds_whom_to_call_at_another_one(platform: Platform, finance: Path) -> None:
    named = ("agencies", "contact", JUSTICE, "--full-name", "Lê Thị Đầu Mối", "--telephone", "0276 382 1234")
    await asyncio.to_thread(platform.operator, *named)
    async with opened(finance) as agency, asyncio.timeout(20):
        while (officer := await agency.support.contact(JUSTICE)) is None:  # noqa: ASYNC110  the register reaches the exchange meanwhile
            await asyncio.sleep(0.1)
        assert (officer.full_name, officer.telephone) == ("Lê Thị Đầu Mối", "0276 382 1234")
        assert await agency.support.contact(FINANCE) is None
        with pytest.raises(BadInput):
            await agency.support.contact("999.99.99.H99")


async def test_a_report_and_its_answer(platform: Platform, finance: Path, justice: Path) -> None:
    async with opened(finance) as agency, opened(justice) as other:
        identifier = new_id()
        entry, again = [
            await agency.support.report(
                HotlineKind.QUESTION, "Khi nào nâng cấp?", contact="Trần Thị Hòa", report_id=identifier
            )
            for _ in range(2)
        ]
        assert again == entry
        await asyncio.to_thread(platform.operator, "ops", "hotline", "answer", str(entry.number), "Tối thứ bảy")
        (mine,) = [one for one in await agency.support.reports() if one.number == entry.number]
        assert ([one.text for one in mine.answers], mine.state) == (["Tối thứ bảy"], "answered")
        assert entry.number not in {one.number for one in await other.support.reports()}
        with pytest.raises(RequestInvalid):
            await agency.support.report(HotlineKind.INCIDENT, "mật\u202ekhẩu", contact="x")


def test_the_commands_say_it_in_words(platform: Platform, finance: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def agency(*arguments: str, code: int = 0) -> str:
        assert main(["agency", *arguments, "--profile", str(finance)]) == code
        return capsys.readouterr().out

    told = json.loads(agency("hotline", "report", "Tải tệp rất chậm", "--contact", "Trần Thị Hòa", "--json"))
    assert "Số phản ánh" in agency("hotline", "report", "Nên có chữ to hơn", "--kind", "suggestion", "--contact", "Hòa")
    platform.operator("ops", "hotline", "close", str(told["number"]))
    listed = agency("hotline", "list")
    assert ("Tải tệp rất chậm" in listed, "góp ý" in listed, "đã đóng" in listed) == (True, True, True)
    agency("hotline", "report", "x", "--kind", "praise", "--contact", "Hòa", code=2)

    opened_ = json.loads(platform.operator("ops", "outage", "open", "--cause", "Nâng cấp", "--json").stdout)
    assert "đang diễn ra" in agency("outages")
    platform.operator("ops", "outage", "close", str(opened_["number"]))
    assert "đang diễn ra" not in agency("outages")
