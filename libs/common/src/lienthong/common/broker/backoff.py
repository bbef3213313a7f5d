"""How long to wait before the same thing is tried again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Grows by doubling from `first` to `cap` seconds; jitter keeps many processes from trying at the same moment."""

    first: float = 0.1
    cap: float = 10.0

    def delay(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row: between half and the whole of the step."""
        step = min(self.cap, self.first * 2.0 ** min(failures - 1, 30))
        return step * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
