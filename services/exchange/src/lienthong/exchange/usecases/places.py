"""Places for work that lasts as long as its sender wants: bounded, and one agency never has all of them."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from lienthong.common.http.faults import TooManyRequests


class Places:
    """At most `most` in this process at the same time, `most_of_one` of them of one agency."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._taken = Counter[UUID]()

    @contextmanager
    def of(self, agency_id: UUID) -> Generator[None]:
        """A place of the agency while the block runs. Raises TooManyRequests."""
        if self._taken.total() >= self._most or self._taken[agency_id] >= self._most_of_one:
            raise TooManyRequests(retry_after=5)
        self._taken[agency_id] += 1
        try:
            yield
        finally:
            self._taken[agency_id] -= 1
            if not self._taken[agency_id]:
                del self._taken[agency_id]
