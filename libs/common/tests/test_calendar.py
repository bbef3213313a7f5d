"""Working days and hours: the table, the announced swaps, deadlines at their edges."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.calendar import Override, WorkingCalendar, WorkingHours, shipped_overrides
from lienthong.common.clock import VIETNAM

LAW = WorkingCalendar()
KNOWN = WorkingCalendar(shipped_overrides())

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001

DAYS_OFF = {
    2024: "01/01 08/02 09/02 12/02 13/02 14/02 18/04 29/04 30/04 01/05 02/09 03/09",
    2025: "01/01 27/01 28/01 29/01 30/01 31/01 07/04 30/04 01/05 02/05 01/09 02/09",
    2026: "01/01 02/01 16/02 17/02 18/02 19/02 20/02 27/04 30/04 01/05 31/08 01/09 02/09 24/11",
    2027: "01/01 04/02 05/02 08/02 09/02 10/02 16/04 30/04 03/05 02/09 03/09 24/11",
}
WORKED_WEEKENDS = {2024: "04/05", 2025: "26/04", 2026: "10/01 22/08", 2027: ""}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A local moment of November 2026, in UTC: Monday is the 16th, the 24th is a holiday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)


@pytest.mark.parametrize("year", DAYS_OFF)
def test_the_year_is_that_of_the_announcements(year: int) -> None:
    calendar = WorkingCalendar(shipped_overrides())
    whole = [date(year, 1, 1) + timedelta(days=number) for number in range(365 + (year % 4 == 0))]
    off = [day for day in whole if day.weekday() < 5 and not calendar.is_working_day(day)]
    worked = [day for day in whole if day.weekday() >= 5 and calendar.is_working_day(day)]
    assert " ".join(f"{day:%d/%m}" for day in off) == DAYS_OFF[year]
    assert " ".join(f"{day:%d/%m}" for day in worked) == WORKED_WEEKENDS[year]


def test_the_swap_of_january_2026_is_not_in_the_rule_but_in_the_table() -> None:
    swapped, instead = date(2026, 1, 2), date(2026, 1, 10)
    assert (LAW.is_working_day(swapped), LAW.is_working_day(instead)) == (True, False)
    assert (KNOWN.is_working_day(swapped), KNOWN.is_working_day(instead)) == (False, True)


@pytest.mark.parametrize("day", [date(2026, 8, 22), date(2024, 5, 4)])
def test_a_make_up_saturday_is_worked_in_whatever_order_years_are_asked(day: date) -> None:
    assert WorkingCalendar().is_working_day(day)


def test_an_override_decides_whatever_the_rule_says() -> None:
    calendar = WorkingCalendar(
        [Override(date(2026, 11, 24), "working", "test"), Override(date(2026, 11, 23), "off", "test")]
    )
    assert calendar.is_working_day(date(2026, 11, 24))
    assert not calendar.is_working_day(date(2026, 11, 23))


def test_overrides_that_differ_are_refused() -> None:
    day = date(2026, 11, 23)
    with pytest.raises(ValueError, match="2026-11-23"):
        WorkingCalendar([Override(day, "off", "one"), Override(day, "working", "other")])


@pytest.mark.parametrize(
    ("day", "count", "result"),
    [
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 20), 2, date(2026, 11, 25)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 25), -1, date(2026, 11, 23)),
        (date(2026, 2, 13), 1, date(2026, 2, 23)),
        (date(2025, 12, 31), 1, date(2026, 1, 5)),
        (date(2026, 1, 9), 1, date(2026, 1, 10)),
    ],
)
def test_working_days_are_added(day: date, count: int, result: date) -> None:
    assert KNOWN.add_working_days(day, count) == result


@given(days, st.integers(1, 60))
def test_adding_and_counting_agree(day: date, count: int) -> None:
    later = KNOWN.add_working_days(day, count)
    assert KNOWN.is_working_day(later)
    between = [day + timedelta(days=step) for step in range(1, (later - day).days + 1)]
    assert sum(map(KNOWN.is_working_day, between)) == count
    if KNOWN.is_working_day(day):
        assert KNOWN.add_working_days(later, -count) == day


def test_an_absurd_number_of_days_is_refused() -> None:
    with pytest.raises(ValueError, match="10000"):
        KNOWN.add_working_days(date(2026, 1, 1), 10_001)


def test_a_deadline_is_the_end_of_the_local_working_day() -> None:
    assert KNOWN.deadline(at(20, 9), 1) == at(23, 17)


def test_a_deadline_counts_from_the_local_day_not_the_utc_day() -> None:
    late_evening_utc = datetime(2026, 11, 19, 17, 30, tzinfo=UTC)  # 00:30 on Friday the 20th in Hà Nội
    assert KNOWN.deadline(late_evening_utc, 1) == at(23, 17)


@pytest.mark.parametrize(
    ("moment", "counted"),
    [
        (at(16, 8), at(16, 8)),
        (at(16, 16, 59), at(16, 16, 59)),
        (at(16, 17), at(17, 8)),
        (at(16, 7, 59), at(16, 8)),
        (at(20, 23), at(23, 8)),
        (at(21, 10), at(23, 8)),
        (at(24, 10), at(25, 8)),
    ],
)
def test_what_comes_out_of_hours_counts_from_the_next(moment: datetime, counted: datetime) -> None:
    assert KNOWN.counted_from(moment) == counted


@pytest.mark.parametrize(
    ("moment", "hours", "result"),
    [
        (at(16, 9), 0, at(16, 9)),
        (at(16, 9), 8, at(16, 17)),
        (at(16, 9), 9, at(17, 9)),
        (at(23, 16), 2, at(25, 9)),
        (at(21, 3), 1, at(23, 9)),
        (at(16, 8), 27, at(18, 17)),
    ],
)
def test_working_time_runs_only_in_working_hours(moment: datetime, hours: int, result: datetime) -> None:
    assert KNOWN.add_working_time(moment, timedelta(hours=hours)) == result


@given(moments, st.integers(0, 600), st.integers(0, 600))
def test_working_time_adds_up(moment: datetime, one: int, other: int) -> None:
    first, second = timedelta(minutes=one), timedelta(minutes=other)
    in_two_steps = KNOWN.add_working_time(KNOWN.add_working_time(moment, first), second)
    at_once = KNOWN.add_working_time(moment, first + second)
    # The end of one day and the start of the next are one moment of working time.
    assert KNOWN.counted_from(in_two_steps) == KNOWN.counted_from(at_once)


def test_working_hours_are_set_by_the_installation() -> None:
    calendar = WorkingCalendar(hours=WorkingHours(time(7, 30), time(16, 30)))
    assert calendar.deadline(at(16, 9), 1) == at(17, 16, 30)
    with pytest.raises(ValueError, match="end"):
        WorkingHours(time(17), time(8))


def test_working_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        KNOWN.add_working_time(at(16, 9), timedelta(hours=-1))


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        KNOWN.counted_from(datetime(2026, 11, 16, 9))  # noqa: DTZ001
