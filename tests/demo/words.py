"""States and counts as people read them."""

from collections.abc import Mapping
from datetime import datetime

from lienthong.common.clock import VIETNAM
from lienthong.common.messages.status import StatusCode
from lienthong.sdk.statuses import STATUS_WORDS, state_words


def state(name: str) -> str:
    """A delivery's state in both languages."""
    words = state_words(name)
    return f"{words.vi} / {words.en}"


def states(counts: Mapping[str, int]) -> str:
    """How many deliveries are in which state."""
    return "; ".join(f"{state(name)}: {count}" for name, count in sorted(counts.items()))


def statuses(counts: Mapping[StatusCode, int]) -> str:
    """How many of which status, in the order of their codes."""
    return ", ".join(f"{code} {STATUS_WORDS[code].vi}: {count}" for code, count in sorted(counts.items()))


def time_of(moment: datetime) -> str:
    """The time of the day in Vietnam."""
    return f"{moment.astimezone(VIETNAM):%H:%M:%S}"
