"""The exchange's whole audit log is verified on its host, and from a copy by somebody who has the anchors alone."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import World

from lienthong.common.testing.daemon import plain_environment

pytestmark = pytest.mark.requirement("N5")


def lienthong(*arguments: str, **settings: str) -> Any:
    """What the command says to a program; it ends with 0."""
    done = subprocess.run(
        [sys.executable, "-m", "lienthong.sdk", *arguments, "--json"],
        env={**plain_environment(), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


async def test_the_log_is_whole_on_the_host_and_for_an_auditor(
    province: Province, exchange: Running, world: World, tmp_path: Path
) -> None:
    first, second = await world.agencies(2)
    for _ in range(3):
        await first.send(second)
    settings, copy = province.environment(exchange.name, 0), str(tmp_path / "exchange.audit")
    ops = ("ops", "--service", "exchange", "audit")
    report = await asyncio.to_thread(lienthong, *ops, "verify", **settings)
    assert (report["service"], report["valid"], report["findings"]) == ("exchange", True, [])
    written = await asyncio.to_thread(lienthong, *ops, "export", copy, **settings)
    judged = await asyncio.to_thread(
        lienthong, "audit", "verify", copy, "--trust", str(province.folder / "anchors.pem")
    )
    assert (judged["valid"], judged["blocks"], judged["records"]) == (True, written["blocks"], written["rows"])
    assert judged["records"] + judged["waiting"] >= report["records"] + report["waiting"] + 1
