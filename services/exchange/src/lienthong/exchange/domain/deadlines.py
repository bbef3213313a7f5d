"""By when a document is to be received, when its delivery ends, by when a request to change it is to be answered.

Decree 30/2020 Art 21.2: documents are received on the day they come, urgent ones at once. What the law counts in days
ends with the working hours of a working day; holidays and swapped days are the calendar's.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from lienthong.common.calendar import WorkingCalendar, shipped_overrides
from lienthong.common.messages.document import Lane, Priority


@dataclass(frozen=True, slots=True)
class Deadline:
    """From `due_at` on a recipient is late; at `ends_at` the exchange ends what was asked of it."""

    due_at: datetime
    ends_at: datetime


def _shipped_calendar() -> WorkingCalendar:
    return WorkingCalendar(shipped_overrides())


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """What an installation sets. Days are working days after the day of acceptance, at least one."""

    calendar: WorkingCalendar = field(default_factory=_shipped_calendar)
    urgent: timedelta = timedelta(minutes=60)
    delivery_days: int = 5
    answer_days: int = 5

    def delivery(self, accepted_at: datetime, lane: Lane, priority: Priority) -> Deadline:
        """Of a document at each of its recipients: received by then, and expired at the end."""
        return _delivery(self, accepted_at, lane, priority)

    def answer(self, asked_at: datetime) -> Deadline:
        """Of the answer to a change request: it lapses when it is due."""
        ends_at = self.calendar.deadline(asked_at, self.answer_days)
        return Deadline(ends_at, ends_at)

    def receive_by(self, accepted_at: datetime, lane: Lane, priority: Priority) -> datetime:
        """When the law has a document received: the same working day, an urgent one at once."""
        if lane is Lane.URGENT:
            return accepted_at + self.urgent  # counted at once, day or night
        same_day = self._end_of_the_working_day(accepted_at)
        if priority is Priority.URGENT:
            # Khẩn is urgent for people, in their working hours.
            return min(same_day, self.calendar.add_working_time(accepted_at, self.urgent))
        return same_day

    def _end_of_the_working_day(self, moment: datetime) -> datetime:
        """The end of the working day the moment lies in; after hours and on a day off, of the next one."""
        return self.calendar.deadline(self.calendar.counted_from(moment), 0)


@lru_cache(maxsize=64)
def _delivery(policy: DeadlinePolicy, accepted_at: datetime, lane: Lane, priority: Priority) -> Deadline:
    """Remembered, because all documents of a page are accepted at one moment."""
    ends_at = policy.calendar.deadline(accepted_at, policy.delivery_days)
    return Deadline(min(policy.receive_by(accepted_at, lane, priority), ends_at), ends_at)
