"""The register of agencies: imported with a preview, once; found with and without diacritics; said on the topic."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.accounts.installation import Installation

ENTRY: dict[str, Any] = {
    "code": "000.00.77.H53",
    "code_qd20": "H53.77",
    "name": "Sở Thử nghiệm",
    "kind": "department",
    "level": 2,
    "parent": "000.00.00.H53",
    "status": "active",
}


def file_of(folder: Path, *entries: dict[str, Any]) -> str:
    path = folder / "agencies.json"
    path.write_text(json.dumps({"agencies": entries}, ensure_ascii=False, indent=1), encoding="utf-8")
    return str(path)


async def names(http: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await http.get("/v1/agencies", params=query)
    assert answer.status_code == 200, answer.text
    return [agency["names"][-1]["name"] for agency in answer.json()["agencies"]]


def test_the_sample_again_changes_nothing(accounts: Installation) -> None:
    again = accounts.import_sample()
    assert (again["unchanged"], again["added"], again["changed"], again["ended"]) == (60, [], [], [])
    assert {each["fault"] for each in again["warnings"]} == {"below_an_ended_agency"}


def test_a_preview_shows_everything_and_changes_nothing(accounts: Installation, tmp_path: Path) -> None:
    file = file_of(tmp_path, ENTRY | {"code": "000.00.78.H53", "code_qd20": "H53.78"})
    for _ in range(2):
        shown = accounts.run("agencies", "import", file, "--preview")
        assert (shown["written"], [each["code"] for each in shown["added"]]) == (False, ["000.00.78.H53"])


async def test_added_changed_and_ended_are_told_and_the_id_stays(
    accounts: Installation, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    added = accounts.run("agencies", "import", file_of(tmp_path, ENTRY))["added"]
    renamed = accounts.run("agencies", "import", file_of(tmp_path, ENTRY | {"name": "Sở Đổi tên"}))["changed"]
    ended = accounts.run(
        "agencies",
        "import",
        file_of(tmp_path, ENTRY | {"name": "Sở Đổi tên", "status": "closed", "valid_to": "2025-06-30"}),
    )["ended"]
    assert {each[0]["agency_id"] for each in (added, renamed, ended)} == {added[0]["agency_id"]}
    assert renamed[0]["fields"] == ["names"]
    told = (await http.get(f"/v1/agencies/{added[0]['agency_id']}")).json()
    assert (told["state"], told["version"], told["ended_on"]) == ("ended", 3, "2025-06-30")
    assert [name["name"] for name in told["names"]] == ["Sở Thử nghiệm", "Sở Đổi tên"]
    rows = await accounts.fetch(
        "SELECT who, act FROM audit WHERE object = $1 ORDER BY at", f"/agencies/{added[0]['agency_id']}"
    )
    assert [row["act"] for row in rows] == ["agency.import"] * 3
    assert all(row["who"].startswith("/operators/") for row in rows)


def test_a_file_with_faults_is_refused_whole_with_lines_and_advice(accounts: Installation, tmp_path: Path) -> None:
    good = ENTRY | {"code": "000.00.79.H53", "code_qd20": None}
    wrong = ENTRY | {"code": "000.00.80.H53", "code_qd20": None, "parent": "X99"}
    told = accounts.run("agencies", "import", file_of(tmp_path, good, wrong), code=1)
    assert told["written"] is False
    (error,) = told["errors"]
    assert (error["line"], error["fault"], error["pointer"]) == (12, "unknown_parent", "/parent")
    assert error["advice"]
    accounts.run("agencies", "show", "000.00.79.H53", code=1)


async def test_agencies_are_found_with_and_without_diacritics(accounts: Installation, http: httpx.AsyncClient) -> None:
    assert await names(http, q="so giao duc") == await names(http, q="Sở Giáo dục") == ["Sở Giáo dục và Đào tạo"]
    assert await names(http, q="100%") == []
    assert await names(http, code="000.00.14.H53") == await names(http, code="H53.14") == ["Sở Tư pháp"]
    assert await names(http, code="không có") == []


@pytest.mark.parametrize("name", ["q", "code"])
async def test_what_no_text_holds_is_not_looked_for(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.get("/v1/agencies", params={name: "a\0b"})
    assert answer.status_code in {200, 400}


async def test_pages_are_in_vietnamese_order_and_miss_nobody(http: httpx.AsyncClient) -> None:
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await http.get("/v1/agencies", params={"limit": 7, "state": "active", **after})).json()
        seen += [agency["agency_id"] for agency in page["agencies"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    everything = (await http.get("/v1/agencies", params={"limit": 500, "state": "active"})).json()["agencies"]
    assert seen == [agency["agency_id"] for agency in everything]
    shown = [agency["names"][-1]["name"] for agency in everything]
    assert shown.index("Ban Tiếp công dân") < shown.index("Bộ Công an") < shown.index("Chi cục Kiểm lâm")


async def test_a_merged_ministry_names_its_successor(http: httpx.AsyncClient) -> None:
    (found,) = (await http.get("/v1/agencies", params={"code": "G04"})).json()["agencies"]
    (successor,) = found["successors"]
    assert found["state"] == "merged"
    assert (await http.get(f"/v1/agencies/{successor}")).json()["names"][-1]["name"] == "Bộ Xây dựng"


@pytest.mark.requirement("N9")
async def test_the_contact_officer_is_for_agencies_not_for_the_street(
    accounts: Installation, http: httpx.AsyncClient
) -> None:
    options = ["--full-name", "Nguyễn Văn Minh", "--telephone", "0276 3822 000"]
    named = accounts.run("agencies", "contact", "H53.18", *options)
    shown = accounts.run("agencies", "show", named["agency_id"])
    assert shown["contact_officer"]["full_name"] == "Nguyễn Văn Minh"
    assert "0276" not in (await http.get(f"/v1/agencies/{named['agency_id']}")).text
    (row,) = await accounts.fetch(
        "SELECT convert_from(payload, 'UTF8') AS text FROM event WHERE subject = $1 ORDER BY said_at DESC LIMIT 1",
        named["agency_id"],
    )
    assert "0276 3822 000" in row["text"]


async def test_an_unknown_agency_is_told_in_the_callers_language(http: httpx.AsyncClient) -> None:
    unknown = "/v1/agencies/01a20153-4e04-7899-9c11-867fdfe88da6"
    vi, en = (await http.get(unknown)).json(), (await http.get(unknown, headers={"accept-language": "en"})).json()
    assert (vi["code"], en["code"]) == ("agency_not_registered",) * 2
    assert (vi["title"], en["title"]) == ("Không có cơ quan này trong danh bạ", "No such agency is registered")
