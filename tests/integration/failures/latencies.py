"""How long acts take, told by quantiles."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Latencies:
    """Seconds that acts took; empty ones have no quantile."""

    seconds: list[float] = field(default_factory=list[float])

    async def of(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do it and note how long it took."""
        begun = time.perf_counter()
        await act()
        self.seconds.append(time.perf_counter() - begun)

    def quantile(self, share: float) -> float:
        """The time within which so large a share of the acts was done."""
        return quantile(self.seconds, share)

    def __str__(self) -> str:
        if not self.seconds:
            return "none"
        return f"{len(self.seconds)}: p50 {self.quantile(0.5) * 1e3:.0f} ms, p99 {self.quantile(0.99) * 1e3:.0f} ms"


def quantile(values: Sequence[float], share: float) -> float:
    """The least of the values that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def split(acts: Iterable[tuple[float, float]], since: float, until: float) -> tuple[Latencies, Latencies]:
    """Acts by when they were begun and how long they took: apart from an outage, and begun or answered within it."""
    undisturbed, disturbed = Latencies(), Latencies()
    for begun, took in acts:
        touched = begun <= until and begun + took >= since
        (disturbed if touched else undisturbed).seconds.append(took)
    return undisturbed, disturbed


async def paced(acts: Sequence[Callable[[], Awaitable[object]]], pause: float) -> Latencies:
    """Acts one after another with a pause between them, as a system that has little to do."""
    found = Latencies()
    for act in acts:
        await found.of(act)
        await asyncio.sleep(pause)
    return found
