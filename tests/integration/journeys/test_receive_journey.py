"""The command line as an agency's receiving system: on a terminal, behind a pipe, and through a kill."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.integration.journeys.commanding import command, environment, run, run_on_terminal
from tests.integration.journeys.province import JUSTICE, compose, opened, read_all, send

from lienthong.sdk import Agency, Lane, StatusCode, StatusNotice

pytestmark = pytest.mark.xdist_group("platform")

LARGE = 40 << 20


async def send_large(sender: Agency, folder: Path) -> Path:
    """A letter with a file that takes a moment."""
    file = folder / "bản đồ quy hoạch.pdf"
    file.write_bytes(b"%PDF-1.7\n" + os.urandom(LARGE))
    upload = await sender.upload(file)
    document = await compose(sender, [JUSTICE])
    await sender.send(document.model_copy(update={"attachments": (upload.as_attachment("file-1"),)}))
    return file


async def test_a_bar_shows_a_large_file_on_a_terminal_and_the_result_stands_below(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        file = await send_large(sender, tmp_path)
    shown = await run_on_terminal(justice, "receive", "--save", str(tmp_path / "in"))
    assert "41.9 MB" in shown
    assert file.name in shown
    assert "Đã nhận 1 văn bản" in shown
    (saved,) = (tmp_path / "in").rglob("*.pdf")
    assert saved.read_bytes() == file.read_bytes()


async def test_programs_get_lines_of_json_and_nothing_else_even_on_a_terminal(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        await send_large(sender, tmp_path)
    shown = await run_on_terminal(justice, "receive", "--save", str(tmp_path / "in"), "--json")
    (line,) = [json.loads(each) for each in shown.splitlines()]
    assert (line["kind"], line["reported"]) == ("document", "01")


@pytest.mark.requirement("QD28")
async def test_a_clerk_works_from_letter_to_track_by_commands_alone(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(sender)
        await read_all(recipient)
        sent = await send(sender, JUSTICE)
    (letter,) = await run(justice, "receive", "--save", str(tmp_path / "in"))
    place = f"{letter['lane']}:{letter['n']}"
    (received,) = await run(justice, "status", place, "đã tiếp nhận")
    await run(justice, "status", letter["message_id"], "06", "--reason", "Đã có công văn trả lời")
    assert received["status"] == "03"
    notices = await run(finance, "receive", "--save", str(tmp_path / "out"))
    assert [each["report"]["status"] for each in notices] == ["01", "03", "06"]
    (track,) = await run(finance, "track", str(sent.message_id))
    assert track["recipients"][0]["state"] == "done"
    (own,) = await run(justice, "track", letter["message_id"])
    assert own["recipients"] == track["recipients"]
    shown = await run_on_terminal(finance, "track", str(sent.message_id))
    assert "Hoàn thành" in shown


async def test_a_receiver_that_is_killed_over_and_over_reports_each_letter_once(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(sender)
        await read_all(recipient)
        ids = [(await send(sender, JUSTICE)).message_id for _ in range(30)]
        arguments = command(justice, "receive", "--save", str(tmp_path / "in"), "--follow", "--json")
        for _ in range(4):
            process = await asyncio.create_subprocess_exec(
                *arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            assert process.stdout is not None
            async with asyncio.timeout(30):
                for _ in range(4):
                    await process.stdout.readline()
            process.kill()
            await process.wait()
        await run(justice, "receive", "--save", str(tmp_path / "in"))
        await run(justice, "resume")
        assert [item async for item in recipient.inbox()] == []
        notices = [item async for item in sender.inbox(Lane.ORDINARY)]
        arrived = [item.document_message_id for item in notices if isinstance(item, StatusNotice)]
        assert arrived == ids
        assert {item.status for item in notices if isinstance(item, StatusNotice)} == {StatusCode.ARRIVED}
        await sender.acknowledge(notices[-1])


async def test_a_batch_file_is_sent_shown_and_sent_again_without_doubles(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    async with opened(justice) as recipient:
        await read_all(recipient)
    lines = [
        {"to": [JUSTICE], "symbol": f"{700 + n}/STC-VP", "subject": f"V/v cung cấp số liệu lần {n}"} for n in range(5)
    ]
    file = tmp_path / "van-ban.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    options = [
        "send",
        "--batch",
        str(file),
        "--signer",
        "Nguyễn Văn Đức",
        "--position",
        "Giám đốc",
        "--place",
        "Tây Ninh",
    ]
    first = await run(finance, *options)
    again = await run(finance, *options)
    assert [each["message_id"] for each in first] == [each["message_id"] for each in again]
    assert {each["repeated"] for each in again} == {True}
    assert "Đã gửi 5 trên 5 văn bản" in await run_on_terminal(finance, *options)
    async with opened(justice) as recipient:
        assert await read_all(recipient) == [each["message_id"] for each in first]
