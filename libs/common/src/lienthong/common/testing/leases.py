"""Who needs the servers: one file per process, so that the last one out stops them and a crashed one does not count."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from lienthong.common.testing.daemon import is_alive


class Leases:
    """The processes that use one instance. Call its methods while holding the folder's lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, pid: int | None = None) -> None:
        """Note that the process (by default this one) needs the servers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file(os.getpid() if pid is None else pid).touch()

    def give_back(self, pid: int | None = None) -> bool:
        """Drop the process's lease; answers whether nobody is left who needs the servers."""
        self._file(os.getpid() if pid is None else pid).unlink(missing_ok=True)
        return not self.holders()

    def holders(self) -> list[int]:
        """Living processes with a lease; those of dead ones are removed."""
        alive: list[int] = []
        for lease in sorted(self._folder.glob("*-*")):
            pid, _, born = lease.name.partition("-")
            if _birth(int(pid)) == born:
                alive.append(int(pid))
            else:
                lease.unlink(missing_ok=True)
        return alive

    def _file(self, pid: int) -> Path:
        return self._folder / f"{pid}-{_birth(pid)}"


def _birth(pid: int) -> str | None:
    # With the time of birth a lease is not inherited by whichever process gets the same pid later.
    try:
        process = psutil.Process(pid)
        return str(round(process.create_time())) if is_alive(process) else None
    except psutil.NoSuchProcess:
        return None
