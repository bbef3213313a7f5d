"""Before sending: groups of recipients, and whether a document would arrive."""

import json
from pathlib import Path

import pytest
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE, compose, opened, read_all

from lienthong.sdk.commands.root import main
from lienthong.sdk.problems import NotFound, Refused

pytestmark = pytest.mark.xdist_group("platform")


async def test_a_group_is_kept_expanded_and_sent_to(finance: Path, justice: Path, office: Path) -> None:
    async with opened(finance) as sender, opened(justice) as first, opened(office) as second:
        await sender.groups.put("Khối nội chính", [JUSTICE, OFFICE, JUSTICE])
        group = await sender.group("Khối nội chính")
        await read_all(first)
        await read_all(second)
        sent = await sender.send(await compose(sender, group.to))
        assert [await read_all(first), await read_all(second)] == [[str(sent.message_id)]] * 2
        assert [each.name for each in await sender.groups.all()] == ["Khối nội chính"]
        with pytest.raises(NotFound):
            await first.group("Khối nội chính")
        with pytest.raises(Refused):
            await sender.groups.put("Khối\u200bnội chính", [JUSTICE])
        await sender.groups.remove("Khối nội chính")
        assert await sender.groups.all() == ()


async def test_a_sender_is_told_whether_it_will_arrive(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        told = await sender.capabilities([JUSTICE, FINANCE])
        there = told.recipients[0]
        assert (there.arrives, there.seal.good, there.name) == ("yes", True, recipient.profile.name)
        assert told.limits.takes("application/pdf")
        assert not told.limits.takes("application/x-sh")


def test_the_commands_say_it_in_words(finance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def agency(*arguments: str, code: int = 0) -> str:
        assert main(["agency", *arguments, "--profile", str(finance)]) == code
        return capsys.readouterr().out

    agency("groups", "set", "Hai nơi", JUSTICE)
    agency("groups", "add", "Hai nơi", OFFICE)
    assert "Sở Tư pháp" in agency("groups", "show", "Hai nơi")
    assert "Hai nơi" in agency("groups", "list")
    shown = agency("check", "--to-group", "Hai nơi")
    assert "Đến được?" in shown
    script = tmp_path / "x.sh"
    script.write_text("#!/bin/sh")
    agency("check", JUSTICE, "--file", str(script), code=1)
    sent = json.loads(
        agency(
            "send", "--to-group", "Hai nơi", "--symbol", "901/STC-VP", "--subject", "V/v gửi theo nhóm",
            "--signer", "Nguyễn Văn Minh", "--position", "Giám đốc", "--place", "Tây Ninh", "--json",
        )
    )  # fmt: skip
    assert sent["to"] == f"{JUSTICE}, {OFFICE}"
    agency("groups", "drop", "Hai nơi", OFFICE)
    assert "Văn phòng" not in agency("groups", "show", "Hai nơi")
    agency("groups", "delete", "Hai nơi")
    agency("groups", "show", "Hai nơi", code=1)
