"""A server process that outlives its starter: pid file, signals to its whole family, and an end that is waited for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from lienthong.common.testing.errors import ServerDidNotStart, ServersError
from lienthong.common.testing.layout import write_whole


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system account a server runs as, when it may not run as ours."""

    uid: int
    gid: int


@dataclass(slots=True)
class Daemon:
    """One server process of one data folder.

    `mark` is an argument of the command line that no other process has: by it a process is found again whose starter
    died before it wrote the pid file.
    """

    name: str
    folder: Path
    mark: str
    stop_signal: signal.Signals
    logs: tuple[Path, ...] = ()
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def console(self) -> Path:
        """What the process writes to its standard output and error."""
        return self.folder / "console.log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"

    @property
    def pid(self) -> int | None:
        """The pid of the running process, or None."""
        process = self.process()
        return process.pid if process else None

    def process(self) -> psutil.Process | None:
        """The running process: by the pid file if that tells the truth, else by its mark on the command line."""
        recorded = self._recorded()
        return recorded if recorded and is_alive(recorded) else self._stray()

    def spawn(
        self, command: Sequence[str], *, environment: Mapping[str, str], account: Account | None = None
    ) -> subprocess.Popen[bytes]:
        """Start the process in a session of its own, so that a Ctrl-C meant for the starter does not reach it.

        Its logs begin anew; those of the run before, which may tell why it ended, are kept once as `*.previous`.
        """
        for log in (self.console, *self.logs):
            if log.exists():
                log.replace(log.with_name(f"{log.name}.previous"))
        with self.console.open("wb") as output:
            child = subprocess.Popen(  # noqa: S603
                list(command),
                cwd="/",
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        self._child = child
        write_whole(self._pid_file, json.dumps({"pid": child.pid, "started": psutil.Process(child.pid).create_time()}))
        return child

    def wait_until(self, ready: Callable[[], bool], *, timeout: float) -> None:
        """Wait until the server is ready. Raises ServerDidNotStart, with its logs, if it ends or the time is over."""
        deadline = time.monotonic() + timeout
        while not ready():
            if self.process() is None:
                raise ServerDidNotStart.with_logs(f"{self.name} ended while starting", self.console, *self.logs)
            if time.monotonic() > deadline:
                reason = f"{self.name} was not ready after {timeout:.0f} s"
                raise ServerDidNotStart.with_logs(reason, self.console, *self.logs)
            time.sleep(0.02)

    def stop(self, *, patience: float = 20.0) -> None:
        """Ask the process to end; kill it and its children if it does not within `patience` seconds."""
        process = self.process()
        if process is not None:
            family = self._family(process)
            for member in family:
                _send(member, signal.SIGCONT)
            _send(process, self.stop_signal)
            if not _wait_gone(family, patience):
                self.kill()
        self._pid_file.unlink(missing_ok=True)
        self._reap()

    def kill(self) -> None:
        """SIGKILL for the process and its children, as a power cut would; the pid file stays as it would then."""
        process = self.process()
        if process is None:
            return
        family = self._family(process)
        for member in family:
            _send(member, signal.SIGKILL)
        if not _wait_gone(family, 10.0):
            raise ServersError(f"{self.name} (pid {process.pid}) is still there after SIGKILL")
        self._reap()

    def freeze(self) -> None:
        """SIGSTOP for the process and its children: connections stay open, nothing is answered."""
        family = self._family(self._must_run())
        for member in family:
            _send(member, signal.SIGSTOP)
        for member in family:
            wait_frozen(member)

    def thaw(self) -> None:
        """SIGCONT: the other half of `freeze`."""
        for member in self._family(self._must_run()):
            _send(member, signal.SIGCONT)

    def _must_run(self) -> psutil.Process:
        process = self.process()
        if process is None:
            raise ServersError(f"{self.name} is not running")
        return process

    def _recorded(self) -> psutil.Process | None:
        try:
            record = json.loads(self._pid_file.read_text("utf-8"))
            process = psutil.Process(record["pid"])
            # The kernel gives pids again: the time of birth tells our process from its successor.
            return process if abs(process.create_time() - record["started"]) < 1.0 else None
        except (OSError, ValueError, TypeError, KeyError, psutil.NoSuchProcess):
            return None

    def _stray(self) -> psutil.Process | None:
        for process in psutil.process_iter(["cmdline", "ppid"]):
            if self.mark in (process.info["cmdline"] or ()) and is_alive(process):
                return process
        return None

    def _family(self, process: psutil.Process) -> list[psutil.Process]:
        # PostgreSQL's backends each open a session of their own: a signal to the process group would miss them.
        try:
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return [process]

    def _reap(self) -> None:
        if self._child is not None:
            self._child.wait(timeout=10)
            self._child = None


def is_alive(process: psutil.Process) -> bool:
    """Whether the process runs: one that ended but was not yet waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_frozen(process: psutil.Process, timeout: float = 5.0) -> None:
    """Wait until a SIGSTOP has taken effect or the process is gone. Raises ServersError when the time is over."""
    deadline = time.monotonic() + timeout
    while is_alive(process) and process.status() != psutil.STATUS_STOPPED:
        if time.monotonic() > deadline:
            raise ServersError(f"process {process.pid} did not freeze in {timeout:.0f} s")
        time.sleep(0.001)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _wait_gone(family: Sequence[psutil.Process], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while any(is_alive(member) for member in family):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def plain_environment() -> dict[str, str]:
    """What servers get of our environment: no LIENTHONG_ setting, no PG or Java option of the user's shell."""
    kept = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "JAVA_HOME")
    return {name: os.environ[name] for name in kept if name in os.environ}
