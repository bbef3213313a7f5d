"""Real documents between three agencies: sent by command line and library, read and verified at the other end."""

import hashlib
from pathlib import Path
from uuid import UUID

from tests.demo.material import LETTERS, Letter
from tests.demo.stage import CODES, TRIO, Arrival, Stage

from lienthong.common.messages.document import Lane
from lienthong.sdk import Letter as ReceivedLetter

BY_COMMAND = 2
"""So many documents are sent by the command line, the others by the library."""


async def exchange_documents(stage: Stage) -> None:
    """Send every sample document; each recipient reads, verifies, compares the files and acknowledges."""
    report = stage.report
    report.chapter("Gửi và nhận văn bản giữa ba cơ quan", "Documents between three agencies")
    written: dict[str, Path] = {}
    for place, letter in enumerate(LETTERS):
        draft = stage.material.draft(letter.sender, letter)
        files = list(stage.material.files(draft, letter))
        written |= {_hash(path): path for path in files}
        if place < BY_COMMAND:
            await _send_by_command(stage, letter, draft.symbol, draft.subject, files)
        else:
            agency = stage.clients[letter.sender]
            uploads = [await agency.upload(path) for path in files]
            document = await agency.compose(draft, to=[CODES[to] for to in letter.to], files=uploads)
            stage.note(letter.sender, letter.to, await agency.send(document))
        size = sum(path.stat().st_size for path in files) / (1 << 20)
        to = ", ".join(stage.clients[role].profile.name for role in letter.to)
        name = stage.clients[letter.sender].profile.name
        report.show("Đã gửi", "Sent", seen=f"{draft.symbol} · {name} → {to} · {len(files)} PDF, {size:.1f} MB", ok=True)
    await _receive(stage, written)


async def _send_by_command(stage: Stage, letter: Letter, symbol: str, subject: str, files: list[Path]) -> None:
    signer, position = "Nguyễn Văn Đức", "Giám đốc"
    (told,) = await stage.command(
        letter.sender, "agency", "send", *map(str, files), "--symbol", symbol, "--subject", subject,
        "--kind", letter.kind.value, "--purpose", letter.purpose.value, "--priority", letter.priority.name.lower(),
        "--signer", signer, "--position", position, *(part for to in letter.to for part in ("--to", CODES[to])),
    )  # fmt: skip
    stage.note_id(letter.sender, letter.to, Lane(told["lane"]), UUID(told["message_id"]))


async def _receive(stage: Stage, written: dict[str, Path]) -> None:
    for role in TRIO:
        name = stage.clients[role].profile.name
        saved = stage.folder / "received" / role
        if role == "justice":
            count = await _read_by_command(stage, role, saved)
        else:
            count = await _read_by_library(stage, role, saved)
        files = [path for path in saved.rglob("*.pdf") if _hash(path) in written]
        expected = {each.message_id for each in stage.accepted if role in each.to}
        read = {each.message_id for each in stage.arrivals if each.recipient == role}
        stage.report.show(
            f"{name} đã đọc, chữ ký và tệp khớp",
            "Read, verified, files compared",
            seen=f"{count} văn bản / documents, {len(files)} PDF",
            ok=expected <= read and len(files) == len(list(saved.rglob("*.pdf"))) > 0,
        )


async def _read_by_command(stage: Stage, role: str, saved: Path) -> int:
    lines = await stage.command(role, "agency", "inbox", "--save", str(saved), "--ack")
    letters = [line for line in lines if line.get("kind") == "document"]
    stage.arrivals += [Arrival(role, Lane(line["lane"]), line["n"], UUID(line["message_id"])) for line in letters]
    return len(letters)


async def _read_by_library(stage: Stage, role: str, saved: Path) -> int:
    agency, count = stage.clients[role], 0
    for lane in Lane:
        last = None
        async for letter in agency.inbox(lane):
            last = letter
            if not isinstance(letter, ReceivedLetter):
                continue
            for attachment in letter.document.attachments:
                await agency.download(attachment, saved / f"{lane}-{letter.n}")
            stage.arrivals.append(Arrival(role, lane, letter.n, letter.message_id))
            count += 1
        if last:
            await agency.acknowledge(last)
    return count


def _hash(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
