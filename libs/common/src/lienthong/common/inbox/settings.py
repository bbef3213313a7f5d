"""How patient an inbox is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lienthong.common.broker import Backoff
from lienthong.common.inbox.causes import cause_of
from lienthong.common.inbox.held import HeldState
from lienthong.common.inbox.store import Verdict


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """Seconds where nothing else is said.

    `most_attempts` and `pause` decide when a failing event is dead (about an hour by default). `remembered_for` must
    be longer than the topics keep their records, or an old record read again would be taken for a new one.
    """

    most_attempts: int = 20
    pause: Backoff = field(default_factory=lambda: Backoff(first=1.0, cap=300.0))
    away_pause: Backoff = field(default_factory=lambda: Backoff(first=0.1, cap=2.0))
    away_attempts: int = 4
    patience: float = 60.0
    poll: float = 1.0
    remembered_for: timedelta = timedelta(days=90)
    prune_every: float = 3600.0

    def after_failure(self, attempts: int, error: Exception, now: datetime) -> Verdict:
        """What becomes of an event after so many failed attempts, the last with this error."""
        state = HeldState.DEAD if attempts >= self.most_attempts else HeldState.WAITING
        pause = timedelta(seconds=self.pause.delay(attempts))
        return Verdict(state, attempts, cause_of(error), now + pause)
