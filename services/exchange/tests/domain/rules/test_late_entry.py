"""What is entered late after an outage (N4): behind the message, not absurdly old, and where no outage is known."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from services.exchange.tests.builders import NOW, facts, report, submission

from lienthong.common.errors import Violation
from lienthong.common.messages.document import LateEntry
from lienthong.exchange.domain.admission import judge
from lienthong.exchange.domain.rules import late_entry

pytestmark = pytest.mark.requirement("N4")

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def said(violations: Iterable[Violation]) -> list[str]:
    return [violation.code for violation in violations]


def entry(at: datetime) -> LateEntry:
    return LateEntry(occurred_at=at, by="Trần Thị Lan", reason="Mất điện")


@pytest.mark.parametrize(("after", "refused"), [(-3600, False), (0, False), (1, True)])
def test_what_is_entered_late_happened_before(after: int, refused: bool) -> None:
    for given in (submission(late_entry=entry(NOW + after * SECOND)), report(late_entry=entry(NOW + after * SECOND))):
        assert said(late_entry.late_entry_lies_behind(given, facts())) == (["late_entry_ahead"] if refused else [])


@pytest.mark.parametrize(("days", "refused"), [(1, False), (366, False), (367, True)])
def test_it_is_not_absurdly_old(days: int, refused: bool) -> None:
    given = submission(late_entry=entry(NOW - days * DAY))
    assert said(late_entry.late_entry_is_recent(given, facts())) == (["late_entry_old"] if refused else [])


def test_it_is_warned_of_where_no_outage_is_known() -> None:
    at = NOW - 5 * SECOND
    given = submission(late_entry=entry(at))
    assert said(late_entry.late_entry_lies_in_an_outage(given, facts())) == ["outage_unknown"]
    assert said(late_entry.late_entry_lies_in_an_outage(given, replace(facts(), outages={at: 7}))) == []


def test_without_late_entry_there_is_nothing_to_judge() -> None:
    for rule in (
        late_entry.late_entry_lies_behind,
        late_entry.late_entry_is_recent,
        late_entry.late_entry_lies_in_an_outage,
    ):
        assert said(rule(submission(), facts())) == []


def test_a_status_is_warned_of_like_a_document() -> None:
    given = report(late_entry=entry(NOW - SECOND))
    assert "outage_unknown" in said(judge(given, facts()).warnings)
