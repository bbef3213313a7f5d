"""Deadlines: the edges of days and hours, Tết, and what holds for every moment."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.calendar import WorkingCalendar, WorkingHours, shipped_overrides
from lienthong.common.clock import VIETNAM
from lienthong.common.messages.document import Lane, Priority
from lienthong.exchange.domain.deadlines import Deadline, DeadlinePolicy

POLICY = DeadlinePolicy()
ORDINARY = [priority for priority in Priority if priority.lane is Lane.ORDINARY]
URGENT = [priority for priority in Priority if priority.lane is Lane.URGENT]

moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001
priorities = st.sampled_from(Priority)
hours = st.integers(0, 22).flatmap(
    lambda start: st.builds(WorkingHours, st.just(time(start)), st.integers(start + 1, 23).map(time))
)
policies = st.builds(
    DeadlinePolicy,
    calendar=st.builds(WorkingCalendar, st.just(shipped_overrides()), hours),
    urgent=st.integers(0, 1440).map(lambda minutes: timedelta(minutes=minutes)),
    delivery_days=st.integers(1, 30),
    answer_days=st.integers(1, 30),
)


def local(text: str) -> datetime:
    """A local moment as `2026-11-20 16:59`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM).astimezone(UTC)


def given_to(priority: Priority, accepted_at: datetime, policy: DeadlinePolicy = POLICY) -> Deadline:
    return policy.delivery(accepted_at, priority.lane, priority)


# November 2026: the 20th is a Friday, the 24th (Tuesday) is a holiday. Tết 2026: 16 to 20 February.
@pytest.mark.requirement("ND30-21.2")
@pytest.mark.parametrize(
    ("accepted", "due"),
    [
        ("2026-11-20 08:00", "2026-11-20 17:00"),
        ("2026-11-20 16:59", "2026-11-20 17:00"),
        ("2026-11-20 00:01", "2026-11-20 17:00"),
        ("2026-11-20 17:00", "2026-11-23 17:00"),
        ("2026-11-20 23:59", "2026-11-23 17:00"),
        ("2026-11-21 09:00", "2026-11-23 17:00"),
        ("2026-11-22 23:59", "2026-11-23 17:00"),
        ("2026-11-23 17:30", "2026-11-25 17:00"),
        ("2026-11-24 10:00", "2026-11-25 17:00"),
        ("2026-02-13 18:00", "2026-02-23 17:00"),
        ("2026-02-17 12:00", "2026-02-23 17:00"),
        ("2025-12-31 20:00", "2026-01-05 17:00"),
        ("2026-01-09 17:00", "2026-01-10 17:00"),
    ],
    ids=[
        "first minute", "last minute", "before hours", "end of hours", "at night", "saturday", "sunday night",
        "before a holiday", "on a holiday", "before tết", "at tết", "over swapped days", "a worked saturday",
    ],
)  # fmt: skip
def test_an_ordinary_document_is_received_on_its_working_day(accepted: str, due: str) -> None:
    assert given_to(Priority.NORMAL, local(accepted)).due_at == local(due)


@pytest.mark.requirement("ND30-21.2")
@pytest.mark.parametrize("priority", URGENT)
@pytest.mark.parametrize("accepted", ["2026-11-20 10:00", "2026-11-20 23:30", "2026-11-21 03:00", "2026-02-17 12:00"])
def test_in_the_urgent_lane_minutes_count_at_once_day_and_night(priority: Priority, accepted: str) -> None:
    assert given_to(priority, local(accepted)).due_at == local(accepted) + timedelta(minutes=60)


@pytest.mark.requirement("ND30-21.2")
@pytest.mark.parametrize(
    ("accepted", "due"),
    [
        ("2026-11-20 10:00", "2026-11-20 11:00"),
        ("2026-11-20 16:30", "2026-11-20 17:00"),
        ("2026-11-20 22:00", "2026-11-23 09:00"),
        ("2026-11-21 10:00", "2026-11-23 09:00"),
    ],
    ids=["in hours", "never later than an ordinary one", "at night", "on a day off"],
)
def test_khan_counts_its_minutes_in_working_hours(accepted: str, due: str) -> None:
    assert given_to(Priority.URGENT, local(accepted)).due_at == local(due)


@pytest.mark.parametrize(
    ("accepted", "ends"),
    [
        ("2026-11-16 10:00", "2026-11-23 17:00"),
        ("2026-11-20 10:00", "2026-11-30 17:00"),
        ("2026-11-20 23:00", "2026-11-30 17:00"),
        ("2026-02-12 10:00", "2026-02-26 17:00"),
    ],
    ids=["a week", "over a holiday", "at night", "over tết"],
)
def test_a_delivery_ends_and_a_request_lapses_after_five_working_days(accepted: str, ends: str) -> None:
    for priority in Priority:
        assert given_to(priority, local(accepted)).ends_at == local(ends)
    assert POLICY.answer(local(accepted)) == Deadline(local(ends), local(ends))


def test_an_installation_sets_days_minutes_and_hours() -> None:
    calendar = WorkingCalendar(shipped_overrides(), WorkingHours(time(7, 30), time(16, 30)))
    policy = DeadlinePolicy(calendar, urgent=timedelta(minutes=15), delivery_days=2, answer_days=1)
    accepted = local("2026-11-19 16:45")
    assert given_to(Priority.NORMAL, accepted, policy) == Deadline(local("2026-11-20 16:30"), local("2026-11-23 16:30"))
    assert given_to(Priority.EXPRESS, accepted, policy).due_at == local("2026-11-19 17:00")
    assert given_to(Priority.URGENT, accepted, policy).due_at == local("2026-11-20 07:45")
    assert policy.answer(accepted).ends_at == local("2026-11-20 16:30")


@given(moments, priorities, policies)
def test_nothing_is_due_before_it_was_accepted_or_after_its_end(
    accepted: datetime, priority: Priority, policy: DeadlinePolicy
) -> None:
    deadline = given_to(priority, accepted, policy)
    assert accepted <= deadline.due_at <= deadline.ends_at
    assert accepted < deadline.ends_at
    assert accepted < policy.answer(accepted).due_at


@given(moments, moments, priorities, policies)
def test_what_came_later_is_never_due_earlier(
    one: datetime, other: datetime, priority: Priority, policy: DeadlinePolicy
) -> None:
    first, second = (given_to(priority, moment, policy) for moment in sorted((one, other)))
    assert (first.due_at, first.ends_at) <= (second.due_at, second.ends_at)
    assert first.ends_at <= second.ends_at
    assert policy.answer(min(one, other)).ends_at <= policy.answer(max(one, other)).ends_at


@given(moments, st.sampled_from(ORDINARY), policies)
def test_ordinary_deadlines_end_in_working_hours_of_working_days(
    accepted: datetime, priority: Priority, policy: DeadlinePolicy
) -> None:
    deadline = given_to(priority, accepted, policy)
    for moment in (deadline.due_at, deadline.ends_at):
        day: date = moment.astimezone(VIETNAM).date()
        assert policy.calendar.is_working_day(day)


@given(moments, policies)
def test_the_more_urgent_is_never_due_later(accepted: datetime, policy: DeadlinePolicy) -> None:
    normal, urgent = (given_to(priority, accepted, policy).due_at for priority in ORDINARY)
    assert urgent <= normal
