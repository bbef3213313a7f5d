"""How a relay works and waits."""

from dataclasses import dataclass, field
from datetime import timedelta

from lienthong.common.broker import MAX_RECORD_BYTES, Backoff


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Seconds where nothing else is said.

    A holder without a beat for `silence` is terminated by the others; it stops by itself at half of that.
    `page` rows are read at once, `slice` of them have their contents in memory.
    """

    page: int = 1000
    slice: int = 250
    poll: float = 1.0
    beat: float = 1.0
    silence: float = 10.0
    away_pause: Backoff = field(default_factory=lambda: Backoff(first=0.2, cap=5.0))
    refusal_first: float = 5.0
    refusal_cap: float = 600.0
    start_within: float = 15.0
    stop_within: float = 10.0
    largest_record: int = MAX_RECORD_BYTES
    emitted_kept: timedelta = timedelta(days=30)
    prune_every: float = 600.0
