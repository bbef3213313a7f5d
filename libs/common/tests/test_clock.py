"""Time: one written form, whole milliseconds, UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lienthong.common.clock import MalformedTime, SystemClock, Timestamp, from_text, to_text, truncated

MOMENT = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)
moments = st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9998, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


def test_the_present_is_utc_in_whole_milliseconds() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


def test_an_offset_moves_the_clock() -> None:
    moved = SystemClock(timedelta(days=-2)).now()
    assert abs(SystemClock().now() - moved - timedelta(days=2)) < timedelta(seconds=5)


@given(moments)
def test_what_is_written_is_read_to_the_millisecond(moment: datetime) -> None:
    text = to_text(moment)
    assert len(text) == 24
    assert from_text(text) == truncated(moment)
    assert to_text(from_text(text)) == text


@given(moments, moments)
def test_texts_sort_as_moments_do(one: datetime, other: datetime) -> None:
    assert (to_text(one) < to_text(other)) == (truncated(one) < truncated(other))


def test_another_zone_is_written_in_utc() -> None:
    local = MOMENT.astimezone(timezone(timedelta(hours=7)))
    assert to_text(local) == "2026-11-22T02:37:06.123Z"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(MalformedTime):
        to_text(datetime(2026, 11, 22))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T02:37:06Z",
        "2026-11-22T02:37:06.12Z",
        "2026-11-22T02:37:06.1234Z",
        "2026-11-22T02:37:06.123+00:00",
        "2026-11-22T02:37:06.123z",
        "2026-11-22t02:37:06.123Z",
        "2026-11-22 02:37:06.123Z",
        "2026-11-22T02:37:06,123Z",
        "2026-11-22T02:37:06.123Z\n",
        "2026-02-30T02:37:06.123Z",
        "2026-13-01T02:37:06.123Z",
        "2026-11-22T24:00:00.000Z",
        "2026-11-22T02:37:60.000Z",
        "0000-11-22T02:37:06.123Z",
        "0001-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "+2026-11-22T02:37:06.123Z",
        "２０２６-11-22T02:37:06.123Z",
    ],
)
def test_every_other_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedTime):
        from_text(text)


def test_as_a_member_it_reads_and_writes_exactly_the_form() -> None:
    adapter = TypeAdapter(Timestamp)
    assert adapter.validate_json('"2026-11-22T02:37:06.123Z"', strict=True) == MOMENT
    assert adapter.dump_json(MOMENT) == b'"2026-11-22T02:37:06.123Z"'
    assert adapter.validate_python(MOMENT) == MOMENT
    assert adapter.json_schema()["format"] == "date-time"


@pytest.mark.parametrize("value", [1763778000, "2026-11-22T02:37:06Z", MOMENT.replace(microsecond=123456), None])
def test_as_a_member_it_takes_nothing_that_would_be_written_otherwise(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Timestamp).validate_python(value)


def test_as_a_member_a_naive_time_is_refused() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Timestamp).validate_python(MOMENT.replace(tzinfo=None))
