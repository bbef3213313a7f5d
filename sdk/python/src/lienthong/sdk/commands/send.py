"""`lienthong agency send` and `resume`."""

import json as json_library
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress

from lienthong.common.clock import SystemClock, local_day
from lienthong.common.errors import Words
from lienthong.common.messages.document import AttachmentRole, Document, DocumentKind, Priority, Purpose, Secrecy
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.sdk.client import Agency, Sent
from lienthong.sdk.commands.options import (
    JsonOption,
    ProfileOption,
    existing_file,
    output_of,
    read_date,
    run_agency,
)
from lienthong.sdk.commands.output import Output, lane_name
from lienthong.sdk.compose import Draft, malformed
from lienthong.sdk.errors import BadInput
from lienthong.sdk.profile import Profile

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The options of `send` as they were typed."""

    symbol: str | None
    subject: str | None
    signer: str | None
    position: str | None
    kind: str
    purpose: str
    priority: str
    secrecy: str
    place: str | None
    day: str | None
    due: str | None
    content: str | None
    sealed_by: str | None

    def draft(self, profile: Profile) -> Draft:
        """What is known, completed from the profile. Raises BadInput naming all that is missing."""
        place, sealed_by = self.place or profile.place, self.sealed_by or profile.clerk
        needed = {
            "--symbol": self.symbol,
            "--subject": self.subject,
            "--signer": self.signer,
            "--position": self.position,
            "--place": place,
            "--sealed-by": sealed_by,
        }
        missing = ", ".join(option for option, value in needed.items() if not value)
        if missing:
            raise BadInput(Words(f"Còn thiếu: {missing}", f"Missing: {missing}"))
        return Draft(
            symbol=self.symbol or "",
            kind=one_of(DocumentKind, self.kind, "--kind"),
            subject=self.subject or "",
            signer=self.signer or "",
            position=self.position or "",
            place=place or "",
            promulgated=read_date(self.day, "--date") if self.day else local_day(SystemClock().now()),
            purpose=one_of(Purpose, self.purpose, "--purpose"),
            sealed_by=sealed_by or "",
            priority=one_of(Priority, self.priority, "--priority"),
            secrecy=one_of(Secrecy, self.secrecy, "--secrecy"),
            content=self.content,
            due=read_date(self.due, "--due") if self.due else None,
        )


def send(
    context: typer.Context,
    *,
    files: Annotated[list[Path] | None, typer.Argument(help="Tệp văn bản, phụ lục / the document, appendices")] = None,
    to: Annotated[list[str] | None, typer.Option(help="Mã cơ quan nhận, lặp lại được / recipient's code")] = None,
    symbol: Annotated[str | None, typer.Option(help="Số, ký hiệu: 15/STC-QLNS / number and symbol")] = None,
    subject: Annotated[str | None, typer.Option(help="Trích yếu / subject")] = None,
    signer: Annotated[str | None, typer.Option(help="Người ký / who signed")] = None,
    position: Annotated[str | None, typer.Option(help="Chức vụ người ký / position")] = None,
    kind: Annotated[str, typer.Option(help="Loại văn bản / kind: cong_van, quyet_dinh…")] = "cong_van",
    purpose: Annotated[str, typer.Option(help="Mục đích / purpose: information, report…")] = "information",
    priority: Annotated[str, typer.Option(help="normal | urgent | very_urgent | express")] = "normal",
    secrecy: Annotated[str, typer.Option(help="Độ mật: chỉ none được nhận / only none is accepted")] = "none",
    place: Annotated[str | None, typer.Option(help="Địa danh / place of issue")] = None,
    day: Annotated[str | None, typer.Option("--date", help="Ngày ban hành: 22/11/2026 / date of issue")] = None,
    due: Annotated[str | None, typer.Option(help="Hạn xử lý / due date")] = None,
    content: Annotated[str | None, typer.Option(help="Tóm tắt nội dung / summary")] = None,
    sealed_by: Annotated[str | None, typer.Option(help="Văn thư đóng dấu / who uses the seal")] = None,
    original: Annotated[list[Path] | None, typer.Option(help="Tệp gốc soạn thảo / editable original")] = None,
    document: Annotated[Path | None, typer.Option(help="Toàn bộ văn bản dạng JSON / the whole document")] = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Đóng dấu và gửi văn bản / Seal and send a document."""
    output = output_of(context, json)
    head = Letterhead(
        symbol=symbol,
        subject=subject,
        signer=signer,
        position=position,
        kind=kind,
        purpose=purpose,
        priority=priority,
        secrecy=secrecy,
        place=place,
        day=day,
        due=due,
        content=content,
        sealed_by=sealed_by,
    )
    attached = [(existing_file(path), AttachmentRole.APPENDIX) for path in files or []]
    attached[:1] = [(path, AttachmentRole.MAIN) for path, _ in attached[:1]]
    attached += [(existing_file(path), AttachmentRole.ORIGINAL) for path in original or []]

    async def work(agency: Agency) -> None:
        made = await _document(agency, head, to or [], document)
        complete = await _attach(agency, made, attached, output)
        show_sent(await agency.send(complete), complete, output)

    run_agency(profile, output, work)


def resume(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Gửi lại những gì chưa có biên nhận / Send again what has no receipt yet; never sends twice."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        waiting = agency.pending()
        if not waiting:
            output.note(Words("Không có gì chờ gửi lại.", "Nothing is waiting."))
        for sealed in waiting:
            show_sent(await agency.submit(sealed), None, output)

    run_agency(profile, output, work)


def show_sent(sent: Sent, document: Document | None, output: Output) -> None:
    """The receipt, for people or programs."""
    receipt = sent.receipt
    output.facts(
        Words("Đã được trục liên thông tiếp nhận", "Accepted by the exchange"),
        {
            "message_id": (Words("Mã thông điệp", "Message"), str(sent.message_id)),
            "subject": (Words("Mã văn bản", "Document"), str(receipt.subject)),
            "document_id": (Words("Mã định danh văn bản", "Document id"), document.document_id if document else ""),
            "to": (Words("Nơi nhận", "To"), ", ".join(to.code for to in document.to) if document else ""),
            "lane": (Words("Luồng", "Lane"), lane_name(receipt.lane)),
            "accepted_at": (Words("Thời điểm tiếp nhận", "Accepted at"), output.time(receipt.accepted_at)),
            "sha256": (Words("SHA-256", "SHA-256"), receipt.sha256),
            "repeated": (Words("Đã tiếp nhận từ trước", "Had been accepted before"), sent.repeated),
        },
    )
    for warning in sent.warnings:
        output.note(Words(f"! {warning.pointer}: {warning.detail}", f"! {warning.pointer}: {warning.detail}"))


async def _document(agency: Agency, head: Letterhead, to: Sequence[str], path: Path | None) -> Document:
    if path is None:
        if not to:
            raise BadInput(Words("Còn thiếu: --to", "Missing: --to"))
        return await agency.compose(head.draft(agency.profile), to=to)
    try:
        told = loads(existing_file(path).read_bytes())
        return Document.model_validate_json(json_library.dumps(told), strict=True)
    except MalformedJson as error:
        raise BadInput(Words(f"{path}: {error.words.vi}", f"{path}: {error.words.en}")) from error
    except ValidationError as error:
        raise malformed(error) from error


async def _attach(
    agency: Agency, document: Document, files: Sequence[tuple[Path, AttachmentRole]], output: Output
) -> Document:
    attachments = list(document.attachments)
    with _progress(output) as bar:
        for place, (path, role) in enumerate(files, len(attachments) + 1):
            task = bar.add_task(path.name, total=path.stat().st_size)

            def moved(done: int, total: int, task: Any = task) -> None:
                bar.update(task, completed=done, total=total)

            upload = await agency.upload(path, progress=moved)
            attachments.append(upload.as_attachment(f"file-{place}", role))
    return document.model_copy(update={"attachments": tuple(attachments)})


def _progress(output: Output) -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, disable=output.json or not console.is_terminal)


def one_of(kind: type[E], text: str, option: str) -> E:
    """A member by its value or name. Raises BadInput listing what there is."""
    for member in kind:
        if text.lower() in (str(member.value), member.name.lower()):
            return member
    names = ", ".join(member.name.lower() for member in kind)
    raise BadInput(Words(f"{option} {text!r}: chọn một trong {names}", f"{option} {text!r}: choose one of {names}"))
