"""A starter that was killed while it laid the data folders: the next start clears up and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lienthong.common.testing.failures import private_servers

from .conftest import COMMAND, bare_environment, left_behind


@pytest.mark.parametrize("part", ["pki", "kafka/draft", "kafka/data", "postgres/data", "postgres/data/draft/base/1"])
def test_a_start_after_a_kill_in_the_middle_of_the_first_one(folder: Path, part: str) -> None:
    kill_starter_when(folder, part)
    with private_servers(folder) as pair:
        assert pair.addresses.kafka_pid
        assert pair.addresses.postgres_pid
    assert not (folder / "kafka" / "draft").exists()
    assert left_behind(folder) == []


def test_half_formatted_storage_is_laid_anew(folder: Path) -> None:
    draft = folder / "kafka" / "draft"
    draft.mkdir(parents=True)
    (draft / "meta.properties").write_text("version=1\ncluster.id=", "utf-8")
    cluster = folder / "postgres" / "data" / "draft"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("18\n", "utf-8")
    with private_servers(folder) as pair:
        assert pair.addresses.postgres_pid
        assert (folder / "postgres" / "data").resolve().joinpath("cluster", "PG_VERSION").exists()


def kill_starter_when(folder: Path, part: str) -> None:
    """Start, and kill the starter with all its children as soon as `part` exists, as a power cut would."""
    starter = subprocess.Popen(
        [*COMMAND, "up", "--folder", str(folder)], env=bare_environment(), start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not (folder / part).exists() and starter.poll() is None:
        assert time.monotonic() < deadline
    os.killpg(starter.pid, signal.SIGKILL)
    for process in left_behind(folder):
        process.kill()
    starter.wait()
