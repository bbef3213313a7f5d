"""Renewal under the present seal: the old certificate stays good to the end of the overlap."""

from datetime import timedelta

import httpx
import pytest
from tests.integration.accounts.conftest import NewSeal
from tests.integration.accounts.installation import (
    Installation,
    order_event,
    post,
    refusal,
    renew,
    renewal_event,
    seal_of,
    sign,
    until,
)

from lienthong.common.clock import SystemClock, from_text
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateOrder, CertificateRequest, CertificateRequested
from lienthong.common.pki import generate_key, make_csr

PATH = "/v1/certificate-requests"

pytestmark = pytest.mark.requirement("A8")


async def test_old_and_new_are_both_good_until_the_overlap_ends(
    accounts: Installation, http: httpx.AsyncClient, new_seal: NewSeal
) -> None:
    old = await new_seal()
    new = await renew(http, old)
    told = (await http.get(f"/v1/certificates/{old.fingerprint}")).json()
    ends = from_text(told["history"][-1]["since"])
    assert [period["state"] for period in told["history"]] == ["active", "superseded", "ended"]
    assert (told["state"], told["successor"]) == ("superseded", new.fingerprint)
    assert timedelta(days=29) < ends - SystemClock().now() < timedelta(days=30)
    async with accounts.follow() as reader:
        await until(lambda: reader.certificates.find(new.fingerprint) is not None)
        for seal in (old, new):
            known = reader.certificates.find(seal.fingerprint)
            assert known is not None
            assert reader.verifier.check_certificate(known, SystemClock().now()).reason is None
        known = reader.certificates.find(old.fingerprint)
        assert known is not None
        assert known.finding(ends).reason is not None  # no event is needed for the overlap to end


async def test_an_old_seal_still_orders_but_does_not_renew_again(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    old = await new_seal()
    new = await renew(http, old)
    again = await post(http, PATH, sign(old, renewal_event(old, generate_key())))
    assert refusal(again) == (409, "transition_refused")
    order = order_event(old, new.fingerprint, CertificateOrder.SUSPEND)
    assert (await post(http, "/v1/certificate-orders", sign(old, order))).status_code == 201


async def test_a_repeated_request_gets_the_same_certificate(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    seal, key = await new_seal(), generate_key()
    signed = sign(seal, renewal_event(seal, key))
    first, again = await post(http, PATH, signed), await post(http, PATH, signed)
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert seal_of(seal.agency_id, key, again.json()["certificates"]).fingerprint == first.json()["fingerprint"]


async def test_a_key_of_another_agency_is_not_certified(http: httpx.AsyncClient, new_seal: NewSeal) -> None:
    seal = await new_seal()
    data = CertificateRequest(agency_id=seal.agency_id, csr=make_csr(generate_key(), new_id(), "x").decode())
    event = CertificateRequested.new(source=seal.source, time=SystemClock().now(), data=data)
    answer = await post(http, PATH, sign(seal, event))
    assert refusal(answer) == (422, "request_wrong_name")
    assert answer.json()["violations"][0]["pointer"] == "/data/csr"
    assert (await http.get(f"/v1/certificates/{seal.fingerprint}")).json()["state"] == "active"
