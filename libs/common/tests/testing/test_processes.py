"""Child processes of tests: started, shown, always reaped."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lienthong.common.testing.errors import ServerDidNotStart
from lienthong.common.testing.processes import ChildProcess, Processes, http_ready

WAITS = "import time; print('ready', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAITS
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); {WAITS}"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Processes]:
    all_of_them = Processes(tmp_path)
    yield all_of_them
    all_of_them.end()


def start(started: Processes, script: str, **environment: str) -> ChildProcess:
    child = started.start([sys.executable, "-c", script], name="child", environment=environment)
    child.wait_until(lambda: "ready" in child.output())
    return child


def test_a_child_gets_its_environment_and_its_words_are_kept(started: Processes) -> None:
    child = start(started, f"import os; print(os.environ['WHO']); {WAITS}", WHO="Văn thư")
    assert "Văn thư" in child.output()
    assert child.log.name in child.last_lines()


def test_a_child_ends_on_request_with_its_exit_code(started: Processes) -> None:
    child = start(started, f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); {WAITS}")
    assert child.terminate() == 3
    assert not child.alive


def test_a_frozen_child_is_thawed_to_be_terminated(started: Processes) -> None:
    child = start(started, WAITS)
    child.freeze()
    assert psutil.Process(child.pid).status() == psutil.STATUS_STOPPED
    assert child.terminate() < 0


def test_a_stubborn_child_is_killed_and_said_to_be_stubborn(started: Processes) -> None:
    child = start(started, STUBBORN)
    with pytest.raises(subprocess.TimeoutExpired):
        child.terminate(patience=0.2)
    assert not child.alive


def test_the_end_takes_grandchildren_along(started: Processes) -> None:
    child = start(started, PARENT)
    (grandchild,) = psutil.Process(child.pid).children()
    started.end()
    psutil.wait_procs([grandchild], timeout=5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_the_end_finds_grandchildren_of_a_child_that_is_gone(started: Processes) -> None:
    child = start(started, PARENT)
    (grandchild,) = psutil.Process(child.pid).children()
    child.popen.kill()
    child.popen.wait()
    started.end()
    psutil.wait_procs([grandchild], timeout=5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_a_child_that_ends_before_it_is_ready_is_reported_with_its_words(started: Processes) -> None:
    child = started.start([sys.executable, "-c", "raise SystemExit('no database')"], name="child")
    with pytest.raises(ServerDidNotStart, match=r"ended with 1[\s\S]*no database"):
        child.wait_until(lambda: False)


def test_a_role_is_a_module_of_the_tests_own_interpreter(started: Processes) -> None:
    child = started.start_role("nowhere", "worker", environment={})
    child.popen.wait(timeout=20)
    assert "lienthong.nowhere" in child.output()


def test_a_second_start_has_a_log_of_its_own(started: Processes) -> None:
    assert start(started, WAITS).log != start(started, WAITS).log


@pytest.mark.parametrize("status", [200, 503])
def test_ready_is_an_answer_of_200(status: int) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/health/ready"
        assert http_ready(url)() is (status == 200)
        server.shutdown()
    assert not http_ready(url)()
