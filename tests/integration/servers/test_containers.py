"""What the containers of docker-compose.yml run, run as processes: with their settings, health checks and signals."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.repository.compose import ROOT, Contained

from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.ports import free_port
from lienthong.common.testing.processes import ChildProcess, Processes

SERVICES = Contained.read()


@dataclass(frozen=True, slots=True)
class AsProcess:
    """A container of ours, with its folders, hosts and port brought to this machine, and nothing else of it changed."""

    contained: Contained
    folder: Path
    servers: PrivateServers
    port: int

    @property
    def command(self) -> list[str]:
        """Its command with its environment alone."""
        path = f"PATH={Path(sys.executable).parent}:{os.defpath}"
        told = self.contained.told["environment"]
        return ["env", "-i", path, *(f"{name}={self._here(str(value))}" for name, value in told.items()), *self._argv()]

    def is_healthy(self) -> bool:
        """What the engine learns from its health check."""
        _, program, *arguments = self.contained.told["healthcheck"]["test"]
        assert program == "python"
        command = [sys.executable, *(self._here(each) for each in arguments)]
        return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0

    def _argv(self) -> Sequence[str]:
        return [self._here(each) for each in self.contained.told["command"]]

    def _here(self, text: str) -> str:
        postgres = urlsplit(self.servers.addresses.postgres)
        if text == "8000":
            return str(self.port)
        for there, here in (
            ("127.0.0.1:8000", f"127.0.0.1:{self.port}"),
            ("kafka:9092", self.servers.addresses.kafka),
            ("@postgres:5432", f"@{postgres.hostname}:{postgres.port}"),
            ("/usr/local/bin/lienthong-prepare", str(ROOT / "deploy/compose/prepare.sh")),
            ("/keys", str(self.folder / "keys")),
            ("/data", str(self.folder / "data")),
            ("/tmp/run", str(self.folder / self.contained.name)),
        ):
            if there in text:
                text = text.replace(there, here)
        return text


def test_the_containers_of_the_compose_file_run(
    tmp_path: Path, private_servers: PrivateServers, processes: Processes
) -> None:
    keys = tmp_path / "keys"
    (keys / "postgres").mkdir(parents=True)
    (keys / "postgres/password").write_text(urlsplit(private_servers.addresses.postgres).password or "", "utf-8")
    ours = {
        name: AsProcess(each, tmp_path, private_servers, free_port()) for name, each in SERVICES.items() if each.is_ours
    }
    for time in ("first", "second"):
        prepared = processes.start(ours["prepare"].command, name=f"prepare-{time}")
        assert prepared.popen.wait(timeout=60) == 0, prepared.output()
    assert [path for path in keys.rglob("*.key") if path.stat().st_mode & 0o077] == []

    assert not ours["accounts"].is_healthy()
    started = {name: _started(processes, ours[name]) for name in ("accounts", "exchange")}
    for name, child in started.items():
        child.wait_until(ours[name].is_healthy, timeout=90)
    assert [child.terminate(patience=35) for child in started.values()] == [0, 0]


def _started(processes: Processes, container: AsProcess) -> ChildProcess:
    return processes.start(container.command, name=container.contained.name)
