"""Operators elsewhere than on the host: what they see and do by their own token, and that nobody else does."""

import json
from typing import Any

import httpx
import pytest
from tests.integration.exchange.operators import OperatorClient, new_operator
from tests.integration.exchange.world import Agency, World

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import ClientState, ContactOfficer, Duty
from lienthong.common.messages.topics import AGENCIES

pytestmark = pytest.mark.requirement("A7")

READS = (
    "held",
    "held/1",
    "outbox",
    "dead-letters",
    "dead-letters/0",
    "hotline",
    "hotline/1",
    "outages",
    f"agencies/{new_id()}/contact",
)
BECAUSE: dict[str, Any] = {"reason": "thử"}
ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("held/1/replay", BECAUSE),
    ("held/1/skip", BECAUSE),
    ("outbox/retry", {"key": "k"}),
    ("dead-letters/0/replay", BECAUSE),
    ("dead-letters/0/skip", BECAUSE),
    ("hotline/1/answers", {"text": "đã xử lý"}),
    ("hotline/1/close", {}),
    ("outages", {"cause": "Mất điện"}),
    ("outages/1/close", {}),
    ("outages/1/cause", {"cause": "Mất điện"}),
)


async def every_answer(world: World, headers: dict[str, str]) -> list[httpx.Response]:
    return [
        *[await world.http.get(f"/v1/operations/{path}", headers=headers) for path in READS],
        *[await world.http.post(f"/v1/operations/{path}", json=body, headers=headers) for path, body in ACTS],
    ]


async def audited(world: World, operator: OperatorClient) -> list[tuple[str, str]]:
    rows = await world.rows(
        "SELECT act, object FROM audit WHERE who = $1 ORDER BY at", f"/clients/{operator.client_id}"
    )
    return [(row["act"], row["object"]) for row in rows]


async def test_nobody_but_an_operator_opens_any_of_these_routes(world: World) -> None:
    agency = await world.agency()
    pretended = {"Authorization": f"Bearer {world.any_token(sub=str(agency.client_id), scope='operate')}"}
    for headers, status, code in (
        ({}, 401, "token_missing"),
        (agency.headers, 403, "operators_only"),
        (pretended, 403, "operators_only"),
        ({"Authorization": "Bearer x"}, 401, "token_refused"),
    ):
        for answer in await every_answer(world, headers):
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.request.url


async def test_an_operator_opens_no_route_of_an_agency(world: World) -> None:
    operator, agency = await new_operator(world), await world.agency()
    message = agency.message(agency)
    sealed = operator.headers | {"Content-Type": "application/cloudevents+json", "X-JWS-Signature": message.jws}
    report = {"id": str(new_id()), "kind": "incident", "text": "x", "contact": "x"}
    for answer in (
        await world.http.post("/v1/messages", content=message.payload, headers=sealed),
        await world.http.get("/v1/inbox/ordinary", headers=operator.headers),
        await world.http.get("/v1/groups", headers=operator.headers),
        await world.http.get(f"/v1/tracks/{agency.id}/{new_id()}", headers=operator.headers),
        await world.http.post("/v1/hotline", json=report, headers=operator.headers),
        await world.http.get("/v1/hotline", headers=operator.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "agencies_only"), answer.request.url


async def test_a_removed_operator_is_out_at_once(world: World) -> None:
    operator = await new_operator(world)
    await world.tell([world.voice.client(operator.client_id, [], version=2, state=ClientState.ENDED)])

    async def is_out() -> bool:
        return (await operator.get("outages")).status_code == 401

    await world.until(is_out, "the operator is out", seconds=2)


async def test_an_event_that_cannot_be_applied_is_seen_and_given_up_from_elsewhere(world: World) -> None:
    operator, agency = await new_operator(world), await world.agency()
    await held_event(world, agency)
    (held,) = [one for one in (await operator.get("held")).json() if one["key"] == str(agency.id)]
    assert (held["state"], held["consumer"], held["failed"]) == ("waiting", "exchange", [])
    shown = (await operator.get(f"held/{held['position']}")).json()
    assert [attempt["number"] for attempt in shown["failed"]] == [*range(1, len(shown["failed"]) + 1)]
    assert "check_violation" in json.dumps(shown) or "23514" in shown["failed"][0]["cause"]
    early = await operator.post(f"held/{held['position']}/skip", BECAUSE)
    assert (early.status_code, early.json()["code"]) == (409, "held_event_not_dead")
    await world.rows("UPDATE inbox_held SET state = 'dead', attempts = 20 WHERE position = $1", held["position"])
    assert [one["position"] for one in (await operator.get("held", state="dead")).json()] == [held["position"]]
    replayed = await operator.post(f"held/{held['position']}/replay", BECAUSE)
    assert replayed.status_code == 200, replayed.text
    await world.rows("UPDATE inbox_held SET state = 'dead', attempts = 20 WHERE position = $1", held["position"])
    skipped = await operator.post(f"held/{held['position']}/skip", {"reason": "tên sai"})
    assert skipped.status_code == 200, skipped.text
    missing = await operator.get(f"held/{held['position']}")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_held_event")
    acts = [act for act, _ in await audited(world, operator)]
    assert acts == ["held_event.replay", "held_event.skip"]
    await world.rows("ALTER TABLE agency DROP CONSTRAINT never")


async def held_event(world: World, agency: Agency) -> None:
    """An event that the tables refuse: its effect fails."""
    await world.rows("ALTER TABLE agency ADD CONSTRAINT never CHECK (name <> 'không bao giờ') NOT VALID")
    record = world.record(agency, version=2)
    never = record.names[0].model_copy(update={"name": "không bao giờ"})
    await world.tell_agency(record.model_copy(update={"names": (never,)}))

    async def is_held() -> bool:
        return bool(await world.rows("SELECT FROM inbox_held WHERE attempts > 0"))

    await world.until(is_held, "the event is held")


async def test_a_record_that_nobody_signed_is_seen_and_taken_off_the_list_from_elsewhere(world: World) -> None:
    operator, key = await new_operator(world), str(new_id())
    await world.producer.send_and_wait(AGENCIES.name, b"{}", key=key.encode())

    async def letters() -> list[dict[str, Any]]:
        return [one for one in (await operator.get("dead-letters")).json() if one["key"] == key]

    async def is_there() -> bool:
        return bool(await letters())

    await world.until(is_there, "the dead letter is there")
    (letter,) = await letters()
    assert (letter["state"], letter["size"]) == ("open", 2)
    assert (await operator.post(f"dead-letters/{letter['number']}/replay", BECAUSE)).status_code == 202

    async def is_refused_again() -> bool:
        return (await operator.get(f"dead-letters/{letter['number']}")).json()["state"] == "refused"

    await world.until(is_refused_again, "it was read again")
    assert (await operator.post(f"dead-letters/{letter['number']}/skip", BECAUSE)).status_code == 200
    assert await letters() == []
    assert [act for act, _ in await audited(world, operator)] == ["dead_letter.replay", "dead_letter.skip"]


async def test_a_key_that_is_not_blocked_cannot_be_retried(world: World) -> None:
    operator = await new_operator(world)
    assert (await operator.get("outbox")).json() == []
    answer = await operator.post("outbox/retry", {"key": str(new_id())})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_blocked_key")


@pytest.mark.requirement("N9")
async def test_agencies_and_operators_find_the_contact_officer_of_an_agency(world: World) -> None:
    operator, agency, other = await new_operator(world), await world.agency(), await world.agency()
    path = f"agencies/{agency.id}/contact"
    assert (await operator.get(path)).json() == {"agency_id": str(agency.id), "contact_officer": None}
    officer = ContactOfficer(full_name="Lê Thị Đầu Mối", position="Trưởng phòng", telephone="0276 382 1234")
    named = world.record(agency, version=2).model_copy(update={"contact_officer": officer})
    await world.tell_agency(named)

    async def is_known() -> bool:
        return (await operator.get(path)).json()["contact_officer"] is not None

    await world.until(is_known, "the officer is known")
    seen = await world.http.get(f"/v1/{path}", headers=other.headers)
    assert seen.json() == (await operator.get(path)).json()
    assert seen.json()["contact_officer"]["full_name"] == "Lê Thị Đầu Mối"
    missing = await world.http.get(f"/v1/agencies/{new_id()}/contact", headers=other.headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_agency")


async def test_two_operators_are_told_apart_in_the_audit(world: World) -> None:
    first, second = await new_operator(world), await new_operator(world)
    opened = (await first.post("outages", {"cause": "Bảo trì máy chủ"})).json()
    assert (await second.post(f"outages/{opened['number']}/close", {})).status_code == 200
    assert await audited(world, first) == [("outage.open", f"/outages/{opened['number']}")]
    assert await audited(world, second) == [("outage.close", f"/outages/{opened['number']}")]


async def test_a_client_with_the_duty_cannot_be_an_agencys_too(world: World) -> None:
    agency = await world.agency()
    both = world.voice.client(agency.client_id, [agency.id], version=2, duties=[Duty.OPERATE])
    await world.tell([both])
    operators = {"Authorization": f"Bearer {world.any_token(sub=str(agency.client_id), scope='operate')}"}

    async def operates() -> bool:
        return (await world.http.get("/v1/operations/outages", headers=operators)).status_code == 200

    await world.until(operates, "the client has the duty")
    mixed = world.token(agency, scope="operate")
    for path in ("/v1/operations/outages", "/v1/outages"):
        answer = await world.http.get(path, headers={"Authorization": f"Bearer {mixed}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_refused")
