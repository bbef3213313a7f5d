"""Two agencies suspect that documents are missing between them, and find out by files that they hand each other."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.integration.journeys.commanding import command, environment, run
from tests.integration.journeys.province import Province, compose, opened, send

from lienthong.common.clock import SystemClock, local_day
from lienthong.sdk import Priority

pytestmark = pytest.mark.xdist_group("platform")

TRADE, CULTURE = "000.00.02.H53", "000.00.15.H53"
"""Agencies with which no other journey exchanges anything."""


async def compare(profile: Path, one: Path, other: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code and what is told."""
    arguments = command(profile, "reconcile", "compare", str(one), str(other), *options, "--json")
    done = await asyncio.to_thread(
        subprocess.run, arguments, env=environment(), capture_output=True, check=False, text=True
    )
    return done.returncode, json.loads(done.stdout)


async def make(profile: Path, counterpart: str, path: Path) -> dict[str, Any]:
    today = local_day(SystemClock().now()).isoformat()
    arguments = ["--from", today, "--to", today, "--save", str(path)]
    (told,) = await run(profile, "reconcile", "make", counterpart, *arguments)
    return told


@pytest.mark.requirement("N5")
async def test_two_agencies_agree_until_one_loses_a_document_and_then_name_it(
    province: Province, tmp_path: Path
) -> None:
    trade = await asyncio.to_thread(province.enrol, TRADE)
    culture = await asyncio.to_thread(province.enrol, CULTURE)
    async with opened(trade) as sender, opened(culture) as other:
        lost = await send(sender, CULTURE)
        letter = await compose(sender, [CULTURE])
        express = letter.other.model_copy(update={"priority": Priority.EXPRESS})
        await sender.send(letter.model_copy(update={"other": express}))
        withdrawn = await send(sender, CULTURE)
        await sender.take_back(withdrawn.message_id, "Gửi nhầm nơi nhận")
        await send(other, TRADE)
    await run(culture, "receive", "--save", str(tmp_path / "in"))
    await run(trade, "receive", "--save", str(tmp_path / "back"))

    ours, theirs = tmp_path / "ours.jsonl", tmp_path / "theirs.jsonl"
    first, second = await asyncio.gather(make(trade, CULTURE, ours), make(culture, TRADE, theirs))
    assert first["own_gaps"] == second["own_gaps"] == []
    assert str(withdrawn.message_id).encode() not in ours.read_bytes() + theirs.read_bytes()
    code, told = await compare(culture, ours, theirs)
    assert (code, told["equal"], told["gaps"]) == (0, True, [])
    assert all(each["state"] == "equal" and each["sent"] == each["received"] for each in told["days"])
    assert {each["lane"] for each in told["days"]} == {"urgent", "ordinary"}
    trust = ["--trust", str(province.platform.anchors)]
    code, offline = await compare(culture, theirs, ours, *trust)
    assert (code, offline["equal"]) == (0, True)

    (trade / "sent" / f"{lost.message_id}.json").unlink()
    (gap,) = (await make(trade, CULTURE, ours))["own_gaps"]
    assert gap["counted"] == gap["kept"] + 1
    code, told = await compare(trade, ours, theirs, *trust)
    ((kind, message_id),) = [(each["kind"], each["entry"]["message_id"]) for each in told["gaps"]]
    assert (code, kind, message_id) == (1, "not_sent", str(lost.message_id))

    theirs.write_bytes(theirs.read_bytes().replace(b'"ordinary"', b'"urgent"', 1))
    code, told = await compare(trade, ours, theirs, *trust)
    assert (code, told["error"]["code"]) == (2, "sdk_commitment_refused")
