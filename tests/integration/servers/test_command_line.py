"""`python -m lienthong.common.testing`: what `make up` and `make down` do, and what is left afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import COMMAND, CommandLine, bare_environment, left_behind


def test_up_leaves_servers_that_down_stops(folder: Path, command_line: CommandLine) -> None:
    up = command_line("up")
    assert up.returncode == 0, up.stderr
    settings = dict(line.split("=", 1) for line in up.stdout.splitlines())
    assert set(settings) == {
        "LIENTHONG_KAFKA", "LIENTHONG_KAFKA_AGENCIES", "LIENTHONG_KAFKA_AGENCIES_CA", "LIENTHONG_POSTGRES",
    }  # fmt: skip
    assert command_line("status").stdout == up.stdout
    assert command_line("up").stdout == up.stdout
    assert command_line("down").returncode == 0
    assert left_behind(folder) == []
    assert command_line("status").returncode == 3


def test_the_next_up_has_the_same_addresses_and_takes_less_than_four_seconds(command_line: CommandLine) -> None:
    first = command_line("up", "--json")
    command_line("down")
    began = time.monotonic()
    second = command_line("up", "--json")
    took = time.monotonic() - began
    command_line("down")
    names = ("LIENTHONG_KAFKA", "LIENTHONG_KAFKA_AGENCIES", "LIENTHONG_POSTGRES")
    before, after = json.loads(first.stdout), json.loads(second.stdout)
    assert [before[name] for name in names] == [after[name] for name in names]
    # Twice the promise: the machine that runs the tests is busy with other tests.
    assert took < 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_foreground_pair_ends_cleanly_on_a_signal(folder: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "up", "--foreground", "--folder", str(folder)],
        env=bare_environment(), stdout=subprocess.PIPE, text=True,
    ) as starter:  # fmt: skip
        assert starter.stdout is not None
        assert starter.stdout.readline().startswith("LIENTHONG_KAFKA=")
        assert len(left_behind(folder)) >= 3
        starter.send_signal(number)
        assert starter.wait(timeout=30) == 0
    assert left_behind(folder) == []
    assert "database system is shut down" in (folder / "postgres" / "console.log").read_text("utf-8")
    assert (folder / "kafka" / "data" / ".kafka_cleanshutdown").exists()


@pytest.mark.parametrize("part", ["kafka/server.log", "postgres/data"])
def test_a_signal_in_the_middle_of_a_start_leaves_no_process(folder: Path, part: str) -> None:
    with subprocess.Popen([*COMMAND, "up", "--folder", str(folder)], env=bare_environment()) as starter:
        wait_for((folder / part).exists)
        starter.terminate()
        assert starter.wait(timeout=30) == 130
    wait_for(lambda: not left_behind(folder))


def test_servers_whose_starter_was_killed_are_stopped_by_down(folder: Path, command_line: CommandLine) -> None:
    with subprocess.Popen(
        [*COMMAND, "up", "--foreground", "--folder", str(folder)],
        env=bare_environment(), stdout=subprocess.PIPE, text=True,
    ) as starter:  # fmt: skip
        assert starter.stdout is not None
        starter.stdout.readline()
        starter.kill()
    assert command_line("status").returncode == 0
    assert command_line("down").returncode == 0
    assert left_behind(folder) == []


def test_run_gives_a_command_servers_and_its_exit_code_back(folder: Path, command_line: CommandLine) -> None:
    script = "import os, sys; sys.exit(7 if os.environ['LIENTHONG_KAFKA'] else 1)"
    assert command_line("run", "--", sys.executable, "-c", script).returncode == 7
    assert left_behind(folder) == []


def test_what_the_servers_need_can_be_fetched_ahead(folder: Path, command_line: CommandLine) -> None:
    assert command_line("prepare").returncode == 0
    assert not folder.exists()


def test_down_and_status_make_nothing_where_nothing_is(folder: Path, command_line: CommandLine) -> None:
    assert command_line("down").returncode == 0
    assert command_line("status").returncode == 3
    assert not folder.exists()


@pytest.mark.parametrize(
    ("tools", "install"),
    [([], "apt-get install openjdk-17-jre-headless"), (["java"], "apt-get install maven")],
)
def test_a_missing_tool_is_named_with_the_command_that_installs_it(
    command_line: CommandLine, folder: Path, tmp_path: Path, tools: list[str], install: str
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for tool in tools:
        (programs / tool).symlink_to(Path("/usr/bin") / tool)
    without = {"PATH": str(programs), "JAVA_HOME": "", "LIENTHONG_CACHE": str(tmp_path / "cache")}
    up = command_line("up", environment=without)
    assert up.returncode == 1
    assert install in up.stderr
    assert "Traceback" not in up.stderr
    assert left_behind(folder) == []


def test_given_addresses_start_nothing(command_line: CommandLine, folder: Path) -> None:
    given = {"LIENTHONG_KAFKA": "broker:9092", "LIENTHONG_POSTGRES": "postgresql://db/postgres"}
    up = command_line("up", environment=given)
    assert up.stdout.splitlines() == [f"{name}={value}" for name, value in given.items()]
    assert left_behind(folder) == []


def test_half_an_address_pair_is_refused_in_plain_words(command_line: CommandLine) -> None:
    up = command_line("up", environment={"LIENTHONG_KAFKA": "broker:9092"})
    assert up.returncode == 1
    assert "LIENTHONG_POSTGRES" in up.stderr


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
