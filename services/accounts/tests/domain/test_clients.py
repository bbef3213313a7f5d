"""Machine clients: who they act for, and every act in every state."""

from datetime import UTC, datetime

import pytest

from lienthong.accounts.domain.clients import (
    LIFE,
    ORDERS,
    ClientAct,
    State,
    enrolled,
    granted,
    operating,
    ordered,
    withdrawn,
)
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import Client, Duty
from lienthong.common.transitions import TransitionRefused

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FIRST, SECOND = new_id(), new_id()

MOVES = {
    (State.ACTIVE, ClientAct.GRANT): State.ACTIVE,
    (State.ACTIVE, ClientAct.IDLE): State.ACTIVE,
    (State.ACTIVE, ClientAct.SUSPEND): State.SUSPENDED,
    (State.ACTIVE, ClientAct.END): State.ENDED,
    (State.SUSPENDED, ClientAct.IDLE): State.SUSPENDED,
    (State.SUSPENDED, ClientAct.RESUME): State.ACTIVE,
    (State.SUSPENDED, ClientAct.END): State.ENDED,
}


def client() -> Client:
    return enrolled(new_id(), "QLVB", "t" * 43, FIRST, NOW)


def agencies(of: Client) -> list[object]:
    return [grant.agency_id for grant in of.grants]


@pytest.mark.parametrize("act", ClientAct)
@pytest.mark.parametrize("state", State)
def test_every_act_in_every_state_moves_or_is_refused_by_name(state: State, act: ClientAct) -> None:
    expected = MOVES.get((state, act))
    if expected is not None:
        assert LIFE.move(state, act) is expected
        return
    with pytest.raises(TransitionRefused) as refused:
        LIFE.move(state, act)
    assert refused.value.violations[0].code.startswith("client_")


def test_a_second_agency_is_added_once() -> None:
    both = granted(client(), SECOND, NOW)
    assert both is not None
    assert (agencies(both), both.version) == ([FIRST, SECOND], 2)
    assert granted(both, SECOND, NOW) is None


def test_an_agency_withdraws_for_itself_alone() -> None:
    both = granted(client(), SECOND, NOW)
    assert both is not None
    left = withdrawn(both, FIRST)
    assert left is not None
    assert (agencies(left), left.state) == ([SECOND], State.ACTIVE)
    assert withdrawn(left, FIRST) is None


def test_without_an_agency_a_client_waits_for_one() -> None:
    idle = withdrawn(client(), FIRST)
    assert idle is not None
    assert (agencies(idle), idle.state) == ([], State.ACTIVE)
    again = granted(idle, SECOND, NOW)
    assert again is not None
    assert agencies(again) == [SECOND]


def test_a_client_of_an_operator_never_acts_for_an_agency_and_ends_without_its_duty() -> None:
    made = operating(new_id(), "Nguyễn Văn Vận", "t" * 43)
    with pytest.raises(TransitionRefused) as refused:
        granted(made, FIRST, NOW)
    assert refused.value.refusal.name == "client_operates"
    assert (made.duties, ordered(made, ClientAct.SUSPEND).duties) == ((Duty.OPERATE,), (Duty.OPERATE,))
    assert ordered(made, ClientAct.END).duties == ()


def test_an_ended_client_acts_for_nobody_and_stays_ended() -> None:
    ended = ordered(client(), ClientAct.END)
    assert (ended.state, agencies(ended)) == (State.ENDED, [])
    for attempt in (
        lambda: granted(ended, SECOND, NOW),
        lambda: withdrawn(ended, FIRST),
        lambda: ordered(ended, ClientAct.RESUME),
    ):
        with pytest.raises(TransitionRefused):
            attempt()


def test_a_suspended_client_keeps_its_agencies_and_gets_no_new_ones() -> None:
    suspended = ordered(client(), ClientAct.SUSPEND)
    assert agencies(suspended) == [FIRST]
    with pytest.raises(TransitionRefused):
        granted(suspended, SECOND, NOW)
    assert ordered(suspended, ORDERS["resume"]).state is State.ACTIVE
