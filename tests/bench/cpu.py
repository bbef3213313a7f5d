"""CPU time and memory of server processes with their children, as the kernel counts them."""

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

import psutil


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, of its living children and of those it has buried."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def resident_mb(pids: Sequence[int]) -> float:
    """Proportional set size of processes and children together: shared pages count once."""
    total = 0
    for pid in pids:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += each.memory_full_info().pss
    return total / 1e6


class Watch:
    """CPU seconds that processes used during the block."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self.seconds = 0.0

    def __enter__(self) -> "Watch":
        self._before = self._look()
        return self

    def __exit__(self, *_: tuple[type[BaseException], BaseException, TracebackType] | None) -> None:
        self.seconds = self._look() - self._before

    def _look(self) -> float:
        return sum(cpu_seconds(pid) for pid in self._pids)
