"""Days and times as people write them."""

from datetime import date

import pytest

from lienthong.common.clock import from_text, to_text
from lienthong.common.local_time import local_time, read_local_day, read_local_time

MORNING = from_text("2026-11-22T02:30:00.000Z")


@pytest.mark.parametrize(
    "text",
    [
        "09:30 22/11/2026",
        "22/11/2026 09:30",
        "09:30:00 22/11/2026",
        "2026-11-22T09:30",
        "2026-11-22 09:30",
        "2026-11-22T02:30:00Z",
        "2026-11-22T02:30:00.000Z",
    ],
)
def test_a_time_is_vietnams_unless_it_says_another_zone(text: str) -> None:
    assert to_text(read_local_time(text)) == to_text(MORNING)


def test_what_is_written_for_people_is_read_again() -> None:
    assert read_local_time(local_time(MORNING)) == MORNING


@pytest.mark.parametrize("text", ["yesterday", "2026-11-22", "22/11/2026", "09:30", "25:00 22/11/2026"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_local_time(text)


def test_a_day_is_read_in_both_orders() -> None:
    assert read_local_day("22/11/2026") == read_local_day("2026-11-22") == date(2026, 11, 22)
    for text in ("31/02/2026", "22/11", "tomorrow"):
        with pytest.raises(ValueError, match=r"."):
            read_local_day(text)
