"""Folders, locks and secret files of an installation."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from lienthong.common.testing.errors import ServersError
from lienthong.common.testing.layout import Layout, cache_folder, local_settings, write_whole


def test_a_new_folder_can_be_passed_but_not_listed_by_others(tmp_path: Path) -> None:
    assert Layout.of(tmp_path / "a" / "b").folder.stat().st_mode & 0o777 == 0o711


def test_an_existing_folders_permissions_stay(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o700)
    assert Layout.of(folder).folder.stat().st_mode & 0o777 == 0o700


def test_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path)
    script = (
        "import sys, pathlib; from lienthong.common.testing.layout import Layout\n"
        "with Layout.of(pathlib.Path(sys.argv[1])).lock(): print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    with layout.lock():
        assert (tmp_path / "lock").exists()


def test_a_secret_is_never_readable_by_others(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    write_whole(secret, "a", mode=0o600)
    write_whole(secret, "b", mode=0o600)
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.read_text("utf-8") == "b"
    assert [each.name for each in tmp_path.iterdir()] == ["password"]


def test_the_checkouts_settings_and_cache_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIENTHONG_CACHE", raising=False)
    monkeypatch.delenv("LIENTHONG_LOCAL", raising=False)
    assert (local_settings() / "kafka.properties").is_file()
    assert cache_folder() == local_settings().parent.parent / ".lienthong" / "cache"


def test_settings_named_by_the_environment_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pom.xml").touch()
    monkeypatch.setenv("LIENTHONG_LOCAL", str(tmp_path))
    monkeypatch.setenv("LIENTHONG_CACHE", str(tmp_path / "cache"))
    assert local_settings() == tmp_path
    assert cache_folder() == tmp_path / "cache"


def test_an_installed_wheel_without_a_checkout_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LIENTHONG_LOCAL", raising=False)
    monkeypatch.setattr("lienthong.common.testing.layout.__file__", str(tmp_path / "layout.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ServersError, match="LIENTHONG_LOCAL"):
        local_settings()


def test_a_folder_may_be_made_by_many_at_once(tmp_path: Path) -> None:
    for number in range(50):
        folder, ready = tmp_path / str(number) / ".lienthong" / "tests", Barrier(8)

        def make(folder: Path = folder, ready: Barrier = ready) -> Layout:
            ready.wait(10)
            return Layout.of(folder)

        with ThreadPoolExecutor(8) as pool:
            assert {each.result().folder for each in [pool.submit(make) for _ in range(8)]} == {folder}
