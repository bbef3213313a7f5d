"""The hotline: what an agency reports reaches operators, the answer reaches the agency, and nobody else sees it."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.integration.exchange.operators import new_operator
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World
from tests.integration.operating.operating import Operator

from lienthong.common.ids import new_id

pytestmark = pytest.mark.requirement("N9")


async def report(agency: Agency, **changes: Any) -> httpx.Response:
    told = {
        "id": str(new_id()),
        "kind": "incident",
        "text": "Không mở được tệp đính kèm của văn bản 12/STC-QLNS",
        "contact": "Trần Thị Hòa, 0276 382 0000",
    } | changes
    return await agency.world.http.post("/v1/hotline", json=told, headers=agency.headers)


async def own(agency: Agency, **query: Any) -> list[dict[str, Any]]:
    answer = await agency.world.http.get("/v1/hotline", params=query, headers=agency.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


def on_host(province: Province) -> Operator:
    return Operator(province.servers.kafka, province.dsn("exchange"))


async def test_a_report_is_answered_and_closed_and_its_agency_reads_it(world: World, province: Province) -> None:
    agency, other, operator = await world.agency(), await world.agency(), await new_operator(world)
    entry = (await report(agency)).json()
    assert (entry["state"], entry["answers"]) == ("open", [])
    (seen,) = [one for one in (await operator.get("hotline", state="open")).json() if one["number"] == entry["number"]]
    assert (seen["agency_id"], seen["agency_name"], seen["text"]) == (str(agency.id), agency.name, entry["text"])

    host = on_host(province)
    told = await host.ops("hotline", "show", entry["number"], lang="vi")
    assert ("sự cố" in told.out, "chưa trả lời" in told.out, entry["text"] in told.out) == (True, True, True)
    answered = await host.value("hotline", "answer", entry["number"], "Đã sửa, xin thử lại")
    assert (answered["state"], len(answered["answers"])) == ("answered", 1)
    again = await operator.post(f"hotline/{entry['number']}/answers", {"text": "Cảm ơn đã báo"})
    assert again.json()["answered_by"] == [answered["answers"][0]["by"], f"/clients/{operator.client_id}"]
    assert (await operator.post(f"hotline/{entry['number']}/close", {})).json()["state"] == "closed"

    (mine,) = await own(agency)
    assert [one["text"] for one in mine["answers"]] == ["Đã sửa, xin thử lại", "Cảm ơn đã báo"]
    assert (mine["state"], "answered_by" in mine, "by" in mine["answers"][0]) == ("closed", False, False)
    assert await own(other) == [], "it is between the agency and operators"
    late = await host.ops("hotline", "answer", entry["number"], "còn nữa")
    assert (late.code, "hotline_entry_closed" in late.err) == (1, True)
    missing = await operator.get("hotline/999999999")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_hotline_entry")


async def test_a_repeat_makes_no_second_entry_and_an_id_says_one_thing(world: World) -> None:
    agency, identifier = await world.agency(), str(new_id())
    first, again = await report(agency, id=identifier), await report(agency, id=identifier)
    assert (first.status_code, again.json()) == (201, first.json())
    other = await report(agency, id=identifier, text="điều khác")
    assert (other.status_code, other.json()["code"]) == (409, "hotline_id_reused")
    assert len(await own(agency)) == 1
    elsewhere = await report(await world.agency(), id=identifier)
    assert elsewhere.status_code == 201, "ids are the agency's own"


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": "   "},
        {"text": "x" * 4001},
        {"text": "Ho\u0301a"},
        {"text": "mật\u202ekhẩu"},
        {"contact": ""},
        {"contact": "x" * 301},
        {"kind": "praise"},
        {"id": "1"},
        {"more": 1},
    ],
)
async def test_a_report_is_short_clean_text(world: World, changes: dict[str, Any]) -> None:
    answer = await report(await world.agency(), **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


async def test_one_agency_tells_only_so_much_a_day_and_keeps_nobody_else_out(
    province: Province, exchange: Running
) -> None:
    running = await asyncio.to_thread(province.start("hotline", LIENTHONG_EXCHANGE_HOTLINE_A_DAY="5").wait_ready)
    async with province.world(running.url, "hotline") as world:
        loud, quiet = await world.agency(), await world.agency()
        answers = await asyncio.gather(*(report(loud) for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 7
        full = next(answer for answer in answers if answer.status_code == 429)
        assert (full.json()["code"], "retry-after" in full.headers) == ("hotline_full", True)
        assert (await report(quiet)).status_code == 201
        pages = [await own(loud, limit=3)]
        pages.append(await own(loud, limit=3, before=pages[0][-1]["number"]))
        assert [len(page) for page in pages] == [3, 2]

        async def is_measured() -> bool:
            shown = (await world.http.get("/metrics")).text
            return "lienthong_exchange_hotline_open 6.0" in shown and "hotline_oldest_seconds 0.0\n" not in shown

        await world.until(is_measured, "six entries wait, and since when")
    await asyncio.to_thread(running.child.terminate)


async def test_what_was_said_stands_neither_in_logs_nor_in_the_audit(
    world: World, province: Province, exchange: Running
) -> None:
    agency = await world.agency()
    entry = (await report(agency, text="điều riêng tư 4711")).json()
    (row,) = await world.rows(
        "SELECT entry FROM audit WHERE object = $1", f"/agencies/{agency.id}/hotline/{entry['number']}"
    )
    assert b"4711" not in row["entry"]
    assert "4711" not in exchange.child.output()
