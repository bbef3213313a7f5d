"""Figures of exchange (N10, Decision 28/2018 Art 14): what is counted, over which period, in which parts.

A document counts on the local day (Vietnam) on which the exchange accepted it, at its sender and at its recipients; how
it stands is how it stands when the figures are asked for. Hours are plain hours, from acceptance to the time of receipt
(03) that the recipient said; nights and days off count. What is overdue was not received or refused by its deadline,
which is reckoned in working days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from lienthong.common.clock import VIETNAM
from lienthong.common.errors import Kind, LienthongError, Words

MOST_DAYS: Final = 366
MOST_MONTHS: Final = 120


class Step(StrEnum):
    """In which parts a period is counted."""

    DAY = "day"
    MONTH = "month"


class PeriodRefused(LienthongError):
    """The period ends before it begins, or has more parts than are counted at once."""

    code = "period_refused"
    kind = Kind.INVALID
    title = Words("Khoảng thời gian không hợp lệ", "The period is not acceptable")
    advice = Words(
        f"Ngày cuối không trước ngày đầu; theo ngày nhiều nhất {MOST_DAYS} ngày, theo tháng nhiều nhất "
        f"{MOST_MONTHS} tháng.",
        f"The last day is not before the first; at most {MOST_DAYS} days by day, {MOST_MONTHS} months by month.",
    )


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both included."""

    first: date
    last: date
    step: Step

    def __post_init__(self) -> None:
        """Raises PeriodRefused."""
        if not date(1000, 1, 1) <= self.first <= self.last < date(9999, 1, 1):
            raise PeriodRefused
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        days = (self.last - self.first).days + 1
        if months > MOST_MONTHS or (self.step is Step.DAY and days > MOST_DAYS):
            raise PeriodRefused

    @property
    def since(self) -> datetime:
        """The first moment that counts."""
        return datetime.combine(self.first, time(), VIETNAM)

    @property
    def until(self) -> datetime:
        """The first moment that counts no more."""
        return datetime.combine(self.last + timedelta(days=1), time(), VIETNAM)

    def parts(self) -> Iterator[date]:
        """The first day of every part, in order."""
        day = self.first if self.step is Step.DAY else self.first.replace(day=1)
        while day <= self.last:
            yield day
            day = day + timedelta(days=1) if self.step is Step.DAY else (day + timedelta(days=32)).replace(day=1)

    def label(self, part: date) -> str:
        """How a part is written: 2026-11-22 or 2026-11."""
        return part.isoformat() if self.step is Step.DAY else f"{part:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Figures:
    """One agency's, or all agencies', in one part of a period or in all of it."""

    sent_documents: int = 0
    """Revocations, updates and replacements among them."""
    sent_deliveries: int = 0
    sent_received: int = 0
    """Of the deliveries: reported as received (03), or newer versions of what was."""
    sent_refused: int = 0
    """Refused by the recipient (02)."""
    sent_open: int = 0
    """Neither received nor refused nor ended."""
    sent_expired: int = 0
    sent_changed: int = 0
    """Withdrawn, taken back, revoked, updated, replaced or declined."""
    sent_overdue: int = 0
    """Neither received nor refused by the deadline."""
    sent_hours_median: float | None = None
    sent_hours_p95: float | None = None
    received_documents: int = 0
    received_received: int = 0
    received_refused: int = 0
    received_open: int = 0
    received_expired: int = 0
    received_changed: int = 0
    received_overdue: int = 0
    received_hours_median: float | None = None
    received_hours_p95: float | None = None
    statuses_said: int = 0
    refused_by_rule: int = 0
    """Messages that the exchange refused."""
    take_backs_asked: int = 0
    """Requests to recipients, counted once for each of them; so with the other changes."""
    revocations_asked: int = 0
    updates_asked: int = 0
    replacements_asked: int = 0
    changes_agreed: int = 0
    """Of those asked: agreed, or granted before arrival."""
    changes_refused: int = 0
    changes_lapsed: int = 0
    late_entries: int = 0
    registrations: int = 0


NAMES: Final = tuple(field.name for field in fields(Figures))
"""In the order in which they are told."""

Key = tuple[UUID | None, date | None]
"""Of an agency or of all of them (None), in a part or in all of a period (None)."""


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of a period, by agency and part."""

    period: Period
    made_at: datetime
    found: Mapping[Key, Figures]

    def of(self, agency_id: UUID | None, part: date | None = None) -> Figures:
        """Those of an agency (or all) in a part (or all); where nothing happened, nothing was counted."""
        return self.found.get((agency_id, part), Figures())

    def agencies(self) -> Sequence[UUID]:
        """Agencies that did or got anything."""
        return sorted({agency_id for agency_id, _ in self.found if agency_id is not None})
