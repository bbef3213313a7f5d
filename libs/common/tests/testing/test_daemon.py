"""Background processes are found again, and nobody else is taken for one."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from lienthong.common.testing.daemon import Daemon, plain_environment
from lienthong.common.testing.errors import ServerDidNotStart, ServersError

# Says when it is up; ends on SIGTERM with a word, unless told to be stubborn. Its child sleeps beside it.
SCRIPT = """
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
def end(number, frame):
    child.kill()
    print("stopped", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in sys.argv else end)
print("up", flush=True)
while True:
    time.sleep(60)
"""


class Example:
    """A daemon of the script above, in a folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.mark = f"mark-{uuid4().hex}"
        self.daemon = self.again(folder)
        self.arguments = arguments

    def again(self, folder: Path) -> Daemon:
        return Daemon("example", folder, mark=self.mark, stop_signal=signal.SIGTERM)

    def start(self) -> psutil.Process:
        command = [sys.executable, "-c", SCRIPT, self.mark, *self.arguments]
        self.daemon.spawn(command, environment=plain_environment())
        self.daemon.wait_until(lambda: "up" in self.daemon.console.read_text("utf-8"), timeout=20)
        process = self.daemon.process()
        assert process is not None
        return process


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Example]:
    one = Example(tmp_path)
    yield one
    one.daemon.kill()


def test_a_daemon_is_found_by_another_starter_through_its_pid_file(example: Example, tmp_path: Path) -> None:
    process = example.start()
    assert example.again(tmp_path).pid == process.pid


def test_a_daemon_without_a_pid_file_is_found_by_its_mark(example: Example, tmp_path: Path) -> None:
    process = example.start()
    (tmp_path / "pid").unlink()
    assert example.again(tmp_path).pid == process.pid


@pytest.mark.parametrize("content", ["", "{", "{}", '{"pid": 4194303, "started": 1}', '{"pid": "x", "started": 1}'])
def test_a_pid_file_without_truth_names_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "pid").write_text(content, "utf-8")
    assert Example(tmp_path).daemon.pid is None


def test_a_pid_given_to_another_process_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(json.dumps({"pid": os.getpid(), "started": 1.0}), "utf-8")
    daemon = Example(tmp_path).daemon
    assert daemon.pid is None
    daemon.stop()
    daemon.kill()


def test_stop_lets_the_process_end_by_itself(example: Example) -> None:
    example.start()
    example.daemon.stop()
    assert example.daemon.pid is None
    assert "stopped" in example.daemon.console.read_text("utf-8")


def test_stop_kills_a_stubborn_process_with_its_children(tmp_path: Path) -> None:
    example = Example(tmp_path, "stubborn")
    process = example.start()
    family = [process, *process.children(recursive=True)]
    example.daemon.stop(patience=0.3)
    assert len(family) == 2
    assert not any(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in family)


def test_a_frozen_process_is_thawed_to_be_stopped(example: Example) -> None:
    process = example.start()
    example.daemon.freeze()
    assert process.status() == psutil.STATUS_STOPPED
    example.daemon.stop()
    assert "stopped" in example.daemon.console.read_text("utf-8")


def test_freeze_and_thaw_reach_the_children_too(example: Example) -> None:
    process = example.start()
    (child,) = process.children()
    example.daemon.freeze()
    assert child.status() == psutil.STATUS_STOPPED
    example.daemon.thaw()
    assert child.status() != psutil.STATUS_STOPPED


def test_nothing_that_does_not_run_can_be_frozen(tmp_path: Path) -> None:
    with pytest.raises(ServersError, match="not running"):
        Example(tmp_path).daemon.freeze()


def test_a_process_that_ends_while_starting_is_reported_with_its_words(tmp_path: Path) -> None:
    daemon = Example(tmp_path).daemon
    daemon.spawn([sys.executable, "-c", "print('port is taken')"], environment=plain_environment())
    with pytest.raises(ServerDidNotStart, match="port is taken"):
        daemon.wait_until(lambda: False, timeout=20)


def test_a_process_that_stays_silent_is_reported_after_the_time_limit(example: Example) -> None:
    example.start()
    with pytest.raises(ServerDidNotStart, match=r"not ready after 0 s[\s\S]*up"):
        example.daemon.wait_until(lambda: False, timeout=0.1)


def test_servers_get_none_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIENTHONG_KAFKA", "PGPORT", "PGDATA", "JAVA_TOOL_OPTIONS", "KAFKA_OPTS"):
        monkeypatch.setenv(name, "surprise")
    assert "surprise" not in plain_environment().values()
