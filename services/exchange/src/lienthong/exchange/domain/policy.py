"""What an installation sets for admission: limits, whose plans are the province's, which days are worked."""

from dataclasses import dataclass, field
from datetime import timedelta

from lienthong.common.calendar import WorkingCalendar, shipped_overrides

PROVINCIAL_KINDS = frozenset({"province", "provincial_office"})
"""Kinds of agency in the register whose programmes and plans are the province's (N6)."""


def _shipped_calendar() -> WorkingCalendar:
    return WorkingCalendar(shipped_overrides())


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """Limits of one message; `ahead` is how far a time said may lie ahead of its receipt."""

    most_recipients: int = 1000
    most_attachments: int = 50
    most_attached_bytes: int = 4 << 30
    ahead: timedelta = timedelta(minutes=5)
    provincial_kinds: frozenset[str] = PROVINCIAL_KINDS
    calendar: WorkingCalendar = field(default_factory=_shipped_calendar)
