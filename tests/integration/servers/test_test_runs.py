"""Test runs share one pair of servers: workers, neighbours, and a run after one that was killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lienthong.common.testing.leases import Leases
from lienthong.common.testing.postgres_files import remove_home

from .conftest import bare_environment, left_behind

SUITE = """
import pathlib, time

def note(servers, name):
    with (pathlib.Path(__file__).parent / "seen").open("a") as file:
        file.write(f"{name} {servers.kafka_pid} {servers.postgres_pid}\\n")

def test_first(servers):
    note(servers, "first")

def test_second(servers, postgres_dsn):
    note(servers, "second")

def test_third(servers):
    note(servers, "third")
    while (pathlib.Path(__file__).parent / "wait").exists():
        time.sleep(0.05)
"""

FAILING = """
import sys

def test_with_a_child(processes):
    child = processes.start([sys.executable, "-c", "print('what the child said')"], name="child")
    child.popen.wait(20)
    assert not child.output()
"""


class Run:
    """A suite with the plugin in a root folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".lienthong" / "tests"
        (root / "pytest.ini").write_text("[pytest]\n", "utf-8")
        (root / "test_suite.py").write_text(SUITE, "utf-8")

    def start(self, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "lienthong.common.testing.plugin", *options]
        out = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.root, env=bare_environment(), stdout=out, text=True)

    def ended_well(self, tests: subprocess.Popen[str]) -> None:
        """Wait for the end of a run; what it said is shown where it failed."""
        said, _ = tests.communicate(timeout=120)
        assert tests.returncode == 0, said

    def servers_seen(self) -> list[list[str]]:
        return [line.split()[1:] for line in (self.root / "seen").read_text("utf-8").splitlines()]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    one = Run(tmp_path)
    yield one
    for process in left_behind(one.folder):
        process.kill()
    remove_home(one.folder / "postgres" / "data")


def test_all_workers_use_one_pair_that_ends_with_the_run(run: Run) -> None:
    with run.start("-n", "2") as tests:
        run.ended_well(tests)
    seen = run.servers_seen()
    assert len(seen) == 3
    assert all(pair == seen[0] for pair in seen)
    assert left_behind(run.folder) == []


def test_a_run_after_a_killed_one_takes_its_servers_over_and_stops_them(run: Run) -> None:
    (run.root / "wait").touch()
    with run.start("-p", "no:xdist") as killed:
        wait_for_lines(run, 3)
        killed.kill()
    (run.root / "wait").unlink()
    assert left_behind(run.folder)
    with run.start("-p", "no:xdist") as tests:
        run.ended_well(tests)
    seen = run.servers_seen()
    assert len(seen) == 6
    assert seen[0] == seen[-1]
    assert left_behind(run.folder) == []


def test_of_two_runs_side_by_side_the_last_one_out_stops_the_servers(run: Run) -> None:
    (run.root / "wait").touch()
    with run.start("-p", "no:xdist") as long:
        wait_for_lines(run, 3)
        with run.start("-p", "no:xdist", "-k", "first or second") as short:
            run.ended_well(short)
        assert Leases(run.folder / "leases").holders() == [long.pid]
        assert left_behind(run.folder)
        (run.root / "wait").unlink()
        run.ended_well(long)
    seen = run.servers_seen()
    assert all(pair == seen[0] for pair in seen)
    assert left_behind(run.folder) == []


def test_what_a_child_said_is_shown_where_its_test_fails(run: Run) -> None:
    (run.root / "test_suite.py").write_text(FAILING, "utf-8")
    with run.start("-p", "no:xdist") as tests:
        output, _ = tests.communicate(timeout=60)
    assert tests.returncode == 1
    assert "log of child" in output
    assert "what the child said" in output


def wait_for_lines(run: Run, lines: int) -> None:
    deadline = time.monotonic() + 60
    while not (run.root / "seen").exists() or len(run.servers_seen()) < lines:
        assert time.monotonic() < deadline
        time.sleep(0.02)
