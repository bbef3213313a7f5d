"""The last run out stops the shared servers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lienthong.common.testing.leases import Leases


def test_the_last_one_out_is_told_so(tmp_path: Path) -> None:
    leases = Leases(tmp_path / "leases")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        leases.take()
        leases.take(other.pid)
        assert sorted(leases.holders()) == sorted([os.getpid(), other.pid])
        assert not leases.give_back()
        assert leases.give_back(other.pid)
        other.communicate()


def test_a_process_that_died_holds_nothing(tmp_path: Path) -> None:
    leases = Leases(tmp_path / "leases")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        leases.take(other.pid)
        other.kill()
    assert leases.holders() == []
    assert list((tmp_path / "leases").iterdir()) == []


def test_a_pid_given_to_another_process_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "leases"
    folder.mkdir()
    (folder / f"{os.getpid()}-12345").touch()
    assert Leases(folder).holders() == []


def test_taken_twice_by_one_process_is_one_lease(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    leases.take()
    leases.take()
    assert leases.give_back()


def test_a_lease_that_was_never_taken_can_be_given_back(tmp_path: Path) -> None:
    assert Leases(tmp_path / "leases").give_back()
