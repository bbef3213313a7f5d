"""The life of a certificate: every act in every state, and what the history says of any time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.accounts.domain.certificates import (
    LIFE,
    NOTICE,
    CertificateAct,
    State,
    end_of,
    ended,
    holds_seal,
    is_over,
    ordered,
    registered,
    superseded,
    taken_back_at,
)
from lienthong.accounts.domain.errors import PeriodRefused
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateOrder, CertificateRecord, Holder, HolderKind, StatePeriod
from lienthong.common.pki import generate_key, issue_agency, make_training_authority, own_key
from lienthong.common.transitions import TransitionRefused

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=365)
NOW = BEGIN + timedelta(days=100)
SOON = NOW + timedelta(seconds=1)
"""When what is taken back now ends."""
ACTIVE = StatePeriod(state=State.ACTIVE, since=BEGIN)

pytestmark = pytest.mark.requirement("A8")


def record(**changes: Any) -> CertificateRecord:
    members: dict[str, Any] = {
        "fingerprint": "A" * 43,
        "version": 1,
        "holder": Holder(kind=HolderKind.AGENCY, agency_id=new_id()),
        "x5c": ("AAAA",),
        "serial": "1f",
        "not_before": BEGIN,
        "not_after": END,
        "state": State.ACTIVE,
        "history": (ACTIVE,),
    }
    return CertificateRecord.model_validate(members | changes)


def states(of: CertificateRecord) -> list[tuple[State, datetime]]:
    return [(period.state, period.since) for period in of.history]


def order(of: CertificateRecord, what: CertificateOrder, at: datetime = NOW, since: datetime | None = None):
    return ordered(of, what, now=at, since=since, reason="Mất khóa")


MOVES = {
    (State.ACTIVE, CertificateAct.SUSPEND): State.SUSPENDED,
    (State.ACTIVE, CertificateAct.SUPERSEDE): State.SUPERSEDED,
    (State.ACTIVE, CertificateAct.REVOKE): State.REVOKED,
    (State.ACTIVE, CertificateAct.END): State.ENDED,
    (State.SUSPENDED, CertificateAct.RESUME): State.ACTIVE,
    (State.SUSPENDED, CertificateAct.REVOKE): State.REVOKED,
    (State.SUSPENDED, CertificateAct.END): State.ENDED,
    (State.SUPERSEDED, CertificateAct.REVOKE): State.REVOKED,
    (State.SUPERSEDED, CertificateAct.END): State.ENDED,
    (State.ENDED, CertificateAct.REVOKE): State.REVOKED,
}


@pytest.mark.parametrize("act", CertificateAct)
@pytest.mark.parametrize("state", State)
def test_every_act_in_every_state_moves_or_is_refused_by_name(state: State, act: CertificateAct) -> None:
    expected = MOVES.get((state, act))
    if expected is not None:
        assert LIFE.move(state, act) is expected
        return
    with pytest.raises(TransitionRefused) as refused:
        LIFE.move(state, act)
    assert refused.value.violations[0].code.startswith("certificate_")


def test_a_revocation_is_for_good() -> None:
    assert LIFE.is_final(State.REVOKED)
    assert LIFE.reachable(State.ACTIVE) == frozenset(State)


def test_a_new_entry_says_what_the_certificate_says() -> None:
    authority = make_training_authority(BEGIN)
    agency_id = new_id()
    made = issue_agency(authority.issuing, own_key(generate_key()), agency_id=agency_id, name="Sở", at=NOW)
    entry = registered((made, *authority.issuing.chain), Holder(kind=HolderKind.AGENCY, agency_id=agency_id), NOW)
    assert (entry.fingerprint, entry.version, len(entry.x5c)) == (made.fingerprint, 1, 2)
    assert (entry.serial, entry.not_after) == (f"{made.serial:x}", made.not_after)
    assert states(entry) == [(State.ACTIVE, NOW)]


def test_a_renewed_certificate_says_at_once_when_its_overlap_ends() -> None:
    old = superseded(record(), "B" * 43, now=NOW, overlap=timedelta(days=30))
    assert (old.state, old.version, old.successor) == (State.SUPERSEDED, 2, "B" * 43)
    assert states(old)[1:] == [(State.SUPERSEDED, NOW), (State.ENDED, NOW + timedelta(days=30))]
    assert end_of(old) == NOW + timedelta(days=30)


def test_an_overlap_ends_with_the_certificate_itself() -> None:
    old = superseded(record(), "B" * 43, now=END - timedelta(days=1), overlap=timedelta(days=30))
    assert end_of(old) == END


def test_suspended_and_resumed_are_both_remembered() -> None:
    suspended = order(record(), CertificateOrder.SUSPEND)
    resumed = order(suspended, CertificateOrder.RESUME, NOW + timedelta(hours=1))
    assert [state for state, _ in states(resumed)] == [State.ACTIVE, State.SUSPENDED, State.ACTIVE]
    assert (resumed.version, suspended.history[-1].reason) == (3, "Mất khóa")
    assert (taken_back_at(suspended), taken_back_at(resumed)) == (SOON, None)


@pytest.mark.parametrize("what", [CertificateOrder.SUSPEND, CertificateOrder.REVOKE])
@pytest.mark.parametrize("milliseconds", [0, 1, 249, 250, 251, 999])
def test_what_is_taken_back_ends_everywhere_at_one_whole_second_within_two(
    what: CertificateOrder, milliseconds: int
) -> None:
    now = NOW + timedelta(milliseconds=milliseconds)
    at = taken_back_at(order(record(), what, now))
    assert at is not None
    assert at.microsecond == 0
    assert NOTICE <= at - now < timedelta(seconds=2)


def test_a_seal_resumed_before_its_suspension_began_was_never_suspended() -> None:
    suspended = order(record(), CertificateOrder.SUSPEND)
    resumed = order(suspended, CertificateOrder.RESUME, NOW + timedelta(milliseconds=100))
    assert [state for state, _ in states(resumed)] == [State.ACTIVE, State.ACTIVE]


def test_a_theft_is_revoked_from_its_time_and_what_came_later_goes() -> None:
    theft = NOW - timedelta(days=5)
    suspended = order(record(), CertificateOrder.SUSPEND, NOW - timedelta(days=2))
    revoked = order(suspended, CertificateOrder.REVOKE, since=theft)
    assert states(revoked) == [(State.ACTIVE, BEGIN), (State.REVOKED, theft)]
    assert taken_back_at(revoked) == theft


def test_a_revocation_cancels_the_announced_end_of_an_overlap() -> None:
    old = superseded(record(), "B" * 43, now=NOW, overlap=timedelta(days=30))
    revoked = order(old, CertificateOrder.REVOKE, NOW + timedelta(days=1))
    assert states(revoked)[-1] == (State.REVOKED, SOON + timedelta(days=1))
    assert State.ENDED not in [state for state, _ in states(revoked)]
    assert not is_over(revoked, END + timedelta(days=1))


@pytest.mark.parametrize("since", [NOW + timedelta(seconds=1), BEGIN - timedelta(seconds=1)])
def test_a_revocation_neither_begins_ahead_nor_before_the_certificate(since: datetime) -> None:
    with pytest.raises(PeriodRefused):
        order(record(), CertificateOrder.REVOKE, since=since)


@pytest.mark.parametrize("what", [CertificateOrder.SUSPEND, CertificateOrder.RESUME])
def test_only_a_revocation_reaches_back(what: CertificateOrder) -> None:
    before = record() if what is CertificateOrder.SUSPEND else order(record(), CertificateOrder.SUSPEND)
    with pytest.raises(PeriodRefused):
        order(before, what, since=NOW)


def test_a_certificate_is_over_after_its_last_instant() -> None:
    assert not is_over(record(), END)
    assert is_over(record(), END + timedelta(milliseconds=1))
    over = ended(record())
    assert (over.state, states(over)[-1]) == (State.ENDED, (State.ENDED, END))
    assert not is_over(over, END + timedelta(days=1))


def test_an_ended_overlap_says_so_in_state_and_history_alike() -> None:
    old = superseded(record(), "B" * 43, now=NOW, overlap=timedelta(days=30))
    assert is_over(old, NOW + timedelta(days=31))
    over = ended(old)
    assert (over.state, over.version) == (State.ENDED, 3)
    assert states(over) == states(old)


@pytest.mark.parametrize("state", State)
def test_which_states_are_a_present_seal(state: State) -> None:
    assert holds_seal(record(state=state)) is (state in (State.ACTIVE, State.SUSPENDED))


@given(
    st.lists(
        st.tuples(st.sampled_from(CertificateOrder), st.integers(0, 90), st.none() | st.integers(0, 90)), max_size=8
    )
)
def test_in_any_life_the_history_is_in_order_and_ends_with_the_state(
    life: list[tuple[CertificateOrder, int, int | None]],
) -> None:
    entry = record()
    for what, day, back in sorted(life, key=lambda step: step[1]):
        at = NOW + timedelta(days=day)
        since = None if back is None else max(BEGIN, at - timedelta(days=back))
        try:
            after = order(entry, what, at, since)
        except (TransitionRefused, PeriodRefused):
            continue
        assert after.version == entry.version + 1
        entry = after
        begins = [begin for _, begin in states(entry)]
        assert begins == sorted(set(begins))
        assert states(entry)[-1][0] is entry.state
