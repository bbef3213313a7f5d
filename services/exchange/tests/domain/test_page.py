"""A page is judged line by line: known before, twice in the page, refused, or new."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from services.exchange.tests.builders import NOW, SEAL, delivered, event, facts, report, submission

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Secrecy
from lienthong.common.messages.status import StatusCode
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.answers import Accepted, FirstAnswer
from lienthong.exchange.domain.deliveries import AdmittedStatus
from lienthong.exchange.domain.errors import MessageIdReused, MessageRefused, OutcomeUnknown
from lienthong.exchange.domain.page import Line, sort_page
from lienthong.exchange.domain.states import DeliveryState, Fit
from lienthong.exchange.domain.submission import MessageKey, Submission

RECEIPT = SignedBytes(b"receipt", "r..s")


def first_answer(to: Submission) -> dict[MessageKey, FirstAnswer]:
    return {to.key: FirstAnswer(to.sha256, to.signed.jws, RECEIPT, ())}


def store(lines: list[Line]) -> None:
    """What the transaction does with new lines."""
    for line in lines:
        if line.is_new:
            line.answer = Accepted(SignedBytes(line.submission.signed.payload, "r..s"), (), first_time=True)


def test_a_new_line_waits_for_the_transaction() -> None:
    (line,) = sort_page([submission()], {}, facts())
    assert line.is_new


def test_a_seal_that_lapsed_while_its_message_waited_is_refused_and_what_comes_after_it_too() -> None:
    lapsed = OutcomeUnknown()
    first, second = submission(), submission()
    behind = submission(after=first.event.id)
    others = replace(second, seal="o" * 43), replace(behind, seal="o" * 43)
    lines = list(sort_page([first, *others], {}, replace(facts(), lapsed_seals={SEAL: lapsed})))
    assert lines[0].answer is lapsed
    assert lines[1].is_new
    assert isinstance(lines[2].answer, MessageRefused)


def test_what_was_accepted_before_is_repeated_whatever_became_of_its_seal() -> None:
    known = submission()
    (line,) = sort_page([known], first_answer(known), replace(facts(), lapsed_seals={SEAL: OutcomeUnknown()}))
    assert line.final_answer() == Accepted(RECEIPT, (), first_time=False)


def test_what_was_accepted_before_has_its_answer() -> None:
    known = submission()
    (line,) = sort_page([known], first_answer(known), facts())
    assert line.final_answer() == Accepted(RECEIPT, (), first_time=False)


def test_other_bytes_or_another_signature_are_not_a_repeat() -> None:
    said = event()
    known = submission(said)
    others = [submission(event(id=said.id)), submission(said, jws="a..c")]
    for line in sort_page(others, first_answer(known), facts()):
        assert isinstance(line.final_answer(), MessageIdReused)


def test_twice_in_one_page_is_accepted_once() -> None:
    one = submission()
    lines = list(sort_page([one, one, one], {}, facts()))
    assert [line.is_new for line in lines] == [True, False, False]
    store(lines)
    answers = [line.final_answer() for line in lines]
    assert [isinstance(answer, Accepted) and answer.first_time for answer in answers] == [True, False, False]


def test_two_messages_under_one_id_in_one_page_the_first_wins() -> None:
    said = event()
    lines = list(sort_page([submission(said), submission(event(id=said.id))], {}, facts()))
    assert lines[0].is_new
    assert isinstance(lines[1].answer, MessageIdReused)


def test_a_twin_of_a_line_that_lost_a_race_gets_the_same_answer() -> None:
    one = submission()
    lines = list(sort_page([one, one], {}, facts()))
    lines[0].answer = MessageIdReused()
    assert isinstance(lines[1].final_answer(), MessageIdReused)


def test_a_refused_line_does_not_stand_in_the_way_of_a_corrected_one() -> None:
    refused = event(secrecy=Secrecy.SECRET)
    lines = list(sort_page([submission(refused), submission(event(id=refused.id))], {}, facts()))
    assert isinstance(lines[0].answer, MessageRefused)
    assert lines[1].is_new


def test_a_line_may_come_after_an_earlier_line_of_its_page() -> None:
    first = event()
    lines = list(sort_page([submission(first), submission(after=first.id)], {}, facts()))
    assert [line.is_new for line in lines] == [True, True]


def test_a_line_does_not_come_after_a_later_or_a_refused_one() -> None:
    first, refused = event(), event(secrecy=Secrecy.SECRET)
    backwards = list(sort_page([submission(after=first.id), submission(first)], {}, facts()))
    assert [line.is_new for line in backwards] == [False, True]
    orphan = list(sort_page([submission(refused), submission(after=refused.id)], {}, facts()))
    assert [line.is_new for line in orphan] == [False, False]


def test_statuses_of_one_delivery_are_judged_line_by_line() -> None:
    codes = (StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.REFUSED, StatusCode.DONE, StatusCode.PROCESSING)
    page = [report(code, time=NOW + timedelta(seconds=place)) for place, code in enumerate(codes)]
    lines = list(sort_page(page, {}, replace(facts(), deliveries=delivered())))
    fits = [
        Fit(DeliveryState.ARRIVED, late=False),
        Fit(DeliveryState.RECEIVED, late=False),
        None,
        Fit(DeliveryState.DONE, late=False),
        None,
    ]
    assert [line.effect.fit if isinstance(line.effect, AdmittedStatus) else None for line in lines] == fits
    assert [line.is_new for line in lines] == [fit is not None for fit in fits]


def test_the_same_status_twice_in_one_page_is_judged_once() -> None:
    one = report()
    lines = list(sort_page([one, one], {}, replace(facts(), deliveries=delivered())))
    assert [line.is_new for line in lines] == [True, False]
    assert lines[1].twin is lines[0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), max_size=12))
def test_in_any_mixture_each_id_is_accepted_at_most_once_and_repeats_agree(
    draws: list[tuple[int, int]],
) -> None:
    messages = {
        (number, version): submission(event(id=identifier))
        for number, identifier in enumerate(IDS)
        for version in (0, 1)
    }
    page = [messages[number, version] for number, version in draws]
    lines = list(sort_page(page, first_answer(messages[0, 0]), facts()))
    store(lines)
    winners: dict[object, Submission] = {messages[0, 0].key: messages[0, 0]}
    for line in lines:
        answer, key = line.final_answer(), line.submission.key
        winner = winners.setdefault(key, line.submission)
        assert isinstance(answer, Accepted) is (line.submission.signed == winner.signed)
    accepted = [line for line in lines if isinstance(line.answer, Accepted) and line.answer.first_time]
    assert len({line.submission.key for line in accepted}) == len(accepted)


IDS = [new_id() for _ in range(4)]
