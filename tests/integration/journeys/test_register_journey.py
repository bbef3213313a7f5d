"""A document that came by e-mail is registered (N7); what was recorded during an outage is entered late (N4)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.journeys.province import FINANCE, JUSTICE, compose, opened, read_all

from lienthong.common.clock import SystemClock, local_day
from lienthong.sdk import Agency, Channel, DocumentKind, Incoming, LateEntry, Letter, Purpose, StatusCode
from lienthong.sdk.commands.root import main

pytestmark = pytest.mark.xdist_group("platform")


def incoming(**changes: object) -> Incoming:
    members: dict[str, object] = {
        "subject": "V/v lịch ngừng cung cấp điện",
        "kind": DocumentKind.CONG_VAN,
        "purpose": Purpose.INFORMATION,
        "channel": Channel.EMAIL,
        "received_at": SystemClock().now() - timedelta(hours=1),
        "sender_name": "Công ty Điện lực Tây Ninh",
        "sealed_by": "Trần Thị Hòa",
        "symbol": "845/PCTN-KD",
    }
    return Incoming(**(members | changes))  # type: ignore[arg-type]


@pytest.mark.requirement("N7")
async def test_what_came_by_e_mail_is_in_the_register_with_its_receipt(finance: Path, justice: Path) -> None:
    async with opened(finance) as agency, opened(justice) as other:
        sent = await agency.register(incoming(reference="<1@pctn.example>"))
        assert not sent.repeated
        newest = (await agency.registrations(limit=1))[0]
        assert (newest.message_id, newest.channel, newest.symbol) == (sent.message_id, "email", "845/PCTN-KD")
        assert sent.message_id not in {each.message_id for each in await other.registrations()}
        assert agency.pending() == []


@pytest.mark.requirement("N4")
async def test_late_entries_are_told_with_their_true_time(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        now = SystemClock().now()
        late = LateEntry(occurred_at=now - timedelta(hours=3), by="Trần Thị Hòa", reason="Đứt cáp")
        sent = await sender.send(await compose(sender, [JUSTICE], late_entry=late))
        assert "outage_unknown" in [each.code for each in sent.warnings]
        letter = await _letter(recipient)
        there = LateEntry(occurred_at=SystemClock().now(), by="Lê Văn An", reason="Mất mạng nội bộ")
        await recipient.report(letter, StatusCode.RECEIVED, late_entry=there)
        (told,) = await sender.late_entries(limit=1)
        assert (told.message_id, told.occurred_at, told.outage) == (sent.message_id, late.occurred_at, None)
        (said,) = await recipient.late_entries(limit=1)
        assert (said.by, said.occurred_at) == ("Lê Văn An", there.occurred_at)


def test_the_commands_register_and_list(finance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def agency(*arguments: str, code: int = 0) -> str:
        assert main(["agency", *arguments, "--profile", str(finance)]) == code
        return capsys.readouterr().out

    came = tmp_path / "cong-van.pdf"
    came.write_bytes(b"%PDF-1.7 by e-mail")
    when = f"{SystemClock().now() - timedelta(hours=2):%Y-%m-%dT%H:%M:%S+00:00}"
    options = ["--from", "Công ty Cấp nước", "--channel", "email", "--received", when, "--subject", "V/v cấp nước"]
    told = json.loads(agency("register", str(came), *options, "--json"))
    assert (told["channel"], told["repeated"]) == ("email", False)
    late = ["--late-entry-at", when, "--late-entry-reason", "Mất mạng"]
    warned = json.loads(agency("register", *options, *late, "--json"))
    assert "outage_unknown" in [each["code"] for each in warned["warnings"]]
    assert "Công ty Cấp nước" in agency("registrations")
    assert "Mất mạng" in agency("late-entries")
    today = f"{local_day(SystemClock().now()):%d/%m/%Y}"
    days = ["--from", today, "--to", today]
    assert json.loads(agency("figures", *days, "--by", "day", "--json"))["total"]["registrations"] >= 2
    shown = agency("figures", *days, "--by", "day")
    assert ("Toàn kỳ" in shown, today in shown) == (True, True)
    agency("figures", *days, "--csv", str(tmp_path / "figures.csv"))
    assert (tmp_path / "figures.csv").read_bytes().startswith(b"\xef\xbb\xbfperiod,")
    agency("figures", *days, "--by", "year", code=2)
    agency("register", "--from", "X", code=2)
    agency("register", *options, "--late-entry-at", when, code=2)


async def _letter(agency: Agency) -> Letter:
    *_, letter = [item async for item in agency.inbox()]
    assert isinstance(letter, Letter)
    await agency.acknowledge(letter)
    assert letter.sender.code == FINANCE
    return letter
