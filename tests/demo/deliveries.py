"""Real documents between agencies: sent one by one, by command and as a batch; read and verified at the other end."""

import hashlib
from collections import Counter
from pathlib import Path
from uuid import UUID

from tests.demo.material import LETTERS, Letter
from tests.demo.stage import CODES, EXCHANGERS, Arrival, Stage

from lienthong.common.messages.document import AttachmentRole, Document, Lane
from lienthong.sdk import Draft, Sent
from lienthong.sdk import Letter as Received

BY_COMMAND = 2
"""So many documents are sent by the command line, the others by the library."""
MEGABYTE = 1 << 20


async def exchange_documents(stage: Stage) -> None:
    """Send every sample document; each recipient reads, verifies, compares the files and acknowledges."""
    report = stage.report
    report.chapter("Gửi và nhận văn bản giữa các cơ quan", "Documents between agencies")
    written: dict[str, Path] = {}
    last_of_each = {letter.sender: letter for letter in LETTERS}.values()
    for place, letter in enumerate(LETTERS):
        if letter in last_of_each:
            continue
        draft = stage.material.draft(letter.sender, letter)
        scans, original = stage.material.files(draft, letter), stage.material.original(draft, letter)
        written |= {_hash(path): path for path in (*scans, *original)}
        if place < BY_COMMAND:
            await _send_by_command(stage, letter, draft, scans)
        else:
            document = await _compose(stage, letter, draft, scans, original)
            stage.note(letter.sender, letter.to, await stage.clients[letter.sender].send(document))
        _show(stage, letter, draft, [*scans, *original])
    for letter in last_of_each:
        await _send_as_batch(stage, letter, written)
    await _receive(stage, written)


async def _send_by_command(stage: Stage, letter: Letter, draft: Draft, scans: list[Path]) -> None:
    (told,) = await stage.command(
        letter.sender, "agency", "send", *map(str, scans), "--symbol", draft.symbol, "--subject", draft.subject,
        "--kind", letter.kind.value, "--purpose", letter.purpose.value, "--priority", letter.priority.name.lower(),
        "--signer", draft.signer, "--position", draft.position,
        *(part for to in letter.to for part in ("--to", CODES[to])),
    )  # fmt: skip
    stage.note_id(letter.sender, letter.to, Lane(told["lane"]), UUID(told["message_id"]))


async def _compose(stage: Stage, letter: Letter, draft: Draft, scans: list[Path], original: list[Path]) -> Document:
    agency = stage.clients[letter.sender]
    document = await agency.compose(draft, to=[CODES[to] for to in letter.to])
    roles = [AttachmentRole.MAIN, *[AttachmentRole.APPENDIX] * (len(scans) - 1)]
    roles += [AttachmentRole.ORIGINAL] * len(original)
    attachments = [
        (await agency.upload(path)).as_attachment(f"file-{place}", role)
        for place, (path, role) in enumerate(zip([*scans, *original], roles, strict=True), 1)
    ]
    return document.model_copy(update={"attachments": tuple(attachments)})


async def _send_as_batch(stage: Stage, letter: Letter, written: dict[str, Path]) -> None:
    """Two documents in one request: the sample, and a slip that announces it."""
    sender = letter.sender
    draft, slip = stage.material.draft(sender, letter), stage.material.draft(sender)
    scans, original = stage.material.files(draft, letter), stage.material.original(draft, letter)
    written |= {_hash(path): path for path in (*scans, *original)}
    agency = stage.clients[sender]
    documents = [
        await _compose(stage, letter, draft, scans, original),
        await agency.compose(slip, to=[CODES[to] for to in letter.to]),
    ]
    answers = await agency.send_batch(documents)
    for answer in answers:
        if not isinstance(answer, Sent):
            raise answer
        stage.note(sender, letter.to, answer)
    _show(stage, letter, draft, [*scans, *original], how=" · theo lô / batch")


def _show(stage: Stage, letter: Letter, draft: Draft, files: list[Path], how: str = "") -> None:
    size = sum(path.stat().st_size for path in files) / MEGABYTE
    to = ", ".join(stage.clients[role].profile.name for role in letter.to)
    seen = f"{draft.symbol} · {stage.clients[letter.sender].profile.name} → {to} · {len(files)} tệp, {size:.1f} MB{how}"
    stage.report.show("Đã gửi", "Sent", seen=seen, ok=True)


async def _receive(stage: Stage, written: dict[str, Path]) -> None:
    for role in EXCHANGERS:
        saved = stage.folder / "received" / role
        if role == "justice":
            count = await _read_by_command(stage, role, saved)
        else:
            count = await _read_by_library(stage, role, saved)
        files = [path for path in saved.rglob("*") if path.suffix in {".pdf", ".docx"}]
        same = [path for path in files if _hash(path) in written]
        expected = {each.message_id for each in stage.accepted if role in each.to}
        read = {each.message_id for each in stage.arrivals if each.recipient == role}
        stage.report.show(
            f"{stage.clients[role].profile.name} đã đọc, chữ ký và tệp khớp",
            "Read, verified, files compared",
            seen=f"{count} văn bản / documents, {len(same)} tệp / files, {_megabytes(same)} MB",
            ok=expected <= read and len(same) == len(files) > 0,
        )
    largest = max(path.stat().st_size for path in written.values())
    stage.report.show("Tệp lớn nhất", "Largest file", seen=f"{largest / MEGABYTE:.0f} MB", ok=largest >= 100 * MEGABYTE)
    kinds = Counter(letter.kind for letter in LETTERS)
    seen = f"{len(stage.accepted)} văn bản / documents, {len(kinds)} loại / kinds"
    stage.report.show("Tổng cộng", "In all", seen=seen, ok=len(stage.accepted) > 20 and len(kinds) > 10)


async def _read_by_command(stage: Stage, role: str, saved: Path) -> int:
    lines = await stage.command(role, "agency", "inbox", "--save", str(saved), "--ack")
    letters = [line for line in lines if line.get("kind") == "document"]
    stage.arrivals += [Arrival(role, Lane(line["lane"]), line["n"], UUID(line["message_id"])) for line in letters]
    return len(letters)


async def _read_by_library(stage: Stage, role: str, saved: Path) -> int:
    return sum([await stage.read_lane(role, lane, lambda letter: _save(stage, role, letter, saved)) for lane in Lane])


async def _save(stage: Stage, role: str, letter: Received, saved: Path) -> None:
    for attachment in letter.document.attachments:
        await stage.clients[role].download(attachment, saved / f"{letter.lane}-{letter.n}")


def _megabytes(paths: list[Path]) -> str:
    return f"{sum(path.stat().st_size for path in paths) / MEGABYTE:.1f}"


def _hash(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
