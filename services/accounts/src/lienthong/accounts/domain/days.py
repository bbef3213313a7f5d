"""Days of the administration: an agency begins and ends on a date of Vietnam (`clock.local_day`)."""

from datetime import date, timedelta


def day_before(day: date) -> date:
    return day - timedelta(days=1)


def covers(valid_from: date | None, valid_to: date | None, day: date) -> bool:
    """Whether `day` lies in a period that includes both its ends; None is open."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day <= valid_to)
