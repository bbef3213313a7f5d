"""The tests' clock moves only when told."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lienthong.common.clock import Clock, MalformedTime
from lienthong.common.testing.clock import FixedClock


def test_the_clock_stands_until_it_is_advanced() -> None:
    clock: Clock = FixedClock(datetime(2026, 11, 22, 2, 37, 6, 123_999, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2026, 11, 22, 2, 37, 6, 123_000, tzinfo=UTC)


def test_the_clock_moves_both_ways() -> None:
    clock = FixedClock(datetime(2026, 11, 22, tzinfo=UTC))
    clock.advance(timedelta(hours=1))
    clock.advance(timedelta(hours=-2))
    assert clock.now() == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_the_clock_shows_utc() -> None:
    hanoi = timezone(timedelta(hours=7))
    assert FixedClock(datetime(2026, 11, 22, 7, tzinfo=hanoi)).now().tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(MalformedTime):
        FixedClock(datetime(2026, 11, 22))  # noqa: DTZ001
