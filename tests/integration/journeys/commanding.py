"""Commands as agencies type them: behind pipes, and on a terminal."""

import asyncio
import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lienthong.common.testing.daemon import plain_environment


def command(profile: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "lienthong.sdk", "agency", *arguments, "--profile", str(profile)]


def environment(**more: str) -> dict[str, str]:
    return {**plain_environment(), "LANG": "vi_VN.UTF-8", "TERM": "xterm", "COLUMNS": "120", **more}


async def run(profile: Path, *arguments: str) -> list[dict[str, Any]]:
    """A command behind pipes; its lines of JSON."""
    process = await asyncio.create_subprocess_exec(
        *command(profile, *arguments, "--json"), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert err == b""
    return [json.loads(line) for line in out.splitlines()]


async def run_on_terminal(profile: Path, *arguments: str) -> str:
    """A command whose output and errors are one terminal; all that was shown there."""
    return await asyncio.to_thread(_run_on_terminal, command(profile, *arguments))


def _run_on_terminal(arguments: Sequence[str]) -> str:
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(arguments, env=environment(), stdout=theirs, stderr=theirs, stdin=theirs) as process:
            os.close(theirs)
            shown = bytearray()
            while True:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # as Linux says that nobody holds the other end any more
                    break
                if not piece:
                    break
                shown += piece
        assert process.returncode == 0, shown.decode(errors="replace")
        return shown.decode()
    finally:
        os.close(ours)
