"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import datetime, timedelta

from lienthong.common.clock import truncated


class FixedClock:
    """A Clock (lienthong.common.clock) for tests: shows one time until it is advanced."""

    def __init__(self, at: datetime) -> None:
        self._at = truncated(at)

    def now(self) -> datetime:
        """The time shown."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move the time; backwards too, for clocks of real machines do so."""
        self._at = truncated(self._at + by)
