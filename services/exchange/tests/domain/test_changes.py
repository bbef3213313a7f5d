"""Changes of documents: every kind wherever a delivery is, every answer, as the page of the way tells them."""

from itertools import product
from pathlib import Path

import pytest

from lienthong.common.messages.change import Answer
from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.changes import (
    CHANGE,
    CHANGE_PENDING,
    END_AGREED,
    END_AT_ONCE,
    REMOVED_AFTER,
    TABLE,
    ChangeKind,
    Course,
    RequestState,
    Settlement,
    Whereabouts,
    decide,
    settle,
)
from lienthong.exchange.domain.states import ENDS, LIFE, WITHHELD, DeliveryState

pytestmark = pytest.mark.requirement("QD28-8/9")

PAGE = (Path(__file__).parents[4] / "docs/way-of-a-document.md").read_text("utf-8")
KINDS = list(ChangeKind)
KEPT = (DeliveryState.RECEIVED, DeliveryState.ASSIGNED, DeliveryState.PROCESSING, DeliveryState.DONE)


def rows_of(first_cell: str) -> list[list[str]]:
    """The rows of the table on the page that begins with this cell, without its head."""
    lines = PAGE.split(f"| {first_cell} | take_back | revoke | update | replace |\n")[1].splitlines()[1:]
    table = [line for index, line in enumerate(lines) if all(each.startswith("|") for each in lines[: index + 1])]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def places(told: str) -> list[Whereabouts]:
    """`sent, not acknowledged` is one place, `received, done` is four: acknowledged or not."""
    names = told.split(", ")
    known = {"acknowledged": [True], "not acknowledged": [False]}.get(names[-1])
    states = names if known is None else names[:-1]
    return [Whereabouts(DeliveryState(state), each) for state in states for each in known or [False, True]]


ON_THE_PAGE = [
    (where, kind, cell)
    for told, *cells in rows_of("delivery is")
    for where in places(told)
    for kind, cell in zip(KINDS, cells, strict=True)
]


def in_words(kind: ChangeKind, decision: Course | Refusal) -> str:
    if isinstance(decision, Refusal):
        return f"`{decision.name}`"
    return f"at once → {END_AT_ONCE[kind]}" if decision is Course.AT_ONCE else decision.value


@pytest.mark.parametrize(("where", "kind", "told"), ON_THE_PAGE)
def test_every_kind_of_change_wherever_a_delivery_is(where: Whereabouts, kind: ChangeKind, told: str) -> None:
    assert in_words(kind, decide(kind, where)) == told


def test_the_table_on_the_page_is_whole() -> None:
    told = [(where, kind) for where, kind, _ in ON_THE_PAGE]
    assert len(told) == len(set(told))
    assert set(told) == set(product(map(Whereabouts._make, product(DeliveryState, (False, True))), ChangeKind))


@pytest.mark.parametrize(("where", "kind"), TABLE)
def test_while_one_is_asked_no_other_is(where: Whereabouts, kind: ChangeKind) -> None:
    assert decide(kind, where, pending=True) is CHANGE_PENDING


def test_every_refusal_has_its_rule_and_speaks_to_the_sender() -> None:
    refusals = [decision for decision in TABLE.values() if isinstance(decision, Refusal)]
    assert {refusal.rule for refusal in refusals} == {CHANGE}
    told_to_recipients = [each for *_, each in LIFE.rows() if isinstance(each, Refusal)]
    for refusal in refusals:
        assert all(refusal.detail != other.detail for other in told_to_recipients)


ANSWERS = {"agreed (15)": Answer.AGREED, "refused (16)": Answer.REFUSED}


def settled_in_words(kind: ChangeKind, settled: Settlement, state: DeliveryState) -> str:
    words = [settled.end.value if settled.end else "goes on"]
    name = "letter" if kind is ChangeKind.REVOKE else "newer"
    if settled.declined:
        words.append(f"{name}: declined")
    elif settled.start is not None:
        goes_on = kind is ChangeKind.UPDATE
        assert not goes_on or settled.start is (state if state in KEPT else DeliveryState.RECEIVED)
        words.append(f"{name}: {'goes on' if goes_on else settled.start.value}")
    return "; ".join(words)


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (ANSWERS[told], kind, cell)
        for told, *cells in rows_of("answer")
        if told in ANSWERS
        for kind, cell in zip(KINDS, cells, strict=True)
    ],
)
def test_every_answer_to_every_kind(answer: Answer, kind: ChangeKind, told: str, state: DeliveryState) -> None:
    settled = settle(kind, answer, state)
    assert settled_in_words(kind, settled, state) == told
    states = {Answer.AGREED: RequestState.AGREED, Answer.REFUSED: RequestState.REFUSED}
    assert settled.request is states[answer]


def test_what_is_given_back_is_withheld_and_a_newer_version_withholds_nothing() -> None:
    given_back = {END_AT_ONCE[ChangeKind.TAKE_BACK], END_AT_ONCE[ChangeKind.REVOKE]}
    agreed = {settle(kind, Answer.AGREED, DeliveryState.DONE).end for kind in (ChangeKind.TAKE_BACK, ChangeKind.REVOKE)}
    assert given_back | agreed == WITHHELD
    assert {END_AGREED[kind] for kind in REMOVED_AFTER} == agreed, "what is withheld after an answer is to be removed"
    assert not {END_AT_ONCE[ChangeKind.UPDATE], END_AT_ONCE[ChangeKind.REPLACE]} & WITHHELD
    assert WITHHELD <= ENDS
