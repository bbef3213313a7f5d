"""A table of transitions leaves nothing open, and refuses by name."""

from enum import StrEnum

import pytest

from lienthong.common.errors import Words
from lienthong.common.problems import to_problem
from lienthong.common.transitions import Refusal, TransitionRefused, Transitions, refuse


class State(StrEnum):
    """States of a lamp."""

    OFF = "off"
    ON = "on"
    BROKEN = "broken"


class Act(StrEnum):
    """What is done to it."""

    SWITCH_ON = "switch_on"
    SWITCH_OFF = "switch_off"
    DROP = "drop"


ALREADY = Refusal("already_so", Words("Đã như vậy", "It is so already"), Words("Không cần làm", "Nothing to do"))
GONE = Refusal("is_broken", Words("Đã vỡ", "It is broken"), Words("Thay mới", "Replace it"), rule="X1")
MOVES = {
    (State.OFF, Act.SWITCH_ON): State.ON,
    (State.ON, Act.SWITCH_OFF): State.OFF,
    (State.OFF, Act.DROP): State.BROKEN,
    (State.ON, Act.DROP): State.BROKEN,
}
REFUSALS = {
    (State.OFF, Act.SWITCH_OFF): ALREADY,
    (State.ON, Act.SWITCH_ON): ALREADY,
} | refuse([State.BROKEN], Act, GONE)
LAMP = Transitions(State, Act, MOVES, REFUSALS)


def test_an_act_moves() -> None:
    assert LAMP.move(State.OFF, Act.SWITCH_ON) is State.ON
    assert LAMP.decide(State.ON, Act.DROP) is State.BROKEN


def test_an_act_that_does_not_fit_is_refused_by_name() -> None:
    assert LAMP.decide(State.BROKEN, Act.DROP) == GONE
    with pytest.raises(TransitionRefused) as caught:
        LAMP.move(State.BROKEN, Act.SWITCH_ON)
    assert caught.value.refusal is GONE
    problem = to_problem(caught.value, language="vi", instance="/v1/lamps/1", trace_id=None)
    assert (problem["status"], problem["rule"], problem["detail"]) == (409, "X1", "Đã vỡ")
    assert problem["violations"][0]["code"] == "is_broken"


def test_every_pair_is_decided() -> None:
    rows = LAMP.rows()
    assert [row[:2] for row in rows] == [(state, act) for state in State for act in Act]


def test_states_answer_questions_about_themselves() -> None:
    assert [state for state in State if LAMP.is_final(state)] == [State.BROKEN]
    assert LAMP.reachable(State.OFF) == set(State)
    assert LAMP.reachable(State.BROKEN) == {State.BROKEN}


def test_an_open_pair_is_refused_when_the_table_is_made() -> None:
    moves = {pair: to for pair, to in MOVES.items() if pair != (State.ON, Act.DROP)}
    with pytest.raises(TypeError, match=r"open: ON\+DROP; foreign: none; twice: none"):
        Transitions(State, Act, moves, REFUSALS)


def test_a_pair_decided_twice_is_refused_when_the_table_is_made() -> None:
    with pytest.raises(TypeError, match=r"twice: ON\+DROP"):
        Transitions(State, Act, MOVES, REFUSALS | {(State.ON, Act.DROP): ALREADY})
