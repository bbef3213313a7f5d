"""A process lives wholly or not at all, and its exit code says how it ended."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from lienthong.common.testing.ports import free_port
from lienthong.common.testing.processes import ChildProcess, Processes, http_ready

Start = Callable[..., ChildProcess]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(processes: Processes, tmp_path: Path, port: int) -> Start:
    def start(role: str, *, fault: str = "", **changed: str) -> ChildProcess:
        environment = {
            "LIENTHONG_ENVIRONMENT": "training",
            "LIENTHONG_KAFKA": "127.0.0.1:1",
            "LIENTHONG_POSTGRES": "postgresql://nobody@127.0.0.1:1/none",
            "LIENTHONG_ANCHORS": str(tmp_path),
            "LIENTHONG_RUN_DIR": str(tmp_path / "run"),
            "LIENTHONG_HTTP_PORT": str(port),
            "LIENTHONG_SMALL_FAULT": fault,
        } | changed
        program = str(Path(__file__).with_name("small_service.py"))
        return processes.start([sys.executable, program, role], name=role, environment=environment)

    return start


def started(child: ChildProcess, port: int) -> None:
    child.wait_until(http_ready(f"http://127.0.0.1:{port}/health/live"))


def log_lines(child: ChildProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in child.output().splitlines() if line.startswith("{")]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_every_duty_and_closes_the_parts(start: Start, port: int, sent: signal.Signals) -> None:
    child = start("all")
    started(child, port)
    os.kill(child.pid, sent)
    assert child.popen.wait(10) == 0
    output = child.output()
    assert "migrated" in output
    for said in ("worker finished", "companion finished"):
        assert output.index(said) < output.index("parts closed")


def test_a_request_under_way_is_answered_before_the_end(start: Start, port: int) -> None:
    child = start("api")
    started(child, port)
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(httpx.get(f"http://127.0.0.1:{port}/v1/slow", timeout=10).status_code)
    )
    asking.start()
    time.sleep(0.3)
    assert child.terminate() == 0
    asking.join()
    assert answers == [200]


def test_the_server_does_not_say_what_it_is(start: Start, port: int) -> None:
    started(start("api"), port)
    assert "server" not in httpx.get(f"http://127.0.0.1:{port}/health/live").headers


def test_a_role_without_an_api_answers_health_and_metrics(start: Start, port: int) -> None:
    child = start("worker")
    started(child, port)
    assert httpx.get(f"http://127.0.0.1:{port}/health/ready").json() == {"status": "ready"}
    assert "process_cpu_seconds_total" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert "migrated" not in child.output()


@pytest.mark.parametrize("fault", ["dies", "ends"])
def test_a_duty_that_ends_takes_the_process_down(start: Start, port: int, fault: str) -> None:
    child = start("all", fault=fault)
    assert child.popen.wait(10) == 70
    output = child.output()
    assert "parts closed" in output
    assert "companion finished" in output
    assert "secret words" not in output
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health/live")


def test_a_duty_that_does_not_stop_is_cancelled_in_time(start: Start, port: int) -> None:
    child = start("worker", fault="deaf")
    started(child, port)
    began = time.monotonic()
    assert child.terminate() == 75
    assert time.monotonic() - began < 6


def test_a_second_signal_does_not_wait(start: Start, port: int) -> None:
    child = start("worker", fault="deaf")
    started(child, port)
    child.popen.terminate()
    time.sleep(0.3)
    child.popen.terminate()
    assert child.popen.wait(2) == 75


def test_a_blocked_loop_is_ended_by_the_kernel(start: Start, port: int) -> None:
    child = start("worker", fault="blocks")
    started(child, port)
    assert child.terminate() == -signal.SIGALRM


def test_parts_that_cannot_be_built_end_the_process(start: Start) -> None:
    child = start("all", fault="parts")
    assert child.popen.wait(10) == 1
    assert any(line["event"] == "not started" for line in log_lines(child))


def test_a_signal_during_the_start_ends_it(start: Start) -> None:
    child = start("worker", fault="slow parts")
    child.wait_until((child.log.parent.parent / "run" / "small-worker.pid").exists)
    time.sleep(0.5)
    assert child.terminate() == 0


def test_migrate_ends_by_itself(start: Start) -> None:
    child = start("migrate")
    assert child.popen.wait(10) == 0
    assert "migrated" in child.output()


def test_an_unknown_role_is_refused(start: Start) -> None:
    assert start("api2").popen.wait(10) == 64


def test_wrong_settings_are_named_and_refused(start: Start) -> None:
    child = start("api", LIENTHONG_ENVIRONMENT="somewhere")
    assert child.popen.wait(10) == 78
    assert "LIENTHONG_ENVIRONMENT" in child.output()


class TestPidFile:
    def test_names_the_process_and_goes_with_it(self, start: Start, port: int, tmp_path: Path) -> None:
        child, pid_file = start("worker"), tmp_path / "run" / "small-worker.pid"
        started(child, port)
        assert int(pid_file.read_text()) == child.pid
        child.terminate()
        assert not pid_file.exists()

    def test_a_second_process_of_the_role_is_refused(self, start: Start, port: int, tmp_path: Path) -> None:
        first = start("worker")
        started(first, port)
        assert start("worker").popen.wait(10) == 78
        assert int((tmp_path / "run" / "small-worker.pid").read_text()) == first.pid

    def test_what_a_killed_process_left_stops_nobody(self, start: Start, port: int, tmp_path: Path) -> None:
        first = start("worker")
        started(first, port)
        first.kill()
        assert (tmp_path / "run" / "small-worker.pid").exists()
        second = start("worker")
        started(second, port)
        assert int((tmp_path / "run" / "small-worker.pid").read_text()) == second.pid


def test_every_line_of_the_log_is_json_with_its_origin(start: Start, port: int) -> None:
    child = start("api")
    started(child, port)
    child.terminate()
    said = log_lines(child)
    assert {line["event"] for line in said} >= {"started", "listening", "signal", "stopped"}
    assert all((line["service"], line["role"], line["pid"]) == ("small", "api", child.pid) for line in said)
