"""An agency's programmer follows docs/own-topic.md: asks, gets a certificate, reads with the program of that page."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.journeys.province import FINANCE, opened, read_all, send

from lienthong.common.testing.daemon import plain_environment
from lienthong.common.testing.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

PAGE = Path(__file__).parents[3] / "docs/own-topic.md"


def run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 0 or not check, done.stdout + done.stderr
    return done.stdout


def agency(profile: Path, *arguments: str) -> dict[str, Any]:
    """`lienthong agency topic … --json`."""
    command = (sys.executable, "-m", "lienthong.sdk", "agency", "topic", *arguments)
    return json.loads(run(*command, "--profile", str(profile), "--json"))


def check_files(request: dict[str, Any]) -> None:
    """The key is its owner's alone and stands nowhere else."""
    assert Path(request["key"]).stat().st_mode & 0o077 == 0
    for name in ("csr", "certificate"):
        assert "PRIVATE KEY" not in Path(request[name]).read_text("utf-8")


async def test_the_page_leads_from_the_asking_to_verified_entries(
    platform: Platform, finance: Path, justice: Path, tmp_path: Path
) -> None:
    async with opened(finance) as own, opened(justice) as other:
        await read_all(own)
        told = await asyncio.to_thread(agency, finance, "open", "--wait", "30")
        assert told["state"] == "open", told
        sent = [await send(other, FINANCE) for _ in range(3)]
        request = await asyncio.to_thread(agency, finance, "csr")
        await asyncio.to_thread(
            platform.operator, "pki", "kafka-client", str(platform.places.authority), "--csr", request["csr"],
            "--agency-id", request["agency_id"], "--certificate", request["certificate"],
        )  # fmt: skip
        await asyncio.to_thread(check_files, request)
        settings = tmp_path / "settings.json"
        settings.write_text(json.dumps(await asyncio.to_thread(agency, finance, "settings")), "utf-8")
        program = tmp_path / "reader.py"
        program.write_text(re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0], "utf-8")
        assert "lienthong." not in "".join(line for line in program.open() if "import" in line)
        shown = await asyncio.to_thread(run, sys.executable, str(program), str(settings), platform.accounts_url)
        kind = "vn.lienthong.exchange.document_sent.v1"
        assert shown.splitlines() == [f"{told['from_n'] + place} {kind}" for place in range(len(sent))]
        again = await asyncio.to_thread(run, sys.executable, str(program), str(settings), platform.accounts_url)
        assert again == "", "the group goes on where it was"
        assert await read_all(own) == [str(one.message_id) for one in sent], "and it can be acknowledged"
        assert (await asyncio.to_thread(agency, finance, "close", "--yes"))["state"] == "ending"


def test_a_request_for_another_agency_gets_no_certificate(platform: Platform, finance: Path, tmp_path: Path) -> None:
    request = agency(finance, "csr")
    refused = platform.operator(
        "pki", "kafka-client", str(platform.places.authority), "--csr", request["csr"],
        "--agency-id", "0192f0a4-0000-7000-8000-000000000001", "--certificate", str(tmp_path / "c.pem"), check=False,
    )  # fmt: skip
    assert refused.returncode != 0
    assert not (tmp_path / "c.pem").exists()
