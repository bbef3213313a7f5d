"""Who is at work beside somebody: where it is only those who want as much as they can get, nobody need hold back."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

_Seen = tuple[Hashable, float]


@dataclass(slots=True)
class Company:
    """Remembers the two who came last, of those who are to be heeded; after `seconds` they are gone."""

    seconds: float = 1.0
    _last: _Seen | None = None
    _before: _Seen | None = None

    def came(self, name: Hashable, now: float) -> None:
        """Somebody came whom the others are to heed."""
        if self._last is not None and self._last[0] != name:
            self._before = self._last
        self._last = (name, now)

    def has_others(self, name: Hashable, now: float) -> bool:
        """Whether somebody else is there to be heeded."""
        return any(each is not None and each[0] != name and self._is_here(each, now) for each in self._known())

    def _known(self) -> tuple[_Seen | None, ...]:
        return (self._last, self._before)

    def _is_here(self, seen: _Seen, now: float) -> bool:
        return now - seen[1] < self.seconds


@dataclass(slots=True)
class Pace:
    """Who sends many a second and who a few. Counts by whole seconds, of this one and the one before."""

    few: int
    _begun: float = 0.0
    _now: Counter[Hashable] = field(default_factory=Counter[Hashable])
    _before: Counter[Hashable] = field(default_factory=Counter[Hashable])

    def is_slow(self, name: Hashable, now: float) -> bool:
        """Count one more of this sender; whether it is one of those that send few."""
        if now - self._begun >= 1:
            self._before = self._now if now - self._begun < 2 else Counter[Hashable]()
            self._now, self._begun = Counter[Hashable](), now
        self._now[name] += 1
        return max(self._now[name], self._before[name]) <= self.few
