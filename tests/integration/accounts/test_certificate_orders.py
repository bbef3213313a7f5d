"""Suspend, resume, revoke: by the agency under a seal of its own, by nobody else; in effect everywhere at once."""

import asyncio
import time
from datetime import datetime, timedelta

import httpx
import pytest
from tests.integration.accounts.conftest import NewSeal
from tests.integration.accounts.installation import (
    EVENT,
    Installation,
    Seal,
    order_event,
    post,
    refusal,
    renew,
    sign,
    until,
)

from lienthong.common.clock import SystemClock
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateOrder
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.pki import generate_key, issue_agency, make_training_authority, own_key
from lienthong.common.signing import Certificate, LocalKey, PrivateKey, Reason, RevocationList, SignedBytes, Signer
from lienthong.common.trust import TrustFollower

PATH = "/v1/certificate-orders"
SUSPEND, RESUME, REVOKE = CertificateOrder.SUSPEND, CertificateOrder.RESUME, CertificateOrder.REVOKE

pytestmark = [pytest.mark.requirement("A8"), pytest.mark.requirement("N2")]


async def order(
    http: httpx.AsyncClient, seal: Seal, what: CertificateOrder, fingerprint: str = "", *, since: datetime | None = None
) -> httpx.Response:
    return await post(http, PATH, sign(seal, order_event(seal, fingerprint or seal.fingerprint, what, since=since)))


async def test_a_revocation_is_seen_by_every_reader_within_two_seconds(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    seal = await new_seal()
    async with accounts.follow() as reader:
        await until(lambda: reader.certificates.find(seal.fingerprint) is not None)
        assert reason_now(reader, seal) is None
        begun = time.monotonic()
        assert (await order(http, seal, REVOKE)).status_code == 201
        await until(lambda: reason_now(reader, seal) is Reason.CERTIFICATE_REVOKED)
        assert time.monotonic() - begun < 2.0


async def test_a_revoked_seal_orders_nothing_more_and_is_on_the_list(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    seal = await new_seal()
    issuing = accounts.authority.issuing.certificate
    before = (await http.get(f"/v1/revocation-lists/{issuing.fingerprint}")).content
    answer = await order(http, seal, REVOKE)
    assert answer.json()["state"] == "revoked"
    assert refusal(await order(http, seal, RESUME)) == (422, "certificate_revoked")
    listed = await http.get(f"/v1/revocation-lists/{issuing.fingerprint}")
    assert listed.headers["content-type"] == "application/pkix-crl"
    old, new = (
        RevocationList.from_bytes(data).evidence(seal.key.certificate, issuing) for data in (before, listed.content)
    )
    assert (getattr(old, "mark", 0), bool(getattr(new, "mark", None))) == (None, True)


async def test_an_agency_orders_nothing_about_anothers_certificate(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    ours, theirs = await new_seal(), await new_seal()
    for what in CertificateOrder:
        assert refusal(await order(http, ours, what, theirs.fingerprint)) == (403, "seal_not_entitled")
    in_their_name = order_event(ours, theirs.fingerprint, REVOKE, agency_id=theirs.agency_id, source=theirs.source)
    assert refusal(await post(http, PATH, sign(ours, in_their_name))) == (403, "seal_not_entitled")
    only_source = order_event(ours, ours.fingerprint, REVOKE, source=theirs.source)
    assert refusal(await post(http, PATH, sign(ours, only_source))) == (403, "seal_not_entitled")
    assert (await http.get(f"/v1/certificates/{theirs.fingerprint}")).json()["state"] == "active"


async def test_a_suspended_seal_is_resumed_by_another_of_the_same_agency_only(
    http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    old = await new_seal()
    new = await renew(http, old)
    assert (await order(http, old, SUSPEND, new.fingerprint)).status_code == 201
    assert refusal(await order(http, new, RESUME)) == (422, "certificate_suspended")
    await asyncio.sleep(2)  # it begins everywhere at one moment, which is less than two seconds away
    assert (await order(http, old, RESUME, new.fingerprint)).status_code == 201
    told = (await http.get(f"/v1/certificates/{new.fingerprint}")).json()
    assert [period["state"] for period in told["history"]] == ["active", "suspended", "active"]
    assert (await order(http, new, REVOKE, old.fingerprint)).status_code == 201


async def test_a_theft_is_revoked_from_its_time(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    seal = await new_seal()
    theft = SystemClock().now() - timedelta(minutes=2)
    ahead = await order(http, seal, REVOKE, since=SystemClock().now() + timedelta(hours=1))
    assert refusal(ahead) == (422, "order_time_refused")
    answer = await order(http, seal, REVOKE, since=theft)
    assert answer.status_code == 201
    told = (await http.get(f"/v1/certificates/{seal.fingerprint}")).json()
    assert [period["state"] for period in told["history"]] == ["revoked"]


async def test_an_order_takes_effect_once_and_a_repeat_gets_the_first_answer(
    http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    seal = await new_seal()
    event = order_event(seal, (await renew(http, seal)).fingerprint, SUSPEND)
    first = sign(seal, event)
    answers = [await post(http, PATH, first) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    other = order_event(seal, seal.fingerprint, REVOKE, id=event.id)
    assert refusal(await post(http, PATH, sign(seal, other))) == (409, "request_id_reused")


async def test_what_does_not_fit_the_state_is_refused_by_name(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    seal = await new_seal()
    answer = await order(http, seal, RESUME)
    assert refusal(answer) == (409, "transition_refused")
    assert answer.json()["violations"][0]["code"] == "certificate_not_suspended"
    assert refusal(await order(http, seal, SUSPEND, "A" * 43)) == (404, "certificate_not_registered")


async def test_the_seal_must_be_there_once_and_over_these_bytes(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    seal = await new_seal()
    good = sign(seal, order_event(seal, seal.fingerprint, SUSPEND))
    changed = SignedBytes(good.payload.replace(b"suspend", b"revoke "), good.jws)
    assert (await post(http, PATH, changed)).status_code == 400
    spoiled = SignedBytes(good.payload.replace("thiết".encode(), "Thiết".encode()), good.jws)
    assert refusal(await post(http, PATH, spoiled)) == (422, "signature_wrong")
    bare = await http.post(PATH, content=good.payload, headers={"content-type": EVENT})
    assert refusal(bare) == (401, "request_seal_missing")
    twice = await http.post(
        PATH,
        content=good.payload,
        headers=[("content-type", EVENT), ("x-jws-signature", good.jws), ("x-jws-signature", good.jws)],
    )
    assert refusal(twice) == (401, "request_seal_missing")
    json = await http.post(
        PATH, content=good.payload, headers={"content-type": "application/json", "x-jws-signature": good.jws}
    )
    assert refusal(json) == (415, "content_type_unsupported")
    stranger = LocalKey.of(*a_strangers_key())
    foreign = Signer(stranger, SystemClock().now).sign(good.payload)
    assert refusal(await post(http, PATH, foreign)) == (422, "certificate_unknown")


async def test_an_order_signed_ahead_of_our_clock_is_not_taken(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    seal = await new_seal()
    payload = to_bytes(order_event(seal, seal.fingerprint, SUSPEND))
    ahead = Signer(seal.key, lambda: SystemClock().now() + timedelta(minutes=10)).sign(payload)
    assert refusal(await post(http, PATH, ahead)) == (422, "signature_time")


async def test_an_operator_orders_about_any_certificate_and_is_remembered(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    seal = await new_seal()
    for what, state in (("suspend", "suspended"), ("resume", "active"), ("revoke", "revoked")):
        done = accounts.run("certificates", what, seal.fingerprint, "--reason", "theo đề nghị bằng văn bản")
        assert done["state"] == state
    again = accounts.run("certificates", "revoke", seal.fingerprint, "--reason", "x", code=1)
    assert again["error"]["violations"][0]["code"] == "certificate_revoked"
    rows = await accounts.fetch(
        "SELECT who, act FROM audit WHERE object = $1 ORDER BY id", f"/certificates/{seal.fingerprint}"
    )
    assert [row["act"] for row in rows][1:] == ["certificate.suspend", "certificate.resume", "certificate.revoke"]
    assert all(row["who"].startswith("/operators/") for row in rows[1:])
    listed = accounts.run("certificates", "list", "--agency", str(seal.agency_id), "--state", "revoked")
    assert [each["fingerprint"] for each in listed] == [seal.fingerprint]


def reason_now(reader: TrustFollower, seal: Seal) -> Reason | None:
    known = reader.certificates.find(seal.fingerprint)
    assert known is not None
    return reader.verifier.check_certificate(known, SystemClock().now()).reason


def a_strangers_key() -> tuple[PrivateKey, Certificate]:
    key, now = generate_key(), SystemClock().now()
    issuing = make_training_authority(now).issuing
    return key, issue_agency(issuing, own_key(key), agency_id=new_id(), name="Sở", at=now)
