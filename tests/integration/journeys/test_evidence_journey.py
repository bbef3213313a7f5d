"""A clerk gets evidence of a document by one command, and a stranger verifies it with the anchor alone."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.journeys.commanding import environment
from tests.integration.journeys.province import JUSTICE, OFFICE, opened, read_all, send

from lienthong.sdk import StatusCode
from lienthong.sdk.items import Letter

pytestmark = [pytest.mark.xdist_group("platform"), pytest.mark.requirement("N5")]


async def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """`lienthong evidence …`: its exit code and its lines of JSON."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lienthong.sdk", "evidence", *arguments, "--json",
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, [json.loads(line) for line in out.splitlines()]


async def test_evidence_of_every_recipient_and_of_oneself(
    finance: Path, justice: Path, office: Path, tmp_path: Path
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(sender)
        await read_all(recipient)
        sent = await send(sender, JUSTICE, OFFICE)
        *_, letter = [item async for item in recipient.inbox()]
        assert isinstance(letter, Letter)
        await recipient.report(letter, StatusCode.RECEIVED)
        await recipient.acknowledge(letter)
        anchors = str(sender.profile.anchors)
    code, lines = await run("get", str(sent.message_id), "--save", str(tmp_path / "a"), "--profile", str(finance))
    assert (code, [line["valid"] for line in lines]) == (0, [True, True])
    code, (own,) = await run(
        "get", letter.symbol, "--attachments", "--save", str(tmp_path / "b"), "--profile", str(justice)
    )
    assert (code, own["valid"]) == (0, True)
    assert own["proven"]["attached"] == own["proven"]["attachments"]
    code, (told,) = await run("verify", own["file"], "--trust", anchors)
    assert (code, told["proven"]["message_id"]) == (0, str(sent.message_id))
    nobody = await run("get", str(sent.message_id), "--to", "000.00.99.H53", "--profile", str(finance))
    assert nobody[0] == 2
