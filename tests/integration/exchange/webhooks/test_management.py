"""An agency sets up its own webhook, tests it, sees how it fares; nobody else does, and senders see where it hangs."""

import asyncio

import httpx
import pytest
from tests.integration.exchange.webhooks.agency import ask, attempts, put, state, until_in, until_taken
from tests.integration.exchange.webhooks.conftest import MakeEndpoint
from tests.integration.exchange.webhooks.endpoint import TAKES, answering
from tests.integration.exchange.world import Agency, World

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import ClientState
from lienthong.common.messages.document import Lane

pytestmark = pytest.mark.requirement("N5")


async def every_door(agency: Agency, headers: dict[str, str]) -> list[httpx.Response]:
    """Each route of a webhook, asked with these headers."""
    url, http = "/v1/inbox/ordinary/webhook", agency.world.http
    return [
        await http.put(url, json={"url": "https://127.0.0.1/"}, headers=headers),
        await http.get(url, headers=headers),
        await http.post(f"{url}/test", headers=headers),
        await http.post(f"{url}/resume", headers=headers),
        await http.get(f"{url}/attempts", headers=headers),
        await http.delete(url, headers=headers),
    ]


async def test_every_door_asks_who_is_there_and_for_whom(world: World) -> None:
    agency, other = await world.agencies(2)
    for answer in await every_door(agency, {}):
        assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    foreign = {"Authorization": f"Bearer {world.token(agency, agency=str(other.id))}", "Accept-Language": "en"}
    for answer in await every_door(agency, foreign):
        assert (answer.status_code, answer.json()["code"]) == (403, "agency_not_granted")


async def test_anothers_webhook_looks_like_none(world: World, endpoint: MakeEndpoint) -> None:
    owner, stranger = await world.agencies(2)
    place = await endpoint()
    await put(owner, place)
    found = [await ask(stranger, "GET"), await ask(stranger, "POST", "/test"), await ask(stranger, "POST", "/resume")]
    found.append(await ask(stranger, "DELETE"))
    for answer in found:
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook_not_found")
    assert (await ask(stranger, "GET", "/attempts")).json() == {"attempts": [], "before": None}
    assert (await state(owner))["state"] == "active"
    assert place.requests == []


async def test_a_webhook_is_set_shown_and_removed(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint()
    made = await put(recipient, place)
    assert made == await state(recipient)
    assert {name: made[name] for name in ("url", "lane", "state", "circuit", "taken", "last", "under_way")} == {
        "url": place.url,
        "lane": "ordinary",
        "state": "active",
        "circuit": "closed",
        "taken": 0,
        "last": 0,
        "under_way": None,
    }
    assert (await ask(recipient, "GET", lane=Lane.URGENT)).status_code == 404, "each lane has its own"
    assert (await ask(recipient, "DELETE")).status_code == 204
    assert (await ask(recipient, "DELETE")).status_code == 404
    await sender.send(recipient)
    await asyncio.sleep(0.3)
    assert place.requests == []


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"url": "ftp://127.0.0.1/"}, 422, "endpoint_refused"),
        ({"url": "https://user:secret@127.0.0.1/"}, 422, "endpoint_refused"),
        ({"url": "https://2130706433/"}, 422, "endpoint_refused"),
        ({"url": "https://127.0.0.1/", "after": 1}, 422, "cursor_beyond_end"),
        ({"url": "https://127.0.0.1/", "after": -1}, 400, "malformed_request"),
        ({"url": "https://127.0.0.1/", "secret": "x"}, 400, "malformed_request"),
        ({}, 400, "malformed_request"),
    ],
)
async def test_a_bad_wish_is_refused_by_name(world: World, wish: dict[str, object], status: int, code: str) -> None:
    agency = await world.agency()
    answer = await ask(agency, "PUT", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "secret" not in answer.json()["detail"]
    assert (await ask(agency, "GET")).status_code == 404


async def test_a_test_sends_a_signed_head_and_tells_what_came_back(world: World, endpoint: MakeEndpoint) -> None:
    agency = await world.agency()
    place = await endpoint(answering(418))
    await put(agency, place)
    told = (await ask(agency, "POST", "/test")).json()
    assert (told["kind"], told["outcome"], told["cause"], told["status"]) == ("test", "failed", "status", 418)
    place.behave = TAKES
    told = (await ask(agency, "POST", "/test")).json()
    assert (told["outcome"], told["cause"], told["status"]) == ("taken", None, 204)
    entries, head = place.requests[-1].open(world)
    assert (entries, head.n, head.recipient) == ([], 0, agency.id)
    assert told["webhook_id"] == place.requests[-1].id
    assert [each["kind"] for each in await attempts(agency)] == ["test", "test"]
    fares = await state(agency)
    assert (fares["circuit"], fares["failures"]) == ("closed", 0), "a test changes nothing"


async def test_one_agency_has_one_test_at_a_time(world: World, endpoint: MakeEndpoint) -> None:
    agency = await world.agency()
    await put(agency, await endpoint(answering(204, after=0.5)))
    answers = await asyncio.gather(*(ask(agency, "POST", "/test") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 429, 429]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 429} == {"webhook_busy"}


async def test_resume_closes_an_open_circuit_at_once(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint(answering(500))
    await put(recipient, place)
    await sender.send(recipient)
    await until_in("open", recipient)
    place.behave = TAKES
    answer = await ask(recipient, "POST", "/resume")
    assert answer.json()["circuit"] == "closed"
    await until_taken(recipient, 1)


async def test_without_the_agencys_consent_to_its_client_nothing_leaves(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint()
    vendor = Agency(world, recipient.identity, new_id(), recipient.code, recipient.name)
    await world.tell([world.voice.client(vendor.client_id, [recipient.id])])
    await world.until(lambda: world.is_trusted(vendor), "the second client is known")
    await put(vendor, place)
    await world.tell([world.voice.client(vendor.client_id, [recipient.id], version=2, state=ClientState.SUSPENDED)])

    async def is_out() -> bool:
        return (await ask(vendor, "GET")).status_code == 401

    await world.until(is_out, "the client is out")
    await sender.send(recipient)
    told = await until_in("disabled", recipient)
    assert told["disabled_cause"] == "client_not_active"
    assert place.requests == []
    assert (await ask(recipient, "POST", "/resume")).status_code == 200
    await until_taken(recipient, 1)


async def test_attempts_are_paged_newest_first(world: World, endpoint: MakeEndpoint) -> None:
    agency = await world.agency()
    await put(agency, await endpoint())
    for _ in range(5):
        await ask(agency, "POST", "/test")
    seen: list[int] = []
    before = None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = (await ask(agency, "GET", "/attempts", params=query)).json()
        seen += [each["attempt"] for each in page["attempts"]]
        before = page["before"]
        if before is None:
            break
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)


async def test_attempts_are_kept_for_a_while_and_the_newest_of_each(world: World, endpoint: MakeEndpoint) -> None:
    agency, former = await world.agencies(2)
    await put(agency, await endpoint())
    await ask(agency, "POST", "/test")
    for who, number, age in ((agency, 100, "1 hour"), (former, 3, "31 days"), (former, 2, "29 days")):
        await world.rows(
            """
            INSERT INTO webhook_attempt (agency_id, lane, webhook_id, kind, begun_at)
            SELECT $1, 'ordinary', gen_random_uuid(), 'test', date_trunc('second', now()) - $3::text::interval
            FROM generate_series(1, $2)
            """,
            who.id,
            number,
            age,
        )

    async def forgotten() -> bool:
        return (len(await attempts(agency)), len(await attempts(former))) == (60, 2)

    await world.until(forgotten, "60 are left of the webhook, and of the former one what is younger than 30 days")


async def test_the_sender_sees_that_the_recipients_webhook_fails_and_no_more(
    world: World, endpoint: MakeEndpoint
) -> None:
    sender, failing, well, without = await world.agencies(4)
    place = await endpoint(answering(500))
    await put(failing, place)
    await put(well, await endpoint())
    sent = sender.event(sender.document([failing, well, without]))
    assert (await sender.post(sender.seal(sent))).status_code == 201
    await until_in("open", failing)
    await until_taken(well, 1)
    track = (await sender.track(sender, sent.id)).json()
    ways = {line["agency_id"]: line["way"] for line in track["recipients"]}
    assert ways[str(well.id)] is ways[str(without.id)] is None
    way = ways[str(failing.id)]
    assert way.keys() == {"by", "state", "failing_since", "next_attempt_at"}
    assert (way["by"], way["state"]) == ("webhook", "failing")
    assert way["failing_since"] <= way["next_attempt_at"]
    await failing.read()
    await failing.acknowledge(1)
    track = (await sender.track(sender, sent.id)).json()
    assert [line["way"] for line in track["recipients"]] == [None] * 3, "it has come on another way"


async def test_what_leaves_is_on_record_and_addresses_are_not(world: World, endpoint: MakeEndpoint) -> None:
    sender, recipient = await world.agencies(2)
    place = await endpoint()
    await put(recipient, place)
    await sender.send(recipient)
    await until_taken(recipient, 1)
    rows = await world.rows(
        "SELECT act, who, entry FROM audit WHERE object LIKE $1 ORDER BY at", f"/agencies/{recipient.id}/inbox/%"
    )
    assert [(row["act"], row["who"]) for row in rows] == [
        ("webhook.set", f"/agencies/{recipient.id}"),
        ("inbox.push", "/services/exchange"),
    ]
    assert all(b"/lienthong" not in row["entry"] for row in rows), "a path may hold a secret"
