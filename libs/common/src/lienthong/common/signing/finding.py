"""A judgement as of a time, together with the span of time in which it would be the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lienthong.common.signing.reasons import Reason

EVER: Final = datetime.min.replace(tzinfo=UTC)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """`reason` (None: good) holds for every time from `since` (included) until `until` (not included).

    The span is what lets a path be judged once and used for many messages: it ends by itself where a
    certificate expires, where revocation data goes stale or where a revocation takes effect.
    """

    reason: Reason | None
    detail: str = ""
    since: datetime = EVER
    until: datetime = NEVER

    @classmethod
    def at(cls, at: datetime, edges: Iterable[datetime], reason: Reason | None, detail: str = "") -> Finding:
        """A finding as of `at` whose every ingredient changes only at one of `edges`.

        Whoever computes `reason` compares `at` with the edges by `edge <= at` or `at < edge` only.
        """
        since, until = EVER, NEVER
        for edge in edges:
            if edge <= at:
                since = max(since, edge)
            else:
                until = min(until, edge)
        return cls(reason, detail, since, until)

    def holds_at(self, at: datetime) -> bool:
        return self.since <= at < self.until

    def within(self, other: Finding) -> Finding:
        """The same judgement, narrowed to the span of another one it was reached beside."""
        return Finding(self.reason, self.detail, max(self.since, other.since), min(self.until, other.until))


GOOD: Final = Finding(None)
