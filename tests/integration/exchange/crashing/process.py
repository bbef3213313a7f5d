"""The exchange as it is, but for one thing: at an ordered moment it sends a signal to itself.

`python -m tests.integration.exchange.crashing.process ROLE`, with CRASHING_ORDER naming the file of the order: the
moment, how often it is to be reached first, and the signal (SIGKILL to die, SIGSTOP to stand still until SIGCONT, so
that others can be killed meanwhile). The order is taken once: whoever removes its file carries it out.

The program itself only imports; the exchange runs in a child, and one that was killed is followed by another at once,
which spares a sweep of hundreds of kills the second that imports take.
"""

import functools
import importlib
import inspect
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.integration.exchange.crashing.steps import Moment, When, places

ORDER = "CRASHING_ORDER"

_STARTING_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Order:
    """Send yourself `sends` when `where` is reached for the `occurrence`-th time from now on."""

    where: str
    when: When
    occurrence: int
    sends: int

    @classmethod
    def at(cls, moment: Moment, occurrence: int, sends: signal.Signals) -> "Order":
        return cls(moment.where, moment.when, occurrence, int(sends))

    def give(self, file: Path) -> None:
        """Whole or not at all."""
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(file)


class Obedience:
    """Counts how often the ordered moment was reached, and obeys."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = (0, 0)
        self._order: Order | None = None
        self._reached = 0

    def reached(self, where: str, when: When) -> None:
        """Called at every moment of the tables."""
        order = self._present()
        if order is None or (order.where, order.when) != (where, when):
            return
        self._reached += 1
        if self._reached >= order.occurrence and self._take():
            os.kill(os.getpid(), order.sends)

    def _present(self) -> Order | None:
        try:
            status = self._file.stat()
            if (status.st_ino, status.st_mtime_ns) != self._seen:
                self._order = Order(**json.loads(self._file.read_text("utf-8")))
                self._seen, self._reached = (status.st_ino, status.st_mtime_ns), 0
        except FileNotFoundError:
            self._order = None
        return self._order

    def _take(self) -> bool:
        try:
            self._file.unlink()
        except FileNotFoundError:
            return False
        return True


def find(where: str) -> tuple[Any, str]:
    """The module or class that holds the function, and its name there."""
    module, _, path = where.partition(":")
    *owners, name = path.split(".")
    return functools.reduce(getattr, owners, importlib.import_module(f"lienthong.{module}")), name


def surround(where: str, reached: Callable[[str, When], None]) -> None:
    """Let a function say when it begins and when it has ended well."""
    owner, name = find(where)
    function = getattr(owner, name)

    @functools.wraps(function)
    def around(*given: Any, **named: Any) -> Any:
        reached(where, "before")
        result = function(*given, **named)
        reached(where, "after")
        return result

    @functools.wraps(function)
    async def around_coroutine(*given: Any, **named: Any) -> Any:
        reached(where, "before")
        result = await function(*given, **named)
        reached(where, "after")
        return result

    setattr(owner, name, around_coroutine if inspect.iscoroutinefunction(function) else around)


def main() -> None:
    """Every place of the tables surrounded, then the exchange's own main, again as a supervisor would start it."""
    obedience = Obedience(Path(os.environ[ORDER]))
    for where in sorted(places()):
        surround(where, obedience.reached)
    exchange = importlib.import_module("lienthong.exchange.__main__")
    while True:
        begun = time.monotonic()
        code = _run_in_child(exchange.main)
        could_not_start = code > 0 and time.monotonic() - begun < _STARTING_SECONDS
        if could_not_start:  # a server was away: then a process ends, and is started again
            time.sleep(0.2)
        elif code != -signal.SIGKILL:
            sys.exit(code)


def _run_in_child(run: Callable[[], None]) -> int:
    """The exit code, or the negative number of the signal that ended it. SIGTERM is passed on."""
    child = os.fork()
    if child == 0:
        run()
        sys.exit(0)
    signal.signal(signal.SIGTERM, lambda number, _: os.kill(child, number))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
