"""The token endpoint on the real service: who gets a token, and that each assertion counts once, in any process."""

import asyncio
import secrets
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from tests.integration.accounts.conftest import NewSeal
from tests.integration.accounts.installation import (
    Installation,
    MachineClient,
    Seal,
    ask_token,
    client_event,
    free_port,
    post,
    sign,
    until,
)

from lienthong.common.auth import TokenVerifier
from lienthong.common.clock import SystemClock
from lienthong.common.ids import new_id
from lienthong.common.testing.processes import http_ready

Enrolled = tuple[Seal, MachineClient]


@pytest.fixture
async def enrolled(http: httpx.AsyncClient, new_seal: NewSeal) -> Enrolled:
    return await enrol(http, await new_seal(), MachineClient())


async def enrol(http: httpx.AsyncClient, seal: Seal, client: MachineClient) -> Enrolled:
    answer = await post(http, "/v1/client-requests", sign(seal, client_event(seal, client)))
    assert answer.status_code == 201, answer.text
    return seal, client


def oauth(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_every_service_accepts_the_token_without_asking(
    accounts: Installation, http: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    seal, client = enrolled
    answer = await ask_token(http, client.sign(client.claims()), seal.agency_id, client_id=str(client.client_id))
    told = answer.json()
    assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 300)
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    async with accounts.follow() as reader:
        await until(lambda: reader.clients.may_act_for(client.client_id, seal.agency_id))
        caller = TokenVerifier(reader, SystemClock()).verify(f"Bearer {told['access_token']}")
    assert (caller.client_id, caller.agency_id) == (client.client_id, seal.agency_id)


async def test_a_client_with_an_rsa_key_logs_in_by_ps256(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    seal, client = await enrol(http, await new_seal(), MachineClient(key=RSAKey.generate_key(2048)))
    assert (await ask_token(http, client.sign(client.claims()), seal.agency_id)).status_code == 200
    wrong = client.sign(client.claims(), alg="RS256")
    assert oauth(await ask_token(http, wrong, seal.agency_id)) == (401, "invalid_client")


async def test_the_configured_address_is_an_audience_too(
    accounts: Installation, http: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    seal, client = enrolled
    for audience, status in ((f"{accounts.url}/v1/token", 200), (accounts.url, 401), ("lienthong", 401)):
        answer = await ask_token(http, client.sign(client.claims(aud=audience)), seal.agency_id)
        assert answer.status_code == status, audience


async def test_who_does_not_prove_its_key_is_no_client(http: httpx.AsyncClient, enrolled: Enrolled) -> None:
    seal, client = enrolled
    pretender, unknown = MachineClient(client.client_id), MachineClient()
    now = int(time.time())
    for assertion in (
        pretender.sign(pretender.claims()),
        unknown.sign(unknown.claims()),
        client.sign(client.claims(exp=now - 60, iat=now - 120)),
        client.sign(client.claims(exp=now + 3600)),
        client.sign(client.claims(jti=None)),
        client.consent(seal.agency_id),
        "a.b.c",
        "x",
    ):
        answer = await ask_token(http, assertion, seal.agency_id)
        assert oauth(answer) == (401, "invalid_client")
        assert answer.json()["code"] == "client_assertion_refused"
    other = await ask_token(http, client.sign(client.claims()), seal.agency_id, client_id=str(new_id()))
    assert oauth(other) == (401, "invalid_client")


async def test_a_client_gets_no_token_for_an_agency_that_has_not_granted_it(
    accounts: Installation, http: httpx.AsyncClient, enrolled: Enrolled, new_seal: NewSeal
) -> None:
    _, client = enrolled
    stranger = await new_seal()
    for agency_id in (stranger.agency_id, new_id()):
        answer = await ask_token(http, client.sign(client.claims()), agency_id)
        assert oauth(answer) == (400, "unauthorized_client")
    rows = await accounts.fetch(
        "SELECT act, outcome FROM audit WHERE who = $1 AND outcome = 'refused'", f"/clients/{client.client_id}"
    )
    assert [(row["act"], row["outcome"]) for row in rows] == [("token.issue", "refused")] * 2


async def test_an_assertion_is_used_up_even_where_no_token_came_of_it(
    http: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    seal, client = enrolled
    assertion = client.sign(client.claims())
    assert oauth(await ask_token(http, assertion, new_id())) == (400, "unauthorized_client")
    assert oauth(await ask_token(http, assertion, seal.agency_id)) == (401, "invalid_client")


async def test_a_shared_identifier_of_two_clients_is_no_repeat(
    http: httpx.AsyncClient, enrolled: Enrolled, new_seal: NewSeal
) -> None:
    jti = secrets.token_hex(8)
    for seal, client in (enrolled, await enrol(http, await new_seal(), MachineClient())):
        assert (await ask_token(http, client.sign(client.claims(jti=jti)), seal.agency_id)).status_code == 200


async def test_each_assertion_counts_once_in_two_processes_at_once(
    accounts: Installation, http: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    seal, client = enrolled
    second = replace(accounts, port=free_port(), extra={"LIENTHONG_ACCOUNTS_URL": accounts.url})
    child = accounts.processes.start_role("accounts", "api", environment=second.environment)
    child.wait_until(http_ready(f"{second.url}/health/ready"), timeout=60)
    async with second.http() as other:
        for _ in range(5):
            assertion = client.sign(client.claims())
            answers: list[Any] = await asyncio.gather(
                *(ask_token(process, assertion, seal.agency_id) for process in (http, other) * 5)
            )
            assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9
    assert child.terminate() == 0


async def test_no_secret_is_in_the_logs_or_the_database(
    accounts: Installation, http: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    seal, client = enrolled
    assertion = client.sign(client.claims())
    token = (await ask_token(http, assertion, seal.agency_id)).json()["access_token"]
    assert (await ask_token(http, assertion, seal.agency_id)).status_code == 401
    logs = "".join(child.output() for child in accounts.processes.children)
    assert token not in logs
    assert assertion not in logs
    for row in await accounts.fetch("SELECT to_jsonb(k)::text AS kept FROM token_key k"):
        assert '"d"' not in row["kept"]
    for file in (accounts.folder / "keys").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
