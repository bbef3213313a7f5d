"""The life of a delivery: every status in every state, and every order in which statuses may come in."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.messages.status import StatusCode
from lienthong.common.transitions import Refusal, TransitionRefused
from lienthong.exchange.domain.states import (
    ENDS,
    LIFE,
    MOST_STATUSES,
    DeliveryState,
    Fit,
    History,
    Said,
    fold,
    judge_status,
)

START = datetime(2026, 11, 22, 2, tzinfo=UTC)

TABLE = """
             01               02                          03               04               05               06
sent         arrived          refusal_only_after_arrival  received         not_received_yet not_received_yet not_received_yet
arrived      already_arrived  refused                     received         not_received_yet not_received_yet not_received_yet
refused      delivery_refused delivery_refused            delivery_refused delivery_refused delivery_refused delivery_refused
received     already_arrived  refusal_only_after_arrival  already_received assigned         processing       done
assigned     already_arrived  refusal_only_after_arrival  already_received assigned         processing       done
processing   already_arrived  refusal_only_after_arrival  already_received assigned         processing       done
done         already_arrived  refusal_only_after_arrival  already_received already_done     already_done     already_done
withdrawn    already_taken_back already_taken_back already_taken_back already_taken_back already_taken_back already_taken_back
taken_back   already_taken_back already_taken_back already_taken_back already_taken_back already_taken_back already_taken_back
revoked      document_revoked document_revoked document_revoked document_revoked document_revoked document_revoked
updated      version_superseded version_superseded version_superseded version_superseded version_superseded version_superseded
replaced     version_superseded version_superseded version_superseded version_superseded version_superseded version_superseded
expired      delivery_expired delivery_expired delivery_expired delivery_expired delivery_expired delivery_expired
declined     version_declined version_declined version_declined version_declined version_declined version_declined
"""  # noqa: E501 - one row, one state

CODES, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
PAIRS = [(state, code, outcome) for state, *outcomes in ROWS for code, outcome in zip(CODES, outcomes, strict=True)]


def judge(known: Iterable[Said], new: Said) -> Fit | Refusal:
    return judge_status(History(tuple(known)), new)


def said(code: StatusCode, minute: int) -> Said:
    return Said(START + timedelta(minutes=minute), code)


def path(*codes: str) -> list[Said]:
    return [said(StatusCode(code), minute) for minute, code in enumerate(codes)]


@pytest.mark.requirement("QD28")
@pytest.mark.parametrize(("state", "code", "outcome"), PAIRS)
def test_every_status_in_every_state_leads_on_or_is_refused_by_name(state: str, code: str, outcome: str) -> None:
    decided = LIFE.decide(DeliveryState(state), StatusCode(code))
    assert (decided.name if isinstance(decided, Refusal) else decided) == outcome


def test_the_table_of_this_test_is_whole() -> None:
    assert {(state, code) for state, code, _ in PAIRS} == set(product(DeliveryState, StatusCode))


def test_every_state_but_the_ends_is_reached_and_only_two_are_left_no_more() -> None:
    reached = LIFE.reachable(DeliveryState.SENT)
    assert reached == set(DeliveryState) - ENDS
    assert [state for state in DeliveryState if state in reached and LIFE.is_final(state)] == [
        DeliveryState.REFUSED,
        DeliveryState.DONE,
    ]


def test_no_status_leads_to_an_end_or_out_of_one() -> None:
    for state in ENDS:
        assert LIFE.reachable(state) == {state}


def test_every_refusal_has_its_rule() -> None:
    assert {decided.rule for *_, decided in LIFE.rows() if isinstance(decided, Refusal)} == {"R-STATUS"}


@pytest.mark.parametrize(
    ("known", "new", "fit"),
    [
        (path(), said(StatusCode.ARRIVED, 0), Fit(DeliveryState.ARRIVED, late=False)),
        (path("01", "03"), said(StatusCode.DONE, 5), Fit(DeliveryState.DONE, late=False)),
        ([said(StatusCode.RECEIVED, 5)], said(StatusCode.ARRIVED, 3), Fit(DeliveryState.RECEIVED, late=True)),
        ([said(StatusCode.RECEIVED, 5)], said(StatusCode.ARRIVED, 5), Fit(DeliveryState.RECEIVED, late=True)),
        (path("01", "03", "06"), said(StatusCode.ASSIGNED, 1), Fit(DeliveryState.DONE, late=True)),
        (path("03", "05"), said(StatusCode.PROCESSING, 1), Fit(DeliveryState.PROCESSING, late=False)),
        (path("03"), said(StatusCode.PROCESSING, 0), Fit(DeliveryState.PROCESSING, late=False)),
    ],
    ids=["first", "last", "overtaken", "same time", "between", "again", "together with 03"],
)
def test_a_status_that_fits_says_where_it_leads_and_whether_it_is_late(known: list[Said], new: Said, fit: Fit) -> None:
    assert judge(known, new) == fit


@pytest.mark.parametrize(
    ("known", "new", "name"),
    [
        (path("03"), said(StatusCode.PROCESSING, -1), "not_received_yet"),
        (path("01", "03"), said(StatusCode.REFUSED, 0), "refusal_only_after_arrival"),
        (path("01"), said(StatusCode.REFUSED, -1), "refusal_only_after_arrival"),
        (path("01"), said(StatusCode.ARRIVED, -1), "already_arrived"),
        (path("03", "05"), said(StatusCode.RECEIVED, -1), "already_received"),
        (path("03", "05", "06"), said(StatusCode.DONE, 1), "already_done"),
        (path("03", "05"), said(StatusCode.DONE, 0), "later_status_stands"),
        (path("01"), said(StatusCode.RECEIVED, -1), "later_status_stands"),
        (path("01", "02"), said(StatusCode.ARRIVED, -1), "delivery_refused"),
    ],
)
def test_a_late_status_that_fits_nowhere_is_refused_by_name(known: list[Said], new: Said, name: str) -> None:
    judged = judge(known, new)
    assert isinstance(judged, Refusal)
    assert judged.name == name


def test_statuses_of_one_delivery_have_an_end_that_is_done() -> None:
    """Every status is judged with all others and shown in the track: a flood of them would be everybody's work."""
    known = path("01", "03", *["05"] * (MOST_STATUSES - 2))
    for code in (StatusCode.ASSIGNED, StatusCode.PROCESSING):
        for minute in (2, MOST_STATUSES):
            judged = judge(known, said(code, minute))
            assert isinstance(judged, Refusal)
            assert judged.name == "too_many_statuses"
    assert judge(known[:-1], said(StatusCode.PROCESSING, MOST_STATUSES)) == Fit(DeliveryState.PROCESSING, False)
    assert judge(known, said(StatusCode.DONE, MOST_STATUSES)) == Fit(DeliveryState.DONE, late=False)


@pytest.mark.parametrize("end", sorted(ENDS))
@pytest.mark.parametrize("code", StatusCode)
def test_after_an_end_nothing_is_said_whatever_the_time_said(end: DeliveryState, code: StatusCode) -> None:
    judged = judge_status(History(tuple(path("01", "03")), end=end), said(code, -1))
    assert judged == LIFE.decide(end, code)


@pytest.mark.parametrize("code", StatusCode)
def test_a_document_that_waits_for_its_answer_can_only_arrive(code: StatusCode) -> None:
    judged = judge_status(History(waits=True), said(code, 0))
    if code is StatusCode.ARRIVED:
        assert judged == Fit(DeliveryState.ARRIVED, late=False)
    else:
        assert isinstance(judged, Refusal)
        assert judged.name == "answer_the_request"


@pytest.mark.parametrize("start", [DeliveryState.RECEIVED, DeliveryState.ASSIGNED, DeliveryState.PROCESSING])
def test_a_newer_version_goes_on_where_the_one_before_it_was(start: DeliveryState) -> None:
    arrived = History((said(StatusCode.ARRIVED, 0),), start=start)
    assert arrived.state is start
    assert judge_status(arrived, said(StatusCode.DONE, 1)) == Fit(DeliveryState.DONE, late=False)
    received = judge_status(arrived, said(StatusCode.RECEIVED, 1))
    assert isinstance(received, Refusal)
    assert received.name == "already_received"


@st.composite
def histories(draw: st.DrawFn) -> list[Said]:
    """A path that the table allows, with times that grow or stand still."""
    state, minute, history = DeliveryState.SENT, 0, list[Said]()
    for _ in range(draw(st.integers(0, 7))):
        open_ = [(code, to) for code in StatusCode if isinstance(to := LIFE.decide(state, code), DeliveryState)]
        if not open_:
            break
        code, state = draw(st.sampled_from(open_))
        # At one time, statuses are taken in the order of their codes; so a step back in codes takes time.
        back = bool(history) and code <= history[-1].code
        minute += draw(st.integers(int(back), 2))
        history.append(said(code, minute))
    return history


@given(histories().flatmap(lambda history: st.tuples(st.just(history), st.permutations(history))))
def test_any_order_of_arrival_comes_to_the_same_state(drawn: tuple[list[Said], list[Said]]) -> None:
    """A reporter repeats what was refused: whatever the order, all of it is accepted in the end."""
    history, waiting = drawn
    known: list[Said] = []
    while waiting:
        refused: list[Said] = []
        for new in waiting:
            judged = judge(known, new)
            if isinstance(judged, Refusal):
                refused.append(new)
                continue
            assert judged.late is any(other > new for other in known)
            known.append(new)
            assert judged.state is fold(sorted(known))
        assert len(refused) < len(waiting), "each round brings one on"
        waiting = refused
    assert fold(sorted(known)) is fold(history)


STATUSES = st.builds(said, st.sampled_from(StatusCode), st.integers(0, 5))


@given(st.lists(STATUSES, max_size=12))
def test_whatever_comes_what_is_accepted_is_a_path_of_the_table(arriving: list[Said]) -> None:
    known: list[Said] = []
    for new in arriving:
        was_refused = fold(sorted(known)) is DeliveryState.REFUSED
        judged = judge(known, new)
        if isinstance(judged, Fit):
            assert not was_refused, "nothing after a refusal"
            known.append(new)
            assert judged.state is fold(sorted(known))
    for code in (StatusCode.ARRIVED, StatusCode.REFUSED, StatusCode.RECEIVED, StatusCode.DONE):
        assert sum(each.code is code for each in known) <= 1
    assert not {StatusCode.REFUSED, StatusCode.RECEIVED} <= {each.code for each in known}


@given(st.lists(STATUSES, max_size=8), STATUSES)
def test_a_status_is_refused_only_where_the_sorted_path_is_none(arriving: list[Said], new: Said) -> None:
    known: list[Said] = []
    for each in arriving:
        if isinstance(judge(known, each), Fit):
            known.append(each)
    is_path = _is_path(sorted([*known, new])) and fold(sorted(known)) is not DeliveryState.REFUSED
    assert isinstance(judge(known, new), Fit) is is_path


def test_the_states_do_not_depend_on_the_order_in_which_statuses_are_known() -> None:
    known = path("01", "03", "04")
    new = said(StatusCode.PROCESSING, 2)
    assert len({judge(list(order), new) for order in permutations(known)}) == 1


def _is_path(statuses: list[Said]) -> bool:
    try:
        fold(statuses)
    except TransitionRefused:
        return False
    return True
