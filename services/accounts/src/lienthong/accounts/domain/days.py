"""Days of the administration: an agency begins and ends on a date of Vietnam, wherever the machine stands."""

from datetime import date, datetime, timedelta, timezone
from typing import Final

VIETNAM: Final = timezone(timedelta(hours=7), "ICT")  # no daylight saving since 1975


def local_day(moment: datetime) -> date:
    """The date in Vietnam at an aware moment."""
    return moment.astimezone(VIETNAM).date()


def day_before(day: date) -> date:
    return day - timedelta(days=1)


def covers(valid_from: date | None, valid_to: date | None, day: date) -> bool:
    """Whether `day` lies in a period that includes both its ends; None is open."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day <= valid_to)
