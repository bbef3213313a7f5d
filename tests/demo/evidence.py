"""What somebody holds in hands who must prove a document: one file, verified offline, in which one byte shows."""

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any

from tests.demo.stage import CODES, Accepted, Stage

from lienthong.common.testing.daemon import plain_environment

SENDER = "finance"


async def show_evidence(stage: Stage) -> None:
    """The sender gets evidence of a document that was handled to its end; a stranger checks it, and a forgery."""
    report = stage.report
    report.chapter("Bằng chứng của văn bản, kiểm tra không cần mạng", "Evidence of a document, verified offline")
    document, recipient = _handled(stage)
    folder = stage.folder / "evidence"
    told_where = "--to", CODES[recipient], "--save", str(folder), "--attachments"
    (line,) = await stage.command(SENDER, "evidence", "get", str(document.message_id), *told_where)
    file = Path(line["file"])
    told = await _verify(stage, file)
    proven: dict[str, Any] = told["proven"] or {}
    report.evidence_ok = bool(told["valid"] and proven["messages"])
    counted = len(told["steps"]), len(proven.get("messages", ())), proven.get("attached")
    shown = [f"{counted[0]} bước / steps", f"{counted[1]} thông điệp / messages", f"{counted[2]} tệp / files"]
    seen = f"{proven.get('document_id')}: {', '.join(shown)}"
    report.show(
        "Người ngoài kiểm tra bằng chứng, chỉ với chứng thư gốc", "A stranger verifies it with the anchor alone",
        seen=seen, ok=report.evidence_ok,
    )  # fmt: skip
    await _tamper(stage, file)


async def _tamper(stage: Stage, file: Path) -> None:
    forged, place = await asyncio.to_thread(_forge, file)
    told = await _verify(stage, forged)
    stage.report.tamper_detected = told["exit_code"] == 1
    last = told["steps"][-1]
    stage.report.show(
        "Sửa một bit của tệp: phát hiện ngay", "One bit of the file is changed: it shows",
        seen=f"byte {place:,}: {last['vi']} ({last['reason']})", ok=stage.report.tamper_detected,
    )  # fmt: skip


def _forge(file: Path) -> tuple[Path, int]:
    content, forged = bytearray(file.read_bytes()), file.with_name("forged.zip")
    place = random.SystemRandom().randrange(len(content))
    content[place] ^= 1
    forged.write_bytes(content)
    return forged, place


async def _verify(stage: Stage, file: Path) -> dict[str, Any]:
    """As somebody types it who has the file and the anchor, and no profile."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lienthong.sdk", "evidence", "verify", str(file), "--trust", str(stage.platform.anchors),
        "--json", env=plain_environment(), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    told: dict[str, Any] = json.loads(out)
    return told if told["exit_code"] == process.returncode else told | {"valid": False, "exit_code": None}


def _handled(stage: Stage) -> tuple[Accepted, str]:
    """The first document of the sender, and its first recipient."""
    document = next(each for each in stage.documents if each.sender == SENDER)
    return document, document.to[0]
