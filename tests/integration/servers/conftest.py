"""What the tests of the servers share: the command line in a process of its own, and a look for what it left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lienthong.common.testing.daemon import is_alive
from lienthong.common.testing.postgres_files import remove_home

COMMAND = (sys.executable, "-m", "lienthong.common.testing")

CommandLine = Callable[..., "subprocess.CompletedProcess[str]"]


def bare_environment() -> dict[str, str]:
    """Ours without addresses: these tests are about starting servers, also where others are given."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("LIENTHONG_KAFKA", "LIENTHONG_P"))
    }


def left_behind(folder: Path) -> list[psutil.Process]:
    """Every living process that has the folder on its command line, or is a child of one."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in argument for argument in process.info["cmdline"] or ()) and is_alive(process)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder; whatever a failed test has left running on it is killed."""
    place = tmp_path / "servers"
    yield place
    for process in left_behind(place):
        process.kill()
    remove_home(place / "postgres" / "data")


@pytest.fixture
def command_line(folder: Path) -> CommandLine:
    """Runs `python -m lienthong.common.testing VERB --folder FOLDER …` to its end."""

    def run(verb: str, *more: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, verb, "--folder", str(folder), *more]
        settings = bare_environment() | (environment or {})
        return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120, check=False)

    return run
