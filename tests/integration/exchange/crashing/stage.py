"""Private servers, an exchange on them as one process or as one per role, and the hand that strikes it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil
from tests.integration.exchange.crashing.plans import Fault, Victim
from tests.integration.exchange.crashing.process import ORDER, Order
from tests.integration.exchange.province import Province, Running, free_port

from lienthong.common.testing.failures import PrivateServers

Layout = Literal["all", "split"]

ROLES: dict[Layout, tuple[str, ...]] = {"all": ("all",), "split": ("api", "worker", "relay", "timers")}

_ROOT = Path(__file__).parents[4]
_IDLE_IN_TRANSACTION = 15.0
_ABSENT_SECONDS = 0.3


@dataclass(slots=True)
class Stage:
    """The exchange under test. Whoever was killed is started again at the same address."""

    servers: PrivateServers
    province: Province
    layout: Layout = "all"
    running: dict[str, Running] = field(default_factory=dict[str, Running])
    port: int = field(default_factory=free_port)
    database: str = "crashing"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def order(self) -> Path:
        return self.province.folder / "order.json"

    def rise(self, layout: Layout) -> None:
        """The exchange in this layout, all of it live; what ran in another one is ended."""
        if self.running and layout == self.layout:
            return
        for running in self.running.values():
            running.child.terminate()
        self.layout, self.running = layout, {}
        assert self._start("migrate").child.popen.wait(60) == 0
        for role in ROLES[layout]:
            self.running[role] = self._start(role)
        for running in self.running.values():
            running.wait_live()

    def begin_anew(self) -> None:
        """Everybody up again, on an empty database."""
        for running in self.running.values():
            running.child.kill()
        self.running = {}
        self.order.unlink(missing_ok=True)
        self.database = f"crashing{free_port()}"
        self.servers.restart("postgres")
        self.servers.restart("kafka")

    def wait_ready(self) -> None:
        """Every process is ready."""
        for running in self.running.values():
            running.wait_ready()

    async def strike(self, faults: Sequence[Fault], over: asyncio.Event) -> list[Fault]:
        """Let the faults happen one after another, each at its moment; answers those whose moment never came."""
        left = list(faults)
        while left:
            self._give(left[0])
            while self.order.exists():
                if over.is_set() and self._withdraw():
                    return left
                await asyncio.sleep(0.005)
            print(f"{datetime.now(UTC):%H:%M:%S} {left[0]}")
            await self._carry_out(left.pop(0).victim)
        return []

    def _give(self, fault: Fault) -> None:
        sends = signal.SIGKILL if fault.victim is Victim.ITSELF else signal.SIGSTOP
        Order.at(fault.moment, fault.occurrence, sends).give(self.order)

    def _withdraw(self) -> bool:
        """Take the order back; False where it was taken already, and the blow is about to fall."""
        try:
            self.order.unlink()
        except FileNotFoundError:
            return False
        return True

    def show_logs(self) -> None:
        """What the processes said last, for whoever reads a failure."""
        for role, running in self.running.items():
            print(f"--- {role}", running.child.last_lines(30), sep="\n")

    def assert_all_alive(self) -> None:
        """Nobody died who was not killed."""
        for running in self.running.values():
            assert running.child.alive, running.child.last_lines()

    async def _carry_out(self, victim: Victim) -> None:
        """Whoever reached the moment is dead, and followed by another, or stands still."""
        if victim is Victim.ITSELF:
            return
        frozen = await self.frozen()
        match victim:
            case Victim.FROZEN:
                await asyncio.sleep(_IDLE_IN_TRANSACTION + 1)
                frozen.resume()
            case Victim.KAFKA | Victim.POSTGRES:
                which = "kafka" if victim is Victim.KAFKA else "postgres"
                await asyncio.to_thread(self.servers.kill, which)
                frozen.resume()
                await asyncio.sleep(_ABSENT_SECONDS)
                await asyncio.to_thread(self.servers.restart, which)
            case Victim.WORKER | Victim.RELAY:
                for exchange in self._exchanges(victim.name.lower() if self.layout == "split" else "all"):
                    exchange.kill()
                with contextlib.suppress(psutil.NoSuchProcess):
                    frozen.resume()

    async def frozen(self) -> psutil.Process:
        """The process that has obeyed an order to stand still."""
        async with asyncio.timeout(5):
            while True:
                for role in self.running:
                    for exchange in self._exchanges(role):
                        if exchange.status() == psutil.STATUS_STOPPED:
                            return exchange
                await asyncio.sleep(0.005)

    def _exchanges(self, role: str) -> list[psutil.Process]:
        """The child in which the exchange of this role runs; none in the moment between two of them."""
        return psutil.Process(self.running[role].child.pid).children()

    def _start(self, role: str) -> Running:
        port = self.port if role in {"all", "api"} else free_port()
        environment = self.province.environment(self.database, port) | {
            ORDER: str(self.order),
            "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]),
            "LIENTHONG_RUN_DIR": str(self.province.folder / "run" / role),
        }
        command = [sys.executable, "-m", "tests.integration.exchange.crashing.process", role]
        child = self.province.processes.start(command, name=f"exchange-{role}", environment=environment)
        return Running(self.province, self.database, child, port)
