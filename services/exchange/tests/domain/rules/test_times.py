"""When it was said, issued, due and sent (R-TIME, QD28-6), in days and mornings of Vietnam."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from services.exchange.tests.builders import NOW, facts, submission

from lienthong.common.clock import VIETNAM
from lienthong.common.errors import Violation
from lienthong.common.messages.document import LateEntry, OtherInfo, Priority, Promulgation
from lienthong.exchange.domain.rules import times

SECOND = timedelta(seconds=1)
TODAY = date(2026, 11, 22)


def said(violations: Iterable[Violation]) -> list[str]:
    return [violation.code for violation in violations]


def issued(day: date) -> Promulgation:
    return Promulgation(place="Tây Ninh", date=day)


def late_entry(at: datetime) -> LateEntry:
    return LateEntry(occurred_at=at, by="Trần Thị Lan", reason="Mất điện")


def hanoi(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM).astimezone(UTC)


class TestTimeSaid:
    @pytest.mark.parametrize(("ahead", "refused"), [(-86400, False), (0, False), (300, False), (301, True)])
    def test_it_lies_at_most_five_minutes_ahead(self, ahead: int, refused: bool) -> None:
        given = submission(time=NOW + ahead * SECOND)
        assert said(times.time_is_not_ahead(given, facts())) == (["time_ahead"] if refused else [])


class TestPromulgation:
    @pytest.mark.parametrize(
        ("days", "refused", "warned"),
        [
            (-3654, [], ["promulgation_old"]),
            (-3653, [], []),
            (0, [], []),
            (1, [], ["promulgation_tomorrow"]),
            (2, ["promulgation_ahead"], []),
            (365, ["promulgation_ahead"], []),
        ],
    )
    def test_a_document_is_not_dated_ahead(self, days: int, refused: list[str], warned: list[str]) -> None:
        given = submission(promulgation=issued(TODAY + timedelta(days=days)))
        assert said(times.promulgation_is_past(given, facts())) == refused
        assert said(times.promulgation_is_plausible(given, facts())) == warned

    def test_the_day_is_vietnams(self) -> None:
        # 18:00 UTC is one o'clock of the next day there.
        late = facts(now=datetime(2026, 11, 22, 18, 0, tzinfo=UTC))
        given = submission(promulgation=issued(date(2026, 11, 23)))
        assert said(times.promulgation_is_plausible(given, late)) == []


@pytest.mark.requirement("QD28-6")
class TestSentInTime:
    @pytest.mark.parametrize(
        ("promulgated", "sent", "late"),
        [
            ("2026-11-19", "2026-11-19T23:59:59", False),
            ("2026-11-19", "2026-11-20T12:00:00", False),
            ("2026-11-19", "2026-11-20T12:00:01", True),
            # Friday: Saturday and Sunday are not worked.
            ("2026-11-20", "2026-11-22T23:00:00", False),
            ("2026-11-20", "2026-11-23T11:59:59", False),
            ("2026-11-20", "2026-11-23T13:00:00", True),
            # 24 November is a holiday from 2026 on.
            ("2026-11-23", "2026-11-25T11:00:00", False),
            ("2026-11-23", "2026-11-25T12:30:00", True),
            # New Year swapped with a Saturday: 2 January 2026 off, 10 January worked.
            ("2025-12-31", "2026-01-05T09:00:00", False),
            ("2026-01-09", "2026-01-10T12:01:00", True),
            # The lunar New Year.
            ("2026-02-13", "2026-02-23T08:00:00", False),
            ("2026-02-13", "2026-02-23T14:00:00", True),
        ],
    )
    def test_the_next_working_morning_is_the_last(self, promulgated: str, sent: str, late: bool) -> None:
        given = submission(promulgation=issued(date.fromisoformat(promulgated)))
        found = said(times.document_is_sent_in_time(given, facts(now=hanoi(sent))))
        assert found == (["sent_late"] if late else [])

    @pytest.mark.parametrize("priority", list(Priority))
    def test_urgent_ones_are_sent_at_once(self, priority: Priority) -> None:
        given = submission(other=OtherInfo(priority=priority), promulgation=issued(date(2026, 11, 21)))
        found = said(times.document_is_sent_in_time(given, facts()))
        assert found == ([] if priority is Priority.NORMAL else ["sent_late"])

    @pytest.mark.requirement("N4")
    def test_an_outage_is_no_fault_of_the_sender(self) -> None:
        promulgated = issued(date(2026, 11, 16))
        members: dict[str, Any] = {"promulgation": promulgated}
        assert said(times.document_is_sent_in_time(submission(**members), facts())) == ["sent_late"]
        members["late_entry"] = late_entry(hanoi("2026-11-16T16:00:00"))
        assert said(times.document_is_sent_in_time(submission(**members), facts())) == []

    def test_a_very_old_one_is_told_as_such_only(self) -> None:
        given = submission(promulgation=issued(date(2006, 11, 22)))
        assert said(times.document_is_sent_in_time(given, facts())) == []


class TestDeadline:
    @pytest.mark.parametrize(
        ("due", "codes"),
        [
            (None, []),
            (date(2026, 11, 30), []),
            (date(2026, 11, 22), []),
            (date(2026, 11, 21), ["due_passed"]),
            (date(2026, 11, 20), ["due_passed"]),
            (date(2026, 11, 19), ["due_before_promulgation"]),
        ],
    )
    def test_it_lies_ahead(self, due: date | None, codes: list[str]) -> None:
        given = submission(due_date=due, promulgation=issued(date(2026, 11, 20)))
        assert said(times.deadline_can_be_kept(given, facts())) == codes
