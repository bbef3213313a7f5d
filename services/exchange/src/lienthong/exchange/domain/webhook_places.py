"""Who is sent to next: a process sends to so many endpoints at a time, and none of them holds the others up.

Endpoints that fail or are slow share half of the places, so that any number of them leave the other half to those that
answer. Ordinary lanes have at most three quarters, so that urgent entries always find a place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey


class Due(NamedTuple):
    """A webhook that waits for its turn; `troubled` if its endpoint failed or was slow the last time."""

    inbox: InboxKey
    troubled: bool


@dataclass(frozen=True, slots=True)
class WebhookPlaces:
    """At most `most` at a time."""

    most: int

    def choose(self, waiting: Sequence[Due], busy: Iterable[Due]) -> list[Due]:
        """Those that may be begun beside the busy ones; the first to wait go first, urgent and healthy ones before."""
        taken = list(busy)
        chosen: list[Due] = []
        for due in sorted(waiting, key=lambda each: (each.troubled, each.inbox.lane is not Lane.URGENT)):
            if self._has_room(due, taken):
                taken.append(due)
                chosen.append(due)
        return chosen

    def _has_room(self, due: Due, taken: Sequence[Due]) -> bool:
        ordinary = sum(each.inbox.lane is not Lane.URGENT for each in taken)
        troubled = sum(each.troubled for each in taken)
        if len(taken) >= self.most:
            return False
        if due.inbox.lane is not Lane.URGENT and ordinary >= max(1, self.most * 3 // 4):
            return False
        return not (due.troubled and troubled >= max(1, self.most // 2))
