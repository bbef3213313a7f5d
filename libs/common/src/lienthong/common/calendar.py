"""Working days and hours of Vietnam's public sector: the library's holidays, and above them a table of overrides.

Swaps of days are announced some days before, so the table is data that is passed in. Days and hours are local
(Asia/Ho_Chi_Minh); moments come in and go out aware and in UTC.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from typing import Any, Final, Literal

import holidays

from lienthong.common.clock import VIETNAM

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_MAX_DAYS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Override:
    """One day that is off or worked although the law's rule says otherwise; `basis` names the announcement."""

    day: date
    kind: Literal["off", "working"]
    basis: str


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of a working day, local; `end` is the first moment that no longer belongs to it."""

    start: time = time(8)
    end: time = time(17)

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError("working hours end after they start")


def shipped_overrides() -> tuple[Override, ...]:
    """The swaps known when this version was made; an installation adds its own."""
    text = resources.files("lienthong.common").joinpath("calendar_overrides.json").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = json.loads(text)
    return tuple(Override(date.fromisoformat(row["day"]), row["kind"], row["basis"]) for row in rows)


class WorkingCalendar:
    """Answers which days are worked and when a deadline in working days or hours ends.

    Days off: Saturday, Sunday, the holidays of the Labour Code (Art. 112, 111.3) with observed and swapped days.
    An override decides its day, whatever the rule says. Two that differ on one day are refused (ValueError).
    """

    def __init__(self, overrides: Iterable[Override] = (), hours: WorkingHours | None = None) -> None:
        self._overrides: dict[date, Override] = {}
        for override in overrides:
            if self._overrides.setdefault(override.day, override).kind != override.kind:
                raise ValueError(f"{override.day}: one override says off, another working")
        self._hours = hours or WorkingHours()
        self._holidays = holidays.country_holidays("VN")
        self._loaded: set[int] = set()

    def is_working_day(self, day: date) -> bool:
        """Whether the public sector works on that local day."""
        override = self._overrides.get(day)
        if override is not None:
            return override.kind == "working"
        self._load(day.year)
        if day in self._holidays.weekend_workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self._holidays

    def add_working_days(self, day: date, count: int) -> date:
        """The working day `count` working days after `day` (before it, if negative); the day itself does not count.

        0 gives the day itself if it is worked, else the next working day. Raises ValueError beyond 10 000 days.
        """
        if abs(count) > _MAX_DAYS:
            raise ValueError(f"more than {_MAX_DAYS} working days")
        if count == 0:
            return day if self.is_working_day(day) else next(self._worked(day, _DAY))
        days = self._worked(day, _DAY if count > 0 else -_DAY)
        for _ in range(abs(count) - 1):
            next(days)
        return next(days)

    def deadline(self, moment: datetime, working_days: int) -> datetime:
        """The end of working hours on the day `working_days` after the local day of `moment`."""
        day = self.add_working_days(_local(moment).date(), working_days)
        return self._end(day)

    def counted_from(self, moment: datetime) -> datetime:
        """The moment itself in working hours, else the start of the next working hours."""
        local = _local(moment)
        if self.is_working_day(local.date()):
            if local.time() < self._hours.start:
                return self._start(local.date())
            if local.time() < self._hours.end:
                return moment.astimezone(UTC)
        return self._start(self.add_working_days(local.date(), 1))

    def add_working_time(self, moment: datetime, span: timedelta) -> datetime:
        """The moment when `span` of working hours has passed since `moment`; outside of hours the clock stands."""
        if span < timedelta():
            raise ValueError("working time runs forward")
        here = self.counted_from(moment)
        while span > (left := self._end(_local(here).date()) - here):
            span -= left
            here = self._start(self.add_working_days(_local(here).date(), 1))
        return here + span

    def _worked(self, day: date, step: timedelta) -> Iterator[date]:
        while True:
            day += step
            if self.is_working_day(day):
                yield day

    def _load(self, year: int) -> None:
        # The library knows a year's swaps and worked weekends only once it has computed that year and its neighbours.
        for each in {year - 1, year, year + 1} - self._loaded:
            self._loaded.add(each)
            self._holidays.get(date(each, 1, 1))

    def _start(self, day: date) -> datetime:
        return datetime.combine(day, self._hours.start, VIETNAM).astimezone(UTC)

    def _end(self, day: date) -> datetime:
        return datetime.combine(day, self._hours.end, VIETNAM).astimezone(UTC)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment has its zone")
    return moment.astimezone(VIETNAM)
