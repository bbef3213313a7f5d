"""`lienthong agency send --batch`: many documents from one file, a line each.

A line is a whole document, or what `send` asks for by the names of its options (`to`, `symbol`, `subject`, …), with
`files` and `originals` beside; what a line leaves out is taken from the command line. A line is known by what stands in
it and to whom it goes: running the same file again, or one with some lines corrected, sends no line twice.
"""

import json as json_library
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from lienthong.common.clock import SystemClock, local_day, to_text
from lienthong.common.errors import LienthongError, Words
from lienthong.common.messages.document import Document
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.letterhead import Files, Letterhead, Uploads, attached_files
from lienthong.sdk.commands.options import existing_file
from lienthong.sdk.commands.output import Exit, Output, describe, exit_code, warning_line
from lienthong.sdk.compose import malformed, symbol_of
from lienthong.sdk.errors import BadInput
from lienthong.sdk.sending import Outcome, Sent

Faults = list[tuple[int, Words]]
"""What is wrong with which lines: all of it is told at once."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file as it was read; `key` is what stands in it."""

    number: int
    key: str
    told: dict[str, Any]
    to: Sequence[str]
    files: Files


async def send_file(agency: Agency, path: Path, head: Letterhead, to: Sequence[str], output: Output) -> None:
    """Send every line. Raises BadInput naming each bad line before anything is sent; typer.Exit where one failed."""
    lines, faults = _read(existing_file(path), head, to)
    documents = await _documents(agency, lines, head, faults)
    if faults:
        raise _refused(path, faults)
    uploads = Uploads(agency, output)
    complete = [
        document if agency.document_under(line.key) else await uploads.attach(document, line.files)
        for line, document in zip(lines, documents, strict=True)
    ]
    outcomes = await agency.send_batch(complete, keys=[line.key for line in lines])
    _show(lines, complete, outcomes, output)
    codes = {exit_code(outcome) for outcome in outcomes if isinstance(outcome, LienthongError)}
    if codes:
        raise typer.Exit(Exit.AGAIN if Exit.AGAIN in codes else Exit.REFUSED)


def _read(path: Path, head: Letterhead, to: Sequence[str]) -> tuple[list[Line], Faults]:
    lines: list[Line] = []
    faults: Faults = []
    seen: dict[str, int] = {}
    for number, text in enumerate(path.read_bytes().splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = _line(number, text, path.parent, head, to)
        except (BadInput, MalformedJson) as error:
            faults.append((number, error.words))
            continue
        first = seen.setdefault(line.key, number)
        if first != number:
            faults.append((number, Words(f"giống hệt dòng {first}", f"the same as line {first}")))
        lines.append(line)
    if not lines and not faults:
        raise BadInput(Words(f"{path}: không có dòng nào", f"{path}: there is no line"))
    return lines, faults


def _line(number: int, text: bytes, folder: Path, head: Letterhead, to: Sequence[str]) -> Line:
    told = loads(text)
    if not isinstance(told, dict):
        raise BadInput(Words("không phải đối tượng JSON", "not a JSON object"))
    members: dict[str, Any] = dict(told)
    files, originals = _texts(members, "files"), _texts(members, "originals")
    recipients = [] if "from" in members else (_texts(members, "to") or list(to))
    if "from" not in members and not recipients:
        raise BadInput(Words("Còn thiếu: to", "Missing: to"))
    # A number and symbol stand for one document in a year; the other options may change between two runs.
    year = "" if "from" in told or told.get("date") or head.date else str(local_day(SystemClock().now()).year)
    key = json_library.dumps([told, list(recipients), year], ensure_ascii=False, sort_keys=True)
    attached = attached_files([folder / name for name in files], [folder / name for name in originals])
    return Line(number, key, members, recipients, attached)


def _texts(members: dict[str, Any], name: str) -> list[str]:
    value = members.pop(name, [])
    texts: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise BadInput(Words(f"{name}: danh sách chuỗi", f"{name}: a list of texts"))
    return texts


async def _documents(agency: Agency, lines: Sequence[Line], head: Letterhead, faults: Faults) -> list[Document]:
    """A document for each line; what is wrong with a line is added to the faults."""
    found: list[Document] = []
    for line in lines:
        try:
            found.append(agency.document_under(line.key) or await _document(agency, line, head))
        except BadInput as error:
            faults.append((line.number, error.words))
    return found


async def _document(agency: Agency, line: Line, head: Letterhead) -> Document:
    if "from" not in line.told:
        return await agency.compose(head.completed(line.told).draft(agency.profile, line.to), to=line.to)
    try:
        return Document.model_validate_json(json_library.dumps(line.told), strict=True)
    except ValidationError as error:
        raise malformed(error) from error


def _refused(path: Path, faults: Faults) -> BadInput:
    ordered = sorted(faults, key=lambda fault: fault[0])
    vi = "\n  ".join(f"dòng {number}: {words.vi}" for number, words in ordered)
    en = "\n  ".join(f"line {number}: {words.en}" for number, words in ordered)
    return BadInput(Words(f"{path}: chưa gửi gì;\n  {vi}", f"{path}: nothing was sent;\n  {en}"))


def _show(lines: Sequence[Line], documents: Sequence[Document], outcomes: Sequence[Outcome], output: Output) -> None:
    told = list(zip(lines, documents, outcomes, strict=True))
    if output.json:
        for line, document, outcome in told:
            output.line({"line": line.number, "document_id": document.document_id} | _members(outcome, output))
        return
    accepted = sum(isinstance(outcome, Sent) for outcome in outcomes)
    title = Words(
        f"Đã gửi {accepted} trên {len(outcomes)} văn bản", f"{accepted} of {len(outcomes)} documents were accepted"
    )
    columns = [
        Words("Dòng", "Line"),
        Words("Số, ký hiệu", "Symbol"),
        Words("Nơi nhận", "To"),
        Words("Kết quả", "Result"),
        Words("Mã thông điệp, lý do", "Message, reason"),
    ]
    rows = [
        [str(line.number), symbol_of(document), ", ".join(to.code for to in document.to), *_cells(outcome, output)]
        for line, document, outcome in told
    ]
    output.table(title, columns, rows)


def _members(outcome: Outcome, output: Output) -> dict[str, Any]:
    if isinstance(outcome, Sent):
        return {
            "status": "accepted",
            "message_id": str(outcome.message_id),
            "lane": outcome.receipt.lane.value,
            "accepted_at": to_text(outcome.receipt.accepted_at),
            "repeated": outcome.repeated,
            "warnings": [asdict(each) for each in outcome.warnings],
        }
    status = "unknown" if exit_code(outcome) is Exit.AGAIN else "refused"
    return {"status": status, "error": describe(outcome, output.language)}


def _cells(outcome: Outcome, output: Output) -> tuple[str, str]:
    if isinstance(outcome, Sent):
        already = Words("Trục đã tiếp nhận từ trước", "Accepted before")
        words = already if outcome.repeated else Words("Trục đã tiếp nhận", "Accepted")
        return output.text(words), "\n".join([str(outcome.message_id), *map(warning_line, outcome.warnings)])
    told = describe(outcome, output.language)
    faults = [f"{fault['code']} {fault['pointer']}: {fault['detail']}" for fault in told["violations"]]
    again = exit_code(outcome) is Exit.AGAIN
    words = Words("Chưa rõ, gửi lại", "Unknown, run again") if again else Words("Từ chối", "Refused")
    return output.text(words), "\n".join(faults) or f"{told['code']}: {told['detail'] or told['title']}"
