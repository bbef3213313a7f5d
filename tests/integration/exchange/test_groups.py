"""Groups of recipients: each agency's own, expanded by whoever sends."""

import unicodedata
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.integration.exchange.world import Agency, World

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife

NAME = "Các sở, ngành"


async def put(agency: Agency, name: str, *members: object) -> httpx.Response:
    body = {"members": [str(each) for each in members]}
    return await agency.world.http.put(f"/v1/groups/{quote(name, safe='')}", json=body, headers=agency.headers)


async def get(agency: Agency, path: str) -> httpx.Response:
    return await agency.world.http.get(f"/v1/groups{path}", headers=agency.headers)


def ids(lines: list[dict[str, Any]]) -> list[str]:
    return [each["agency_id"] for each in lines]


async def test_a_group_is_made_changed_listed_and_removed(world: World) -> None:
    owner, first, second = await world.agencies(3)
    assert (await put(owner, NAME, second.id, first.id)).status_code == 201
    answer = await get(owner, f"/{quote(NAME)}")
    assert answer.json()["members"] == [str(second.id), str(first.id)], "in the order given"
    assert (await put(owner, NAME, first.id)).status_code == 200
    assert (await put(owner, "Báo chí", second.id)).status_code == 201
    told = (await get(owner, "")).json()["groups"]
    assert {each["name"]: each["members"] for each in told} == {NAME: [str(first.id)], "Báo chí": [str(second.id)]}
    gone = await world.http.delete(f"/v1/groups/{quote(NAME)}", headers=owner.headers)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await get(owner, f"/{quote(NAME)}")).json()["code"] == "group_not_found"
    acts = await world.rows("SELECT act FROM audit WHERE who = $1 AND act LIKE 'group.%'", owner.identity.source)
    assert sorted(row["act"] for row in acts) == ["group.put"] * 3 + ["group.remove"]


async def test_expanding_names_active_agencies_once_and_says_what_became_of_the_others(world: World) -> None:
    owner, active, heir, merged, merged_before, ended = await world.agencies(6)
    await put(owner, NAME, merged_before.id, active.id, ended.id, merged.id, heir.id)
    await world.tell_agency(world.record(merged, version=2, state=AgencyLife.MERGED, successors=[heir.id]))
    await world.tell_agency(
        world.record(merged_before, version=2, state=AgencyLife.MERGED, successors=[merged.id, ended.id])
    )
    await world.tell_agency(world.record(ended, version=2, state=AgencyLife.ENDED))

    async def known() -> bool:
        return len((await get(owner, f"/{quote(NAME)}/expanded")).json()["left_out"]) == 1

    await world.until(known, "the register is up to date")
    told = (await get(owner, f"/{quote(NAME)}/expanded")).json()
    assert ids(told["recipients"]) == [str(heir.id), str(active.id)]
    assert [(each["agency_id"], ids(each["successors"])) for each in told["merged"]] == [
        (str(merged_before.id), [str(heir.id)]),
        (str(merged.id), [str(heir.id)]),
    ]
    assert ids(told["left_out"]) == [str(ended.id)]


@pytest.mark.requirement("N5")
async def test_another_agencys_groups_do_not_exist(world: World) -> None:
    owner, other = await world.agencies(2)
    await put(owner, NAME, other.id)
    for path in (f"/{quote(NAME)}", f"/{quote(NAME)}/expanded", "/Kh%C3%B4ng%20c%C3%B3"):
        assert ((await get(other, path)).status_code, (await get(other, path)).json()["code"]) == (
            404,
            "group_not_found",
        )
    assert (await get(other, "")).json() == {"groups": []}
    assert (await world.http.delete(f"/v1/groups/{quote(NAME)}", headers=other.headers)).status_code == 404
    assert (await put(other, NAME, owner.id)).status_code == 201, "a group of its own under that name"
    assert (await get(owner, f"/{quote(NAME)}")).json()["members"] == [str(other.id)]


@pytest.mark.requirement("N8")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Các sở", "not_nfc"),
        (" Các sở", "group_name"),
        ("a" * 101, "group_name"),
        ("Các\u200b sở", "invisible"),
        ("Cаc sở", "look_alike"),
    ],
)
async def test_a_bad_name_is_refused_by_name(world: World, name: str, code: str) -> None:
    name = unicodedata.normalize("NFD", name) if code == "not_nfc" else name
    owner = await world.agency()
    answer = await put(owner, name, owner.id)
    assert (answer.status_code, answer.json()["code"]) == (422, "group_refused")
    assert code in [each["code"] for each in answer.json()["violations"]]


async def test_members_are_agencies_of_the_register_each_once(world: World) -> None:
    owner = await world.agency()
    answer = await put(owner, NAME, owner.id, new_id(), owner.id)
    assert [(each["code"], each["pointer"]) for each in answer.json()["violations"]] == [
        ("group_member_unknown", "/members/1"),
        ("group_member_twice", "/members/2"),
    ]
    assert (await put(owner, NAME)).status_code == 400
    assert (await put(owner, NAME, *[new_id() for _ in range(1001)])).status_code == 400


async def test_an_agency_has_a_bounded_number_of_groups(world: World) -> None:
    owner = await world.agency()
    await world.rows(
        "INSERT INTO recipient_group (id, owner, name, members, changed_at) "
        "SELECT uuidv7(), $1::uuid, 'Nhóm ' || n, ARRAY[$1::uuid], now() FROM generate_series(1, 200) AS n",
        owner.id,
    )
    assert (await put(owner, NAME, owner.id)).json()["code"] == "groups_too_many"
    assert (await put(owner, "Nhóm 7", owner.id)).status_code == 200
