"""Who may do what: both answers of every question."""

from typing import Any
from uuid import UUID

import pytest

from lienthong.accounts.domain.clients import enrolled, operating
from lienthong.accounts.domain.permissions import (
    Allowed,
    Denied,
    may_act_for,
    may_operate,
    may_order_about,
    may_speak_for,
    may_take_part,
)
from lienthong.common.clock import SystemClock
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import (
    Agency,
    AgencyLife,
    CertificateRecord,
    ClientState,
    Holder,
    HolderKind,
)

OURS, THEIRS = (UUID(f"01a20153-4e04-7899-9c11-867fdfe88da{n}") for n in range(2))
OUR_SEAL = Holder(kind=HolderKind.AGENCY, agency_id=OURS)
A_SERVICE = Holder(kind=HolderKind.SERVICE, service="exchange")


def certificate(holder: Holder) -> CertificateRecord:
    return CertificateRecord.model_construct(holder=holder)


def source(agency_id: Any) -> str:
    return f"/agencies/{agency_id}"


@pytest.mark.requirement("N2")
@pytest.mark.parametrize(
    ("holder", "agency_id", "said_by", "asks_for", "allowed"),
    [
        (OUR_SEAL, OURS, source(OURS), OURS, True),
        (OUR_SEAL, THEIRS, source(THEIRS), THEIRS, False),
        (OUR_SEAL, OURS, source(THEIRS), OURS, False),
        (OUR_SEAL, OURS, source(OURS), THEIRS, False),
        (A_SERVICE, OURS, source(OURS), OURS, False),
    ],
)
def test_seal_source_and_request_are_one_agency(
    holder: Holder, agency_id: Any, said_by: str, asks_for: Any, allowed: bool
) -> None:
    assert bool(may_speak_for(certificate(holder), agency_id, said_by, asks_for)) is allowed


@pytest.mark.parametrize(
    ("holder", "agency", "allowed"), [(OUR_SEAL, OURS, True), (OUR_SEAL, THEIRS, False), (A_SERVICE, OURS, False)]
)
def test_an_agency_orders_about_its_own_certificates_alone(holder: Holder, agency: Any, allowed: bool) -> None:
    assert bool(may_order_about(agency, certificate(holder))) is allowed


@pytest.mark.parametrize(
    ("state", "allowed"), [(AgencyLife.ACTIVE, True), (AgencyLife.MERGED, False), (AgencyLife.ENDED, False)]
)
def test_only_an_agency_that_exists_gets_a_seal(state: AgencyLife, allowed: bool) -> None:
    assert bool(may_take_part(Agency.model_construct(state=state))) is allowed


@pytest.mark.parametrize(
    ("state", "agency", "allowed"),
    [
        (ClientState.ACTIVE, OURS, True),
        (ClientState.ACTIVE, THEIRS, False),
        (ClientState.SUSPENDED, OURS, False),
        (ClientState.ENDED, OURS, False),
    ],
)
def test_a_client_acts_only_where_granted_and_active(state: ClientState, agency: Any, allowed: bool) -> None:
    client = enrolled(new_id(), "QLVB", "t" * 43, OURS, SystemClock().now())
    assert bool(may_act_for(client.model_copy(update={"state": state}), agency)) is allowed


@pytest.mark.parametrize(
    ("state", "allowed"), [(ClientState.ACTIVE, True), (ClientState.SUSPENDED, False), (ClientState.ENDED, False)]
)
def test_only_an_active_client_of_an_operator_operates(state: ClientState, allowed: bool) -> None:
    client = operating(new_id(), "Nguyễn Văn Vận", "t" * 43)
    assert bool(may_operate(client.model_copy(update={"state": state}))) is allowed
    assert not may_act_for(client, OURS)
    assert not may_operate(enrolled(new_id(), "QLVB", "t" * 43, OURS, SystemClock().now()))


def test_a_denial_says_why_in_both_languages() -> None:
    denied = may_take_part(Agency.model_construct(state=AgencyLife.ENDED))
    assert isinstance(denied, Denied)
    assert denied.reason.vi
    assert denied.reason.en
    assert Allowed()
