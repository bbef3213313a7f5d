"""Numbers of an inbox: each entry is the next link of a hash chain, so that a gap, a change or a reorder shows (N5)."""

from dataclasses import dataclass
from typing import NamedTuple, Self
from uuid import UUID

from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import chain_next, chain_start


class InboxKey(NamedTuple):
    """One agency's inbox in one lane. Sorted by it, counters are always locked in one order."""

    agency_id: UUID
    lane: Lane


@dataclass(frozen=True, slots=True)
class Link:
    """The state of an inbox after entry `n`."""

    n: int
    chain: bytes

    @classmethod
    def first(cls, inbox: InboxKey) -> Self:
        """Link 0, before any entry; it names the inbox."""
        return cls(0, chain_start(inbox.agency_id, inbox.lane))

    def next(self, value_sha256: bytes) -> "Link":
        """The link of the next entry, whose exact bytes have this hash."""
        n = self.n + 1
        return Link(n, chain_next(self.chain, value_sha256, n))
