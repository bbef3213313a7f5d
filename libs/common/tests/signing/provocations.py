"""For every reason, something that provokes it and nothing else: an attack, a mistake, a mishap."""

from __future__ import annotations

from collections.abc import Callable

from lienthong.common.signing import Reason

Provocation = Callable[[], object]
PROVOCATIONS: dict[Reason, list[Provocation]] = {}


def provokes(reason: Reason) -> Callable[[Provocation], Provocation]:
    """Register a function that must end in a SigningError with `reason`."""

    def register(provocation: Provocation) -> Provocation:
        PROVOCATIONS.setdefault(reason, []).append(provocation)
        return provocation

    return register
