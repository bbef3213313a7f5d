"""Whose turn it is: a bounded queue in which one agency's flood does not slow the others.

Each agency has a line of its own, first in first out; a page takes one from each line in turn. Order within one
agency, the only order that is promised, is kept.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(slots=True)
class Turns(Generic[T]):
    """At most `bound` items wait in all, and `share` of them for one agency."""

    bound: int
    share: int
    _lines: dict[UUID, deque[tuple[T, int]]] = field(default_factory=dict[UUID, deque[tuple[T, int]]], init=False)
    _waiting: int = field(default=0, init=False)

    def __len__(self) -> int:
        return self._waiting

    def put(self, agency_id: UUID, item: T, weight: int = 1) -> bool:
        """Queue an item of this weight; False where the queue or the agency's share of it is full."""
        line = self._lines.get(agency_id, ())
        if self._waiting >= self.bound or len(line) >= self.share:
            return False
        self._lines.setdefault(agency_id, deque()).append((item, weight))
        self._waiting += 1
        return True

    def take(self, most: int, weight: int) -> list[T]:
        """The next page: at most `most` items of at most `weight` together, and never none while some wait."""
        return list(self._take(most, weight))

    def _take(self, most: int, weight: int) -> Iterator[T]:
        taken = 0
        while self._lines and taken < most:
            agency_id = next(iter(self._lines))
            line = self._lines.pop(agency_id)
            item, own_weight = line[0]
            if taken and own_weight > weight:
                self._lines = {agency_id: line, **self._lines}  # first in the next page
                return
            line.popleft()
            if line:
                self._lines[agency_id] = line  # behind the others
            taken, weight, self._waiting = taken + 1, weight - own_weight, self._waiting - 1
            yield item
