"""An agency's first seal: only with its own fresh code, only for a key it holds, and once."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from tests.integration.accounts.installation import Installation

from lienthong.common.pki import generate_key, make_csr
from lienthong.common.signing import load_chain

pytestmark = pytest.mark.requirement("A8")


async def ask(http: httpx.AsyncClient, agency_id: object, code: str, csr: str) -> httpx.Response:
    return await http.post(f"/v1/agencies/{agency_id}/certificates", json={"enrolment_code": code, "csr": csr})


def csr_for(agency_id: object) -> str:
    return make_csr(generate_key(), agency_id, "tên do CSR đặt").decode()  # type: ignore[arg-type]


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_seal_bears_the_registers_name_and_a_repeat_gets_the_same(
    accounts: Installation, http: httpx.AsyncClient, free_agencies: Iterator[str]
) -> None:
    agency_id, code = accounts.enrolment_code(next(free_agencies))
    csr = csr_for(agency_id)
    first, again = await ask(http, agency_id, code.lower(), csr), await ask(http, agency_id, code, csr)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    chain = load_chain("".join(first.json()["certificates"]).encode())
    assert (chain[0].agency_id, chain[0].fingerprint, len(chain)) == (agency_id, first.json()["fingerprint"], 2)
    assert "CSR" not in chain[0].subject
    listed = (await http.get(f"/v1/agencies/{agency_id}/certificates")).json()["certificates"]
    assert [(each["fingerprint"], each["state"]) for each in listed] == [(chain[0].fingerprint, "active")]
    one = (await http.get(f"/v1/certificates/{chain[0].fingerprint}")).json()
    assert load_chain(one["pem"].encode()) == chain


async def test_a_used_code_is_good_for_nothing_else(
    accounts: Installation, http: httpx.AsyncClient, free_agencies: Iterator[str]
) -> None:
    agency_id, code = accounts.enrolment_code(next(free_agencies))
    assert (await ask(http, agency_id, code, csr_for(agency_id))).status_code == 201
    assert code_of(await ask(http, agency_id, code, csr_for(agency_id))) == (403, "enrolment_code_refused")


async def test_of_many_at_once_one_gets_the_seal(
    accounts: Installation, http: httpx.AsyncClient, free_agencies: Iterator[str]
) -> None:
    agency_id, code = accounts.enrolment_code(next(free_agencies))
    answers = await asyncio.gather(*(ask(http, agency_id, code, csr_for(agency_id)) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403, 403, 403]


async def test_codes_of_others_wrong_expired_and_replaced_codes_are_refused(
    accounts: Installation, http: httpx.AsyncClient, free_agencies: Iterator[str]
) -> None:
    agency_id, code = accounts.enrolment_code(next(free_agencies))
    other_id, other = accounts.enrolment_code(next(free_agencies))
    refused = (403, "enrolment_code_refused")
    assert code_of(await ask(http, agency_id, other, csr_for(agency_id))) == refused
    assert code_of(await ask(http, agency_id, "0000-0000-0000-0000-0000", csr_for(agency_id))) == refused
    _, fresh = accounts.enrolment_code(str(other_id))
    assert code_of(await ask(http, other_id, other, csr_for(other_id))) == refused
    await accounts.fetch("UPDATE enrolment SET expires_at = now() WHERE agency_id = $1", other_id)
    expired = await ask(http, other_id, fresh, csr_for(other_id))
    assert (code_of(expired), expired.json()["detail"]) == (refused, "Mã đăng ký đã hết hạn")
    (row,) = await accounts.fetch("SELECT to_jsonb(e)::text AS kept FROM enrolment e WHERE agency_id = $1", agency_id)
    assert code not in row["kept"]
    assert code.replace("-", "") not in row["kept"]


async def test_a_request_for_another_agency_or_an_unproven_key_is_refused(
    accounts: Installation, http: httpx.AsyncClient, free_agencies: Iterator[str]
) -> None:
    agency_id, code = accounts.enrolment_code(next(free_agencies))
    other_id, _ = accounts.enrolment_code(next(free_agencies))
    assert code_of(await ask(http, agency_id, code, csr_for(other_id))) == (422, "request_wrong_name")
    lines = csr_for(agency_id).splitlines()
    lines[-2] = lines[-2][:8] + ("A" if lines[-2][8] != "A" else "B") + lines[-2][9:]
    changed = await ask(http, agency_id, code, "\n".join(lines))
    assert changed.status_code == 422
    assert changed.json()["code"] in ("request_not_proven", "request_malformed")
    assert changed.json()["violations"][0]["pointer"] == "/csr"
    # The code was not used up by what was refused.
    assert (await ask(http, agency_id, code, csr_for(agency_id))).status_code == 201


async def test_whoever_holds_a_seal_renews_under_it_and_gets_no_code(
    accounts: Installation, http: httpx.AsyncClient, free_agencies: Iterator[str]
) -> None:
    agency = next(free_agencies)
    seal = await accounts.enrol(http, agency)
    assert accounts.run("agencies", "enrolment-code", agency, code=1)["error"]["code"] == "agency_already_enrolled"
    accounts.run("certificates", "revoke", seal.fingerprint, "--reason", "mất khóa")
    assert (await accounts.enrol(http, agency)).fingerprint != seal.fingerprint


async def test_an_ended_agency_gets_no_code(accounts: Installation) -> None:
    told = accounts.run("agencies", "enrolment-code", "000.00.31.H53", code=1)
    assert told["error"]["code"] == "agency_has_ended"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"enrolment_code": "x"},
        {"enrolment_code": "x", "csr": "y", "proof": "z"},
        {"enrolment_code": "x", "csr": "y", "certificates": ["c"], "proof": "p"},
        {"enrolment_code": "x", "certificates": ["c"]},
        {"enrolment_code": "x", "csr": "y", "role": "admin"},
    ],
)
async def test_a_body_that_is_neither_form_is_malformed(http: httpx.AsyncClient, body: dict[str, object]) -> None:
    answer = await http.post("/v1/agencies/01a20153-4e04-7899-9c11-867fdfe88da6/certificates", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


async def test_a_member_twice_is_malformed(http: httpx.AsyncClient) -> None:
    answer = await http.post(
        "/v1/agencies/01a20153-4e04-7899-9c11-867fdfe88da6/certificates",
        content=b'{"enrolment_code":"a","enrolment_code":"b","csr":"c"}',
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
