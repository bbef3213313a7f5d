"""`lienthong evidence get | verify`: fetch what proves a document to strangers; judge such a file, offline.

Exit status of `verify`: 0 valid, 1 invalid, 2 cannot tell (an input cannot be read, revocation data is wanting).
"""

import dataclasses
import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from lienthong.common.clock import to_text
from lienthong.common.errors import Words
from lienthong.common.evidence import (
    EvidenceRefused,
    Proven,
    Report,
    StepOutcome,
    Taken,
    read_container,
    verify_evidence,
)
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.naming import find_sent_message
from lienthong.sdk.commands.options import (
    JsonOption,
    ProfileOption,
    existing_file,
    output_of,
    read_anchors,
    read_list,
    run_agency,
)
from lienthong.sdk.commands.output import Output
from lienthong.sdk.errors import BadInput
from lienthong.sdk.evidence import attachments_of, write_with_attachments
from lienthong.sdk.files import safe_name, write_atomically
from lienthong.sdk.track import TrackedRecipient

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Bằng chứng liên thông của văn bản / evidence of documents",
)

_MARKS = {StepOutcome.GOOD: "✓", StepOutcome.BAD: "✗", StepOutcome.UNKNOWN: "?"}
_RESULTS = {
    0: Words("Bằng chứng HỢP LỆ", "The evidence is VALID"),
    1: Words("Bằng chứng KHÔNG HỢP LỆ", "The evidence is NOT VALID"),
    2: Words("KHÔNG THỂ KẾT LUẬN", "CANNOT TELL"),
}


@app.command()
def get(
    context: typer.Context,
    *,
    document: Annotated[str, typer.Argument(help="Mã thông điệp hoặc số ký hiệu / message id or symbol")],
    to: Annotated[
        str | None, typer.Option(help="Nơi nhận; mặc định mọi nơi nhận / recipient's code, by default every one")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Mã nơi gửi, khi văn bản của nơi khác / sender's code")] = None,
    save: Annotated[Path, typer.Option(help="Thư mục lưu / folder for the files")] = Path(),
    attachments: Annotated[
        bool, typer.Option("--attachments", help="Kèm cả các tệp đính kèm / put the attached files inside, too")
    ] = False,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Lấy bằng chứng, mỗi nơi nhận một tệp, và kiểm tra / Get evidence, a file for each recipient, and verify it."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        message_id, sender = await find_sent_message(agency, document.strip(), source)
        track = await agency.track(message_id, sender)
        chosen = [each for each in track.recipients if to in (None, each.code, str(each.agency_id))]
        if not chosen:
            raise BadInput(Words(f"{to} không nhận văn bản này", f"{to} is no recipient of this document"))
        for recipient in chosen:
            data = await agency.evidence(message_id, str(recipient.agency_id), sender)
            path = free_place(save / _file_name(track.document_id, recipient), message_id)
            await _save(agency, data, path, attached=attachments)
            _tell(path, _verify(path, agency.profile.anchors, []), output)

    run_agency(profile, output, work)


@app.command()
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Tệp bằng chứng / evidence file")],
    *,
    trust: Annotated[Path, typer.Option(help="Chứng thư gốc: tệp hoặc thư mục / anchors: file or folder")],
    crl: Annotated[
        list[Path] | None,
        typer.Option(help="Danh sách thu hồi mới hơn, lặp lại được / newer revocation list, repeatable"),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Kiểm tra bằng chứng; mã 0 hợp lệ, 1 không, 2 không rõ / Verify evidence; exit 0 valid, 1 not, 2 unclear."""
    output = output_of(context, json)
    report = _verify(existing_file(file), trust, crl or [])
    if output.json:
        output.line(as_json(report))
    else:
        _show(report, output)
    raise typer.Exit(report.exit_code)


def as_json(report: Report) -> dict[str, Any]:
    """A report for programs."""
    return {
        "valid": report.exit_code == 0,
        "exit_code": report.exit_code,
        "reason": report.taken[-1].reason,
        "steps": [_step(each) for each in report.taken],
        "proven": None if report.proven is None else _plain(report.proven),
    }


def _verify(file: Path, trust: Path, lists: list[Path]) -> Report:
    anchors, brought = read_anchors(trust), [read_list(path) for path in lists]
    with file.open("rb") as opened:
        return verify_evidence(opened, anchors, brought)


async def _save(agency: Agency, data: bytes, path: Path, *, attached: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not attached:
        write_atomically(path, data)
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        named = attachments_of(data)
        files = {each.sha256: await agency.download(each, Path(folder) / each.sha256) for each in named}
        whole = Path(folder) / "evidence.zip"
        try:
            with whole.open("wb") as out:
                write_with_attachments(data, files, out)
        except EvidenceRefused as refused:
            raise BadInput(refused.words) from refused
        whole.replace(path)


def _file_name(document_id: str, recipient: TrackedRecipient) -> str:
    return f"{safe_name(document_id)}-{safe_name(recipient.code)}.zip"


def free_place(path: Path, message_id: UUID) -> Path:
    """Two versions of a document have one id: evidence of the one is not written over that of the other."""
    try:
        with path.open("rb") as file:
            held = read_container(file).entries["manifest.json"]
    except FileNotFoundError:
        return path
    except (EvidenceRefused, KeyError):
        held = b""
    return path if str(message_id).encode() in held else path.with_stem(f"{path.stem}-{message_id}")


def _tell(path: Path, report: Report, output: Output) -> None:
    if output.json:
        output.line({"file": str(path), **as_json(report)})
    else:
        output.say(f"{path}: {output.text(_RESULTS[report.exit_code])}")
    if report.exit_code:
        _show(report, output)
        raise typer.Exit(report.exit_code)


def _show(report: Report, output: Output) -> None:
    output.say(output.text(_RESULTS[report.exit_code]))
    for each in report.taken:
        reason = f" [{each.reason}]" if each.reason else ""
        output.say(f"  {_MARKS[each.outcome]} {output.text(each.words)}{reason}")
    if report.proven is not None:
        for line in _facts(report.proven, output):
            output.say(f"    {output.text(line)}")


def _facts(proven: Proven, output: Output) -> list[Words]:
    accepted, stamped = output.time(proven.accepted_at), output.time(proven.stamped_at)
    lines = [
        Words(f"Văn bản: {proven.document_id} · {proven.title}", f"Document: {proven.document_id} · {proven.title}"),
        Words(f"Nơi gửi: {proven.sender} → {proven.recipient}", f"Sent: {proven.sender} → {proven.recipient}"),
        Words(f"Tiếp nhận {accepted}, đóng dấu thời gian {stamped}", f"Accepted {accepted}, time-stamped {stamped}"),
    ]
    if proven.acknowledged_at is not None:
        at = output.time(proven.acknowledged_at)
        lines.append(Words(f"Nơi nhận xác nhận {at}", f"Acknowledged {at}"))
    if proven.seal_ended_since:
        lines.append(
            Words(
                "Chứng thư của nơi gửi hết hiệu lực giữa lúc tiếp nhận và lúc đóng dấu thời gian",
                "The sender's certificate ended between the acceptance and its time stamp",
            )
        )
    if proven.environment != "production":
        lines.append(Words("Môi trường đào tạo: không có giá trị pháp lý", "Training: of no legal value"))
    return lines


def _step(taken: Taken) -> dict[str, Any]:
    return {
        "step": taken.step.value,
        "outcome": taken.outcome.value,
        "reason": taken.reason,
        "vi": taken.words.vi,
        "en": taken.words.en,
    }


def _plain(proven: Proven) -> dict[str, Any]:
    members = dataclasses.asdict(proven)
    times = {name: to_text(value) for name, value in members.items() if name.endswith("_at") and value is not None}
    return members | times
