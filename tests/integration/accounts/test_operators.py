"""Operators of the platform: a key registered on accounts' host opens operators' routes, and no agency's."""

from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey
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
)

from lienthong.common.auth import AgenciesOnly, ClientNotActive, OperatorsOnly, TokenVerifier
from lienthong.common.clock import SystemClock
from lienthong.common.ids import parse_id

pytestmark = pytest.mark.requirement("A7")


async def ask(http: httpx.AsyncClient, client: MachineClient, **changes: str) -> httpx.Response:
    form = {"scope": "operate", "agency": None} | changes
    return await ask_token(http, client.sign(client.claims()), None, **form)  # pyright: ignore[reportArgumentType]


def add(accounts: Installation, folder: Path, name: str = "Nguyễn Văn Vận") -> MachineClient:
    client = MachineClient()
    assert isinstance(client.key, ECKey)
    path = folder / "operator.pub"
    path.write_bytes(client.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    added = accounts.run("operators", "add", name, "--key", str(path))
    assert (added["name"], added["state"]) == (name, "active")
    client.client_id = parse_id(added["client_id"])
    return client


async def test_an_operator_gets_a_token_without_an_agency_until_it_is_removed(
    accounts: Installation, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    client = add(accounts, tmp_path)
    answer = await ask(http, client)
    assert (answer.status_code, answer.json()["scope"]) == (200, "operate"), answer.text
    token = answer.json()["access_token"]
    async with accounts.follow() as reader:
        verifier = TokenVerifier(reader, SystemClock())
        await until(lambda: reader.clients.operates(client.client_id))
        assert verifier.verify_operator(token).client_id == client.client_id
        with pytest.raises(AgenciesOnly):
            verifier.verify_token(token)
        assert str(client.client_id) in {one["client_id"] for one in accounts.run("operators", "list")}
        accounts.run("operators", "remove", str(client.client_id), "--reason", "chuyển công tác")
        await until(lambda: not reader.clients.operates(client.client_id), 2.0)
        with pytest.raises(ClientNotActive):
            verifier.verify_operator(token)
    assert (await ask(http, client)).status_code == 401
    assert str(client.client_id) not in {one["client_id"] for one in accounts.run("operators", "list")}
    rows = await accounts.fetch("SELECT act FROM audit WHERE object = $1 ORDER BY at", f"/clients/{client.client_id}")
    assert [row["act"] for row in rows] == ["operator.add", "operator.remove"]


async def test_an_agencys_client_gets_no_token_of_an_operator_and_an_operators_none_of_an_agency(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal, tmp_path: Path
) -> None:
    seal, client, operator = await new_seal(), MachineClient(), add(accounts, tmp_path)
    assert (await post(http, "/v1/client-requests", sign(seal, client_event(seal, client)))).status_code == 201
    for refused in (
        await ask(http, client),
        await ask_token(http, operator.sign(operator.claims()), seal.agency_id),
    ):
        assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    both = await ask_token(http, operator.sign(operator.claims()), seal.agency_id, scope="operate")
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")
    answer = await ask_token(http, client.sign(client.claims()), seal.agency_id)
    async with accounts.follow() as reader:
        await until(lambda: reader.clients.may_act_for(client.client_id, seal.agency_id))
        with pytest.raises(OperatorsOnly):
            TokenVerifier(reader, SystemClock()).verify_operator(answer.json()["access_token"])


async def test_an_agency_cannot_take_an_operators_client(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal, tmp_path: Path
) -> None:
    seal, operator = await new_seal(), add(accounts, tmp_path)
    answer = await post(http, "/v1/client-requests", sign(seal, client_event(seal, operator)))
    assert refusal(answer) == (409, "transition_refused")
    assert answer.json()["violations"][0]["code"] == "client_operates"
    thief = MachineClient(key=operator.key)
    assert refusal(await post(http, "/v1/client-requests", sign(seal, client_event(seal, thief)))) == (
        409,
        "client_key_differs",
    )


async def test_only_a_public_key_is_taken_and_once_only(accounts: Installation, tmp_path: Path) -> None:
    private, odd = tmp_path / "operator.pem", tmp_path / "odd.pub"
    private.write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    odd.write_text("no key")
    for path in (private, odd):
        assert (
            accounts.run("operators", "add", "An", "--key", str(path), code=1)["error"]["code"] == "client_key_refused"
        )
    add(accounts, tmp_path, "Bình")
    again = accounts.run("operators", "add", "Bình", "--key", str(tmp_path / "operator.pub"), code=1)
    assert again["error"]["code"] == "client_key_differs"
    removed = accounts.run("operators", "remove", str(MachineClient().client_id), "--reason", "x", code=1)
    assert removed["error"]["code"] == "client_not_registered"
