"""How far inboxes reach, as far as one process knows: whoever has everything need not be looked up to be told so.

Looks at the tables begin what is known; pages of this process carry it on; word from elsewhere ends it, because that
says only that something came. So a page of this process that is told of late, behind word of a later one, brings
nothing wrong. What is known is good for some seconds, since word may be lost.
"""

from dataclasses import dataclass, field

from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey


@dataclass(frozen=True, slots=True)
class _End:
    n: int
    known_at: float


class OpenLook:
    """One look at an inbox that is under way."""

    __slots__ = ()


@dataclass(slots=True)
class InboxEnds:
    """Last numbers of inboxes, each known for `good_for` seconds. Times are seconds of a monotonic clock."""

    good_for: float
    _known: dict[InboxKey, _End | OpenLook] = field(default_factory=dict[InboxKey, _End | OpenLook], init=False)

    def behind(self, inbox: InboxKey, after: int, now: float) -> int | None:
        """How many entries lie behind `after`; None where that is not known."""
        known = self._known.get(inbox)
        if not isinstance(known, _End) or now - known.known_at > self.good_for or after > known.n:
            return None
        return known.n - after

    def looking(self, inbox: InboxKey) -> OpenLook:
        """A look at the tables begins."""
        look = self._known[inbox] = OpenLook()
        return look

    def found_nothing(self, inbox: InboxKey, after: int, look: OpenLook, now: float) -> None:
        """The look found nothing behind `after`. That says nothing any more where something came meanwhile."""
        if self._known.get(inbox) is look:
            self._known[inbox] = _End(after, now)

    def reached(self, inbox: InboxKey, n: int, now: float) -> None:
        """This process has committed entries up to `n`."""
        known = self._known.get(inbox)
        if isinstance(known, _End):
            self._known[inbox] = _End(max(known.n, n), now)
        else:
            self.moved(inbox)

    def moved(self, inbox: InboxKey) -> None:
        """Somebody else has committed entries."""
        self._known.pop(inbox, None)

    def moved_all(self, lane: Lane) -> None:
        """Somebody else has committed entries for anybody in this lane."""
        self._known = {inbox: known for inbox, known in self._known.items() if inbox.lane is not lane}
