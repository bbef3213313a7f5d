"""Agency B can read nothing of A's that is not addressed to B; what is not there and what is not allowed look alike."""

import httpx
import pytest
from tests.integration.exchange.world import Agency, World, attachment, fresh_pdf

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import ClientState
from lienthong.common.messages.document import Lane

pytestmark = pytest.mark.requirement("N5")


async def test_an_outsider_sees_nothing_of_an_exchange(world: World) -> None:
    sender, recipient, outsider = await world.agencies(3)
    file = (await sender.upload(fresh_pdf())).json()
    await sender.send(recipient, attachments=[attachment(file)])
    for lane in Lane:
        assert await outsider.read_all(lane) == []
    assert (await outsider.acknowledge(1)).status_code == 422
    there, nowhere = await outsider.download(file["sha256"]), await outsider.download("0" * 64)
    assert _but_for_place(there) == _but_for_place(nowhere)
    assert there.status_code == 404


async def test_another_agencys_id_tells_nothing(world: World) -> None:
    sender, recipient, outsider = await world.agencies(3)
    sent = sender.event(sender.document([recipient]))
    assert (await sender.post(sender.seal(sent))).status_code == 201
    same_id = outsider.event(outsider.document([recipient]), id=sent.id)
    assert (await outsider.post(outsider.seal(same_id))).status_code == 201, "ids are the sender's own"


async def test_the_senders_very_message_tells_an_outsider_nothing(world: World) -> None:
    sender, recipient, outsider = await world.agencies(3)
    accepted, fresh = await sender.send(recipient), sender.message(recipient)
    answers = [await outsider.post(message) for message in (accepted, fresh)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert _but_for_place(answers[0]) == _but_for_place(answers[1])


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"aud": "elsewhere"}, 401, "token_refused"),
        ({"iss": "urn:other"}, 401, "token_refused"),
        ({"exp": 1, "iat": 0}, 401, "token_expired"),
        ({"exp": 4_000_000_000}, 401, "token_refused"),
        ({"sub": str(new_id())}, 401, "client_not_active"),
        ({"agency": str(new_id())}, 403, "agency_not_granted"),
    ],
)
async def test_a_token_speaks_only_for_what_it_says(
    world: World, claims: dict[str, object], status: int, code: str
) -> None:
    agency = await world.agency()
    headers = {"Authorization": f"Bearer {world.token(agency, **claims)}"}
    for answer in await _every_door(world, agency, headers):
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_every_door_asks_who_is_there(world: World) -> None:
    agency = await world.agency()
    for answer in await _every_door(world, agency, {}):
        assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


async def test_a_client_that_acts_for_two_agencies_keeps_them_apart(world: World) -> None:
    sender, first, second = await world.agencies(3)
    await world.tell([world.voice.client(first.client_id, [first.id, second.id], version=2)])
    await sender.send(first)
    both = Agency(world, second.identity, first.client_id, second.code, second.name)
    await world.until(lambda: world.is_trusted(both), "the client acts for both")
    assert await both.read_all() == []
    assert len(await first.read_all()) == 1


async def test_a_suspended_client_is_out_at_once(world: World) -> None:
    agency = await world.agency()
    await world.tell([world.voice.client(agency.client_id, [agency.id], version=2, state=ClientState.SUSPENDED)])

    async def is_out() -> bool:
        return (await world.http.get("/v1/inbox/ordinary", headers=agency.headers)).status_code == 401

    await world.until(is_out, "the client is out", seconds=2)


async def _every_door(world: World, agency: Agency, headers: dict[str, str]) -> list[httpx.Response]:
    message = agency.message(agency)
    report = {"id": str(new_id()), "kind": "incident", "text": "x", "contact": "x"}
    sealed = headers | {"Content-Type": "application/cloudevents+json", "X-JWS-Signature": message.jws}
    return [
        await world.http.post("/v1/messages", content=message.payload, headers=sealed),
        await world.http.get("/v1/inbox/ordinary", headers=headers),
        await world.http.post("/v1/inbox/ordinary/acknowledgements", json={"n": 1}, headers=headers),
        await world.http.post("/v1/attachments", content=b"x", headers=headers),
        await world.http.get(f"/v1/attachments/{'0' * 64}", headers=headers),
        await world.http.get(f"/v1/tracks/{agency.id}/{new_id()}", headers=headers),
        await world.http.post("/v1/registrations", content=message.payload, headers=sealed),
        await world.http.get("/v1/registrations", headers=headers),
        await world.http.get(f"/v1/registrations/{new_id()}", headers=headers),
        await world.http.get("/v1/late-entries", headers=headers),
        await world.http.get("/v1/figures", params={"from": "2026-01-01", "to": "2026-01-02"}, headers=headers),
        await world.http.post("/v1/capabilities", json={"to": [str(agency.id)]}, headers=headers),
        await world.http.get(f"/v1/capabilities/{agency.id}", headers=headers),
        await world.http.post("/v1/hotline", json=report, headers=headers),
        await world.http.get("/v1/hotline", headers=headers),
        await world.http.get("/v1/outages", headers=headers),
        await world.http.get(f"/v1/agencies/{agency.id}/contact", headers=headers),
        await world.http.get("/v1/groups", headers=headers),
        await world.http.put("/v1/groups/a", json={"members": [str(agency.id)]}, headers=headers),
        await world.http.get("/v1/groups/a", headers=headers),
        await world.http.get("/v1/groups/a/expanded", headers=headers),
        await world.http.delete("/v1/groups/a", headers=headers),
    ]


def _but_for_place(answer: httpx.Response) -> tuple[int, dict[str, object], list[str]]:
    body = {name: value for name, value in answer.json().items() if name not in {"instance", "trace_id"}}
    return answer.status_code, body, sorted(answer.headers)
