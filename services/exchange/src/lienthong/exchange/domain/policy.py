"""What an installation sets for admission: limits, whose plans are the province's, which days are worked."""

from dataclasses import dataclass, field
from datetime import timedelta

from lienthong.common.calendar import WorkingCalendar
from lienthong.exchange.domain.deadlines import DeadlinePolicy

PROVINCIAL_KINDS = frozenset({"province", "provincial_office"})
"""Kinds of agency in the register whose programmes and plans are the province's (N6)."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far two clocks may be apart: no agency's is asked to be better."""


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """Limits of one message; `ahead` is how far a time said may lie ahead of its receipt."""

    most_recipients: int = 1000
    most_attachments: int = 50
    most_attached_bytes: int = 4 << 30
    ahead: timedelta = CLOCKS_DIFFER
    provincial_kinds: frozenset[str] = PROVINCIAL_KINDS
    deadlines: DeadlinePolicy = field(default_factory=DeadlinePolicy)

    @property
    def calendar(self) -> WorkingCalendar:
        """Which days are worked, and when."""
        return self.deadlines.calendar
