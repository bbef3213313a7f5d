"""Whose turn it is: a bounded queue in which one agency's flood does not slow the others.

Each lane of the exchange has one (`usecases/page_writer.py`), so that no bulk takes the room of what is urgent. Each
agency has a line of its own, first in first out; a page takes one from each line in turn. Order within one agency, the
only order that is promised, is kept. Lines of batches never have more than half of the queue, and half of their
agency's share: whatever waits behind a batch, single messages find room. Bytes are bounded as items are, because a
message that was read fills many times its size; a quarter of them is the share of one agency.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Queued(Generic[T]):
    item: T
    weight: int
    size: int
    of_batch: bool


@dataclass(slots=True)
class Turns(Generic[T]):
    """At most `bound` items of at most `room` bytes wait in all, and `share` of them for one agency."""

    bound: int
    share: int
    room: int = 1 << 40
    _lines: dict[UUID, deque[_Queued[T]]] = field(default_factory=dict[UUID, deque[_Queued[T]]], init=False)
    _waiting: int = field(default=0, init=False)
    _bytes: Counter[UUID] = field(default_factory=Counter[UUID], init=False)
    _of_batches: Counter[UUID] = field(default_factory=Counter[UUID], init=False)

    def __len__(self) -> int:
        return self._waiting

    def put(self, agency_id: UUID, item: T, weight: int = 1, *, size: int = 0, of_batch: bool = False) -> bool:
        """Queue an item of this weight and size; False where there is no room for it now."""
        if self._waiting >= self.bound or len(self._lines.get(agency_id, ())) >= self.share:
            return False
        if not self._has_room_for(agency_id, size, of_batch):
            return False
        if of_batch and not self._has_room_for_batch(agency_id):
            return False
        self._lines.setdefault(agency_id, deque()).append(_Queued(item, weight, size, of_batch))
        self._waiting += 1
        self._bytes[agency_id] += size
        self._of_batches[agency_id] += of_batch
        return True

    def _has_room_for(self, agency_id: UUID, size: int, of_batch: bool) -> bool:
        room, in_all, of_this = self.room >> of_batch, self._bytes.total(), self._bytes[agency_id]
        # Whatever its size, an item finds room where nothing else is.
        return (not in_all or in_all + size <= room) and (not of_this or of_this + size <= room // 4)

    def _has_room_for_batch(self, agency_id: UUID) -> bool:
        in_all, of_this = self._of_batches.total(), self._of_batches[agency_id]
        return in_all < max(1, self.bound // 2) and of_this < max(1, self.share // 2)

    def take(self, most: int, weight: int, most_of: Callable[[UUID], int] | None = None) -> list[T]:
        """The next page: at most `most` items of at most `weight` together, and never none while some wait.

        `most_of`: no more than so many of an agency.
        """
        enough: dict[UUID, deque[_Queued[T]]] = {}
        taken = list(self._take(most, weight, most_of or (lambda _: most), enough))
        self._lines |= enough
        return taken

    def _take(
        self, most: int, weight: int, most_of: Callable[[UUID], int], enough: dict[UUID, deque[_Queued[T]]]
    ) -> Iterator[T]:
        taken, taken_of = 0, Counter[UUID]()
        while self._lines and taken < most:
            agency_id = next(iter(self._lines))
            line = self._lines.pop(agency_id)
            first = line[0]
            if taken and first.weight > weight:
                self._lines = {agency_id: line, **self._lines}  # first in the next page
                return
            line.popleft()
            taken_of[agency_id] += 1
            if line and taken_of[agency_id] >= most_of(agency_id):
                enough[agency_id] = line  # in the next page, behind the others
            elif line:
                self._lines[agency_id] = line  # behind the others
            taken, weight = taken + 1, weight - first.weight
            self._forget(agency_id, first)
            yield first.item

    def _forget(self, agency_id: UUID, taken: _Queued[T]) -> None:
        self._waiting -= 1
        self._bytes[agency_id] -= taken.size
        if not self._bytes[agency_id]:
            del self._bytes[agency_id]
        if taken.of_batch:
            self._of_batches[agency_id] -= 1
            if not self._of_batches[agency_id]:
                del self._of_batches[agency_id]
