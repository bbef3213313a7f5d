"""Each rule about statuses by itself: what passes, what it says of what does not, and where."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from services.exchange.tests.builders import (
    NOW,
    OTHER,
    RECIPIENT,
    SENDER,
    delivered,
    facts,
    known,
    organization,
    report,
    submission,
)

from lienthong.common.errors import Violation
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.messages.document import Lane, ResponseFor
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.admission import STATUS_RULES, judge
from lienthong.exchange.domain.rules import statuses
from lienthong.exchange.domain.states import Said
from lienthong.exchange.domain.submission import Facts, Submission

KNOWN = replace(facts(), deliveries=delivered())
ARRIVED = replace(facts(), deliveries=delivered(Said(NOW - timedelta(minutes=1), StatusCode.ARRIVED)))


def said(violations: Iterable[Violation]) -> list[tuple[str, str | None, str]]:
    return [(violation.code, violation.rule, violation.pointer) for violation in violations]


def judged(given: Submission, by: Facts = KNOWN) -> list[str]:
    return [violation.code for violation in judge(given, by).violations]


def test_a_good_status_breaks_no_rule() -> None:
    judgement = judge(report(), KNOWN)
    assert (judgement.violations, judgement.warnings) == ((), ())


def test_every_rule_says_what_it_demands() -> None:
    assert all((rule.__doc__ or "").strip() for rule in STATUS_RULES)


def test_a_document_is_not_judged_as_a_status() -> None:
    with pytest.raises(TypeError):
        _ = submission().report
    with pytest.raises(TypeError):
        _ = report().document


@pytest.mark.requirement("N5")
class TestDelivery:
    @pytest.mark.parametrize(
        "changed",
        [
            {"message_id": new_id()},
            {"to": (organization(OTHER),)},
            {"lane": Lane.URGENT},
            {"subject": str(new_id())},
            {"response_for": ResponseFor(subject=new_id())},
        ],
        ids=["another message", "another sender", "another lane", "another document", "another document in words"],
    )
    def test_whatever_does_not_fit_is_one_and_the_same_violation(self, changed: dict[str, Any]) -> None:
        given = judge(report(**changed), KNOWN).violations
        nowhere = judge(report(), facts()).violations
        assert given == nowhere
        assert said(given) == [("delivery_unknown", "N5", "/data/message_id")]

    def test_another_recipients_document_is_as_unknown_as_none(self) -> None:
        outsider = replace(report(), agency_id=OTHER, holder=f"/agencies/{OTHER}")
        assert said(statuses.delivery_is_the_reporters(outsider, KNOWN)) == said(
            statuses.delivery_is_the_reporters(outsider, facts())
        )

    def test_the_documents_subject_in_words_may_stand_there(self) -> None:
        subject = next(iter(KNOWN.deliveries.values())).subject
        assert judged(report(response_for=ResponseFor(subject=subject))) == []

    def test_the_sender_may_have_been_merged_or_ended_since(self) -> None:
        for state in (AgencyLife.MERGED, AgencyLife.ENDED):
            register = replace(facts(known(SENDER, state)), deliveries=delivered())
            assert judged(report(), register) == []

    def test_the_reporter_is_active(self) -> None:
        register = replace(facts(known(RECIPIENT, AgencyLife.ENDED)), deliveries=delivered())
        assert judged(report(), register) == ["sender_not_active"]


class TestFit:
    def test_what_the_table_refuses_is_refused_by_its_name(self) -> None:
        found = statuses.status_fits_the_delivery(report(StatusCode.ASSIGNED), ARRIVED)
        assert said(found) == [("not_received_yet", "R-STATUS", "/data/status")]

    def test_what_the_table_allows_passes(self) -> None:
        assert judged(report(StatusCode.REFUSED), ARRIVED) == []


class TestReason:
    @pytest.mark.parametrize("description", [None, " \n"])
    def test_a_refusal_gives_its_reason(self, description: str | None) -> None:
        found = statuses.refusal_gives_its_reason(report(StatusCode.REFUSED, description=description), ARRIVED)
        assert said(found) == [("reason_missing", "R-STATUS", "/data/description")]

    @pytest.mark.parametrize("status", [status for status in StatusCode if status is not StatusCode.REFUSED])
    def test_the_others_need_none(self, status: StatusCode) -> None:
        assert said(statuses.refusal_gives_its_reason(report(status), ARRIVED)) == []


class TestTime:
    @pytest.mark.parametrize(
        ("from_now", "code"), [(timedelta(minutes=5), None), (timedelta(minutes=5, milliseconds=1), "time_ahead")]
    )
    def test_it_has_come(self, from_now: timedelta, code: str | None) -> None:
        assert judged(report(time=NOW + from_now)) == ([code] if code else [])

    @pytest.mark.parametrize(
        ("before", "code"), [(timedelta(minutes=5), None), (timedelta(minutes=5, milliseconds=1), "status_too_early")]
    )
    def test_the_document_was_there(self, before: timedelta, code: str | None) -> None:
        accepted_at = next(iter(KNOWN.deliveries.values())).accepted_at
        assert judged(report(time=accepted_at - before)) == ([code] if code else [])


def test_everything_that_is_wrong_is_told_at_once() -> None:
    given = report(
        StatusCode.REFUSED, time=NOW + timedelta(hours=1), description=None, sender=organization(OTHER), after=new_id()
    )
    assert judged(given) == [
        "sender_mismatch",
        "refusal_only_after_arrival",
        "reason_missing",
        "time_ahead",
        "predecessor_missing",
    ]
    nowhere = report(subject="12/BC-SNV", description="Ðã đến")
    assert judged(nowhere) == ["look_alike", "delivery_unknown", "subject_malformed"]
