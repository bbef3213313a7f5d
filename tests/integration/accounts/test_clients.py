"""Machine clients: an agency asks under its seal, the client agrees with its own key; neither binds the other alone."""

import httpx
import pytest
from tests.integration.accounts.conftest import NewSeal
from tests.integration.accounts.installation import (
    Installation,
    MachineClient,
    ask_token,
    client_event,
    post,
    refusal,
    sign,
    until,
    withdrawal_event,
)

from lienthong.common.ids import new_id

REQUESTS, WITHDRAWALS = "/v1/client-requests", "/v1/client-withdrawals"


async def test_a_client_acts_for_two_agencies_that_have_both_agreed(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    first, second, client = await new_seal(), await new_seal(), MachineClient()
    for seal in (first, second):
        answer = await post(http, REQUESTS, sign(seal, client_event(seal, client)))
        assert (answer.status_code, answer.json()["granted"]) == (201, True)
        assert str(first.agency_id) not in answer.text or seal is first
    async with accounts.follow() as reader:
        await until(lambda: reader.clients.may_act_for(client.client_id, second.agency_id))
        assert reader.clients.may_act_for(client.client_id, first.agency_id)
        done = await post(http, WITHDRAWALS, sign(first, withdrawal_event(first, client.client_id)))
        assert (done.status_code, done.json()["granted"]) == (201, False)
        await until(lambda: not reader.clients.may_act_for(client.client_id, first.agency_id), 2.0)
        assert reader.clients.may_act_for(client.client_id, second.agency_id)


async def test_an_agency_cannot_take_a_client_that_has_not_agreed(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    ours, theirs, client = await new_seal(), await new_seal(), MachineClient()
    assert (await post(http, REQUESTS, sign(theirs, client_event(theirs, client)))).status_code == 201
    refused = (401, "client_assertion_refused")
    for proof in (
        client.consent(theirs.agency_id),
        client.sign(client.claims()),
        MachineClient(client.client_id).consent(ours.agency_id),
        MachineClient().consent(ours.agency_id),
    ):
        answer = await post(http, REQUESTS, sign(ours, client_event(ours, client, proof)))
        assert refusal(answer) == refused, proof


async def test_an_agency_cannot_replace_the_key_of_anothers_client(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    owner, attacker, client = await new_seal(), await new_seal(), MachineClient()
    assert (await post(http, REQUESTS, sign(owner, client_event(owner, client)))).status_code == 201
    pretender = MachineClient(client.client_id)
    answer = await post(http, REQUESTS, sign(attacker, client_event(attacker, pretender)))
    assert refusal(answer) == (409, "client_key_differs")
    twin = MachineClient(key=client.key)
    assert refusal(await post(http, REQUESTS, sign(owner, client_event(owner, twin)))) == (409, "client_key_differs")


@pytest.mark.parametrize("name", ["Máy\0chủ", "\u202eMáy chủ"])
async def test_a_name_that_no_person_wrote_is_refused(http: httpx.AsyncClient, new_seal: NewSeal, name: str) -> None:
    seal, client = await new_seal(), MachineClient()
    event = client_event(seal, client)
    event = event.model_copy(update={"data": event.data.model_copy(update={"name": name})})
    answer = await post(http, REQUESTS, sign(seal, event))
    assert refusal(answer) == (400, "malformed_event")
    assert [each["pointer"] for each in answer.json()["violations"]] == ["/data/name"]


async def test_each_consent_counts_once(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    seal, client = await new_seal(), MachineClient()
    proof = client.consent(seal.agency_id)
    assert (await post(http, REQUESTS, sign(seal, client_event(seal, client, proof)))).status_code == 201
    assert (await post(http, WITHDRAWALS, sign(seal, withdrawal_event(seal, client.client_id)))).status_code == 201
    again = await post(http, REQUESTS, sign(seal, client_event(seal, client, proof)))
    assert refusal(again) == (401, "client_assertion_refused")
    assert (await post(http, REQUESTS, sign(seal, client_event(seal, client)))).status_code == 201


async def test_an_agency_withdraws_only_what_it_has_granted(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    owner, other, client = await new_seal(), await new_seal(), MachineClient()
    assert (await post(http, REQUESTS, sign(owner, client_event(owner, client)))).status_code == 201
    unknown = (404, "client_not_registered")
    assert refusal(await post(http, WITHDRAWALS, sign(other, withdrawal_event(other, client.client_id)))) == unknown
    assert refusal(await post(http, WITHDRAWALS, sign(other, withdrawal_event(other, new_id())))) == unknown


async def test_an_operator_suspends_resumes_and_ends_a_client(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    seal, client = await new_seal(), MachineClient()
    assert (await post(http, REQUESTS, sign(seal, client_event(seal, client)))).status_code == 201
    for order, status in (("suspend", 401), ("resume", 200), ("end", 401)):
        accounts.run("clients", order, str(client.client_id), "--reason", "nghi lộ khóa")
        answer = await ask_token(http, client.sign(client.claims()), seal.agency_id)
        assert answer.status_code == status, order
    assert refusal(await post(http, REQUESTS, sign(seal, client_event(seal, client)))) == (409, "transition_refused")
    listed = {each["client_id"]: each["state"] for each in accounts.run("clients", "list")}
    assert listed[str(client.client_id)] == "ended"
