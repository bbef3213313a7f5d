"""Child processes of a test: our own roles, started, waited for, killed, frozen, and always gone at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from lienthong.common.testing.daemon import wait_frozen
from lienthong.common.testing.errors import ServerDidNotStart, tail

_STOP_PATIENCE = 20.0


@dataclass(slots=True)
class ChildProcess:
    """A running child in a session of its own; its output is in `log`."""

    name: str
    log: Path
    popen: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self.popen.pid

    @property
    def alive(self) -> bool:
        """Whether the child has not ended."""
        return self.popen.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, timeout: float = 30.0) -> None:
        """Wait for `ready()`. Raises ServerDidNotStart, showing the log's end, if the child ends or time is over."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.alive:
                raise ServerDidNotStart.with_logs(f"{self.name} ended with {self.popen.returncode}", self.log)
            if time.monotonic() > deadline:
                raise ServerDidNotStart.with_logs(f"{self.name} was not ready after {timeout:.0f} s", self.log)
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL for the child and whatever it started, and reap it."""
        self._signal(signal.SIGKILL)
        self.popen.wait(timeout=10)

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, nothing goes on."""
        self._signal(signal.SIGSTOP)
        wait_frozen(psutil.Process(self.pid))

    def thaw(self) -> None:
        """SIGCONT after `freeze`."""
        self._signal(signal.SIGCONT)

    def terminate(self, *, patience: float = _STOP_PATIENCE) -> int:
        """SIGTERM to the child alone, and its exit code; it is killed if it has not ended within `patience` seconds."""
        self.thaw()
        self.popen.terminate()
        try:
            return self.popen.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def output(self) -> str:
        """What the child has written so far."""
        return self.log.read_text("utf-8", errors="replace")

    def last_lines(self, lines: int = 40) -> str:
        """The end of its output, to be shown when a test fails."""
        return tail(self.log, lines)

    def _signal(self, number: signal.Signals) -> None:
        # The group stays while any member lives, also when the child itself is gone; then there is nothing to signal.
        try:
            os.killpg(self.popen.pid, number)
        except ProcessLookupError:
            return


class Processes:
    """Starts children into one folder of logs and ends all of them. One per test (fixture `processes`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[ChildProcess] = []

    @property
    def children(self) -> Sequence[ChildProcess]:
        """All children started, in order, dead or alive."""
        return tuple(self._children)

    def start(self, command: Sequence[str], *, name: str, environment: Mapping[str, str] | None = None) -> ChildProcess:
        """Start a command; `environment` is added to ours. Numbered logs keep a second start of a name apart."""
        self._folder.mkdir(parents=True, exist_ok=True)
        log = self._folder / f"{len(self._children):02}-{name}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(  # noqa: S603
                list(command),
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = ChildProcess(name, log, popen)
        self._children.append(child)
        return child

    def start_role(self, service: str, role: str, *, environment: Mapping[str, str]) -> ChildProcess:
        """Start `python -m lienthong.<service> <role>` with the interpreter that runs the tests."""
        command = [sys.executable, "-m", f"lienthong.{service}", role]
        return self.start(command, name=f"{service}-{role}", environment=environment)

    def end(self) -> None:
        """Kill and reap every child that is left; a test that wants a clean stop asks for it itself."""
        for child in self._children:
            child.kill()


def http_ready(url: str) -> Callable[[], bool]:
    """A `ready` for `wait_until`: whether a GET of the URL is answered with 200 within a second."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=1.0) as answer:  # noqa: S310  the test's own address
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    return ask
