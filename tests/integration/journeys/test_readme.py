"""The programs of the READMEs do what they say."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.journeys.endpoint import served, until_taken
from tests.integration.journeys.province import FINANCE, JUSTICE, compose, opened, read_all, send

import lienthong.sdk
from lienthong.sdk import Lane, Letter, Secrecy, StatusCode, StatusNotice

pytestmark = pytest.mark.xdist_group("platform")


ROOT = Path(__file__).parents[3]


def programs_of(page: str) -> list[str]:
    """The Python of a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)


def names_of(*programs: str) -> dict[str, Any]:
    """What the programs define, read with what the SDK offers and nothing else."""
    names: dict[str, Any] = {**vars(lienthong.sdk), "Path": Path, "Any": Any, "Callable": Callable}
    for program in programs:
        exec(f"from datetime import date\n{program}", names)
    return names


def test_both_pages_show_the_same_ten_lines() -> None:
    program = programs_of("sdk/python/README.md")[0]
    assert programs_of("README.md") == [program]
    assert len(program.splitlines()) == 10


async def test_the_readme_example_sends_reads_reports_and_acknowledges(
    finance: Path, justice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = names_of(*programs_of("sdk/python/README.md"))
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
        await run_until_acknowledged(names["exchange_letters"](names["draft"]), finance)
        letter, notice = [item async for item in other.inbox()]
        assert isinstance(letter, Letter)
        assert isinstance(notice, StatusNotice)
        assert (notice.document_message_id, notice.status) == (sent.message_id, StatusCode.ARRIVED)
        await other.acknowledge(notice)
        assert await read_all(own) == []
    assert "Sở Tư pháp" in capsys.readouterr().out


async def test_the_other_examples_of_the_readme_do_what_they_say(
    finance: Path, justice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = names_of(*programs_of("sdk/python/README.md"))
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(sender)
        await read_all(recipient)
        refused = await compose(sender, [JUSTICE], secrecy=Secrecy.SECRET)
        await names["send_many"](sender, [await compose(sender, [JUSTICE]), refused])
        (letter,) = [item async for item in recipient.inbox()]
        await recipient.acknowledge(letter)
        await names["handled"](recipient, letter)
        notices = [item async for item in sender.inbox()]
        for item in (letter, *notices):
            await names["handle"](item)
        await sender.acknowledge(notices[-1])
    shown = capsys.readouterr().out
    assert [notice.title[:2] for notice in notices] == ["03", "04", "06"]
    assert "Nguyễn Văn Minh" in shown
    assert "Đã có công văn 88/STP-VB" in shown


async def test_the_receiver_of_the_readme_is_given_every_entry_once(finance: Path, justice: Path) -> None:
    names, kept = names_of(*programs_of("sdk/python/README.md")), list[Any]()
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        async with served(names["Receiver"](recipient, kept.append)) as url:
            await recipient.webhooks.set(Lane.ORDINARY, url)
            sent = [(await send(sender, JUSTICE)).message_id for _ in range(3)]
            assert (await recipient.webhooks.test(Lane.ORDINARY)).status == 204
            await until_taken(recipient)
            assert [item.message_id for item in kept] == sent
            async with httpx.AsyncClient() as stranger:
                assert (await stranger.post(url, content=b"{}")).status_code == 400
        await recipient.acknowledge(kept[-1])
        await recipient.webhooks.remove(Lane.ORDINARY)
        assert await read_all(recipient) == []


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
