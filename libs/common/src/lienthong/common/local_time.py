"""Days and times as people in Vietnam write and read them; messages and programs have `clock.py`'s one form."""

from datetime import date, datetime
from typing import Final

from lienthong.common.clock import VIETNAM

_FORMS: Final = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%H:%M %d/%m/%Y", "%d/%m/%Y %H:%M", "%H:%M:%S %d/%m/%Y")


def local_time(moment: datetime) -> str:
    """A moment as people in Vietnam write it."""
    return f"{moment.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y}"


def read_local_day(text: str) -> date:
    """A day as 22/11/2026 or 2026-11-22. Raises ValueError."""
    if "/" in text:
        day, month, year = text.split("/")
        return date(int(year), int(month), int(day))
    return date.fromisoformat(text)


def read_local_time(text: str) -> datetime:
    """A time such as 09:30 22/11/2026, in Vietnam unless it says another zone. Raises ValueError."""
    if len(text) <= len("2026-11-22"):
        raise ValueError(text)  # a day alone is no time
    moment = _parse(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _parse(text: str) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - its zone is put beside it
        except ValueError:
            continue
    return datetime.fromisoformat(text)
