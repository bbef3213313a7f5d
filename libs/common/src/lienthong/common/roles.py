"""The process: one role, one pid; started, watched and stopped in one way.

A service gives its duties by role (`api`, `worker`, `relay`, `timers`), how its parts are built, and how its database
is brought up to date. `all` runs every duty in one process, with the parts built once (the embedded default).

No process lives by half: when a duty ends before it was told to, all of the process ends with a code that says so.

    0   stopped as asked            75  did not stop within its time
    64  unknown role                78  the settings cannot be started with, or the role already runs here
    70  a duty died                 1   the parts could not be built or closed
"""

import argparse
import asyncio
import fcntl
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Generic, TypeVar

import structlog
import uvloop

from lienthong.common.http import ReadinessCheck, listen, make_app, serve
from lienthong.common.settings import ServiceSettings, SettingsError
from lienthong.common.telemetry import Telemetry, configure_logs, make_telemetry

P = TypeVar("P")
S = TypeVar("S", bound=ServiceSettings)

STOP_SECONDS = 25.0
"""From the signal to the end. What is not done by then is cancelled."""
_KILLED_AFTER = 5
"""Seconds beyond that after which the kernel ends the process (SIGALRM) where even cancelling did not."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Exit(IntEnum):
    """Exit codes, after sysexits.h."""

    STOPPED = 0
    NOT_STARTED = 1
    USAGE = 64
    DUTY_DIED = 70
    NOT_STOPPED = 75
    REFUSED = 78


@dataclass(frozen=True, slots=True)
class Process:
    """This process, as its duties see it. `stop` is set when it is to end."""

    service: str
    role: str
    stop: asyncio.Event
    telemetry: Telemetry


Duty = Callable[[P, asyncio.Event], Awaitable[None]]
"""Runs until the event is set, then finishes what is under way and returns."""


@dataclass(frozen=True, slots=True)
class Service(Generic[S, P]):
    """A service as `run` needs it.

    `open_parts` builds what its duties use (pools, producers, the trust follower) and closes it in reverse order.
    `migrate` brings the database and the topics up to date; harmless to repeat. `companions` run beside the duties in
    every process (the trust follower). `readiness` names what the process waits for. The duty `api` serves HTTP
    itself; a process without it gets a server for health and metrics alone.
    """

    name: str
    settings: type[S]
    open_parts: Callable[[S, Process], AbstractAsyncContextManager[P]]
    migrate: Callable[[S, Process], Awaitable[None]]
    duties: Mapping[str, Duty[P]]
    companions: Mapping[str, Duty[P]] = field(default_factory=dict[str, Duty[P]])
    readiness: Callable[[P], Sequence[ReadinessCheck]] = lambda _: ()


class AlreadyRunningError(Exception):
    """Another process of this role holds the pid file."""


def run(service: Service[S, P], argv: Sequence[str] | None = None, *, stop_seconds: float = STOP_SECONDS) -> int:
    """Run the role named on the command line until it is told to stop; returns the exit code for `sys.exit`."""
    role = _parse_role(service, argv)
    if role is None:
        return Exit.USAGE
    configure_logs(service.name, role)
    try:
        settings = service.settings.load()
    except SettingsError as error:
        log.critical("settings refused", faults=str(error).splitlines())
        return Exit.REFUSED
    configure_logs(service.name, role, level=settings.log_level.upper())
    _spare_the_collector()
    pid_file = PidFile(settings.run_dir, service.name, role)
    try:
        with pid_file, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_Life(service, role, settings, stop_seconds).run())
    except AlreadyRunningError as error:
        log.critical("already running", pid_file=str(pid_file.path), held_by=str(error))
        return Exit.REFUSED


def _spare_the_collector() -> None:
    """What was loaded by now stays, and is searched for cycles no more: that took a tenth of a busy process's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _parse_role(service: Service[S, P], argv: Sequence[str] | None) -> str | None:
    parser = argparse.ArgumentParser(prog=f"lienthong-{service.name}", exit_on_error=False)
    parser.add_argument("role", choices=[*service.duties, "migrate", "all"])
    try:
        return str(parser.parse_args(argv).role)
    except argparse.ArgumentError as error:
        parser.print_usage(sys.stderr)
        sys.stderr.write(f"{error}\n")
        return None


class PidFile:
    """`<service>-<role>.pid`, locked as long as the process lives: a pid used again by the system misleads nobody."""

    def __init__(self, folder: Path, service: str, role: str) -> None:
        self.path = folder / f"{service}-{role}.pid"
        self._handle: int | None = None

    def __enter__(self) -> "PidFile":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = self._lock()
        while not self._is_in_place(handle):  # its holder ended, and removed it, between our opening and our lock
            os.close(handle)
            handle = self._lock()
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._handle = handle
        return self

    def _lock(self) -> int:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held_by = os.read(handle, 32).decode("ascii", "replace").strip()
            os.close(handle)
            raise AlreadyRunningError(held_by) from None
        return handle

    def _is_in_place(self, handle: int) -> bool:
        try:
            return self.path.stat().st_ino == os.fstat(handle).st_ino
        except FileNotFoundError:
            return False

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._handle)


class _Life(Generic[S, P]):
    """The process from its start to its end."""

    def __init__(self, service: Service[S, P], role: str, settings: S, stop_seconds: float) -> None:
        telemetry = make_telemetry(service.name, trace_ratio=settings.trace_ratio, otlp_endpoint=settings.otlp_endpoint)
        self._service = service
        self._settings = settings
        self._stop_seconds = stop_seconds
        self._process = Process(service.name, role, asyncio.Event(), telemetry)
        self._started = False
        self._code = Exit.STOPPED

    async def run(self) -> int:
        main = asyncio.create_task(self._live(), name=f"{self._process.service} {self._process.role}")
        self._obey_signals(main)
        try:
            await self._within_its_time(main)
        finally:
            self._process.telemetry.close()
        return self._code

    def _obey_signals(self, main: asyncio.Task[None]) -> None:
        """The first SIGTERM or SIGINT asks to finish; before the start is over, or the second time, it cancels."""
        stop = self._process.stop

        def on_signal(name: str) -> None:
            log.info("signal", signal=name)
            if stop.is_set() or not self._started:
                main.cancel()
            self._ask_to_stop()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_signal, number.name)

    async def _within_its_time(self, main: asyncio.Task[None]) -> None:
        stopping = asyncio.create_task(self._process.stop.wait(), name="stop")
        await asyncio.wait({main, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        self._ask_to_stop()
        done, _ = await asyncio.wait({main}, timeout=self._stop_seconds)
        if not done:
            log.error("not stopped within its time", seconds=self._stop_seconds)
            self._end_with(Exit.NOT_STOPPED)
            main.cancel()
            await asyncio.wait({main})

    async def _live(self) -> None:
        try:
            await self._start_and_do()
        except asyncio.CancelledError:
            log.warning("cancelled", started=self._started)
            if self._started:
                self._end_with(Exit.NOT_STOPPED)
        except SettingsError as error:
            self._end_with(Exit.REFUSED)
            log.critical("settings refused", faults=str(error).splitlines())
        except Exception:
            self._end_with(Exit.NOT_STARTED)
            log.exception("not closed cleanly" if self._started else "not started")
        else:
            log.info("stopped", code=self._code)

    async def _start_and_do(self) -> None:
        role = self._process.role
        if role in {"migrate", "all"}:
            await self._service.migrate(self._settings, self._process)
        if role == "migrate":
            return
        async with self._service.open_parts(self._settings, self._process) as parts:
            self._started = True
            log.info("started")
            duties = dict(self._service.duties) if role == "all" else {role: self._service.duties[role]}
            duties |= self._service.companions
            if "api" not in duties:
                duties["health"] = self._answer_health
            await asyncio.gather(*(self._watch(name, duty, parts) for name, duty in duties.items()))

    async def _answer_health(self, parts: P, stop: asyncio.Event) -> None:
        name, telemetry = self._process.service, self._process.telemetry
        app = make_app(name, "health", [], telemetry=telemetry, readiness=self._service.readiness(parts))
        await serve(app, listen(self._settings.http_host, self._settings.http_port), stop)

    async def _watch(self, name: str, duty: Duty[P], parts: P) -> None:
        """A duty that ends too early ends the process; the other duties get their time to finish."""
        stop = self._process.stop
        try:
            await duty(parts, stop)
        except Exception:
            log.exception("duty died", duty=name)
        else:
            if stop.is_set():
                return
            log.error("duty ended although nobody asked", duty=name)
        self._end_with(Exit.DUTY_DIED)
        self._ask_to_stop()

    def _ask_to_stop(self) -> None:
        """From now on the time runs, for the kernel too: a blocked loop or thread must not keep the process alive."""
        signal.alarm(int(self._stop_seconds) + _KILLED_AFTER)
        self._process.stop.set()

    def _end_with(self, code: Exit) -> None:
        """The first cause stands."""
        if self._code is Exit.STOPPED:
            self._code = code
