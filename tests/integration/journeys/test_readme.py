"""The ten lines of the SDK's README do what they say."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from tests.integration.journeys.province import FINANCE, opened, read_all, send

import lienthong.sdk

pytestmark = pytest.mark.xdist_group("platform")


async def test_the_readme_example_sends_reads_and_acknowledges(
    finance: Path, justice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (Path(__file__).parents[3] / "sdk" / "python" / "README.md").read_text("utf-8")
    program, draft = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    profiles = tmp_path / ".config" / "lienthong"
    profiles.mkdir(parents=True)
    (profiles / "so-tai-chinh").symlink_to(finance)
    (tmp_path / "cong-van.pdf").write_bytes(b"%PDF-1.7\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    async with opened(justice) as other, opened(finance) as own:
        await read_all(other)
        await read_all(own)
        sent = await send(other, FINANCE)
        names: dict[str, Any] = {**vars(lienthong.sdk), "Path": Path}
        exec(f"from datetime import date\n{program}\n{draft}", names)
        await run_until_acknowledged(names["exchange_letters"](names["draft"]), finance)
        assert len(await read_all(other)) == 1
        assert await read_all(own) == []
    assert "Sở Tư pháp" in capsys.readouterr().out
    assert sent.receipt.lane == "ordinary"


async def run_until_acknowledged(program: Any, profile: Path) -> None:
    """The example follows its inbox for ever: it is ended once it has acknowledged."""
    running = asyncio.create_task(program)
    before = count_acknowledged(profile)
    async with asyncio.timeout(20):
        while count_acknowledged(profile) == before and not running.done():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def count_acknowledged(profile: Path) -> int:
    """Receipts of acknowledgements in the profile."""
    return len(list(profile.glob("acknowledged/*.json")))
