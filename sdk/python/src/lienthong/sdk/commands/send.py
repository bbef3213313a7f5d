"""`lienthong agency send` and `resume`."""

import json as json_library
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from lienthong.common.errors import LienthongError, Words
from lienthong.common.messages.document import Document
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.batch import send_file
from lienthong.sdk.commands.groups import addressed
from lienthong.sdk.commands.late import LateAtOption, LateByOption, LateReasonOption
from lienthong.sdk.commands.letterhead import (
    KIND,
    PRIORITY,
    PURPOSE,
    ContentOption,
    DateOption,
    DueOption,
    FilesArgument,
    Letterhead,
    OriginalOption,
    PlaceOption,
    PositionOption,
    SealedByOption,
    SignerOption,
    SubjectOption,
    SymbolOption,
    Uploads,
    attached_files,
)
from lienthong.sdk.commands.options import JsonOption, ProfileOption, existing_file, output_of, run_agency
from lienthong.sdk.commands.output import Exit, Output, exit_code, lane_name
from lienthong.sdk.compose import malformed
from lienthong.sdk.errors import BadInput
from lienthong.sdk.sending import Sent


def send(
    context: typer.Context,
    *,
    files: FilesArgument = None,
    to: Annotated[list[str] | None, typer.Option(help="Mã cơ quan nhận, lặp lại được / recipient's code")] = None,
    to_group: Annotated[list[str] | None, typer.Option(help="Nhóm nơi nhận / group of recipients")] = None,
    symbol: SymbolOption = None,
    subject: SubjectOption = None,
    signer: SignerOption = None,
    position: PositionOption = None,
    kind: Annotated[str, KIND] = "cong_van",
    purpose: Annotated[str, PURPOSE] = "information",
    priority: Annotated[str, PRIORITY] = "normal",
    secrecy: Annotated[str, typer.Option(help="Độ mật: chỉ none được nhận / only none is accepted")] = "none",
    place: PlaceOption = None,
    day: DateOption = None,
    due: DueOption = None,
    content: ContentOption = None,
    sealed_by: SealedByOption = None,
    late_entry_at: LateAtOption = None,
    late_entry_by: LateByOption = None,
    late_entry_reason: LateReasonOption = None,
    original: OriginalOption = None,
    document: Annotated[Path | None, typer.Option(help="Toàn bộ văn bản dạng JSON / the whole document")] = None,
    batch: Annotated[Path | None, typer.Option(help="Nhiều văn bản, mỗi dòng một JSON / many, one JSON a line")] = None,
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
        date=day,
        due=due,
        content=content,
        sealed_by=sealed_by,
    ).entered_late(late_entry_at, late_entry_by, late_entry_reason)
    attached = attached_files(files or [], original or [])
    if batch and (attached or document):
        raise BadInput(Words("--batch nêu tệp trong từng dòng", "--batch names its files in its lines"))

    async def work(agency: Agency) -> None:
        recipients = await addressed(agency, to or [], to_group or [], output)
        if batch:
            await send_file(agency, batch, head, recipients, output)
            return
        made = await _document(agency, head, recipients, document)
        complete = await Uploads(agency, output).attach(made, attached)
        show_sent(await agency.send(complete), complete, output)

    run_agency(profile, output, work)


def resume(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Gửi lại những gì chưa có biên nhận / Send again what has no receipt yet; never sends twice."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        waiting = agency.pending()
        if not waiting:
            output.note(Words("Không có gì chờ gửi lại.", "Nothing is waiting."))
        codes: set[Exit] = set()
        for sealed in waiting:
            try:
                show_sent(await agency.submit(sealed), None, output)
            except LienthongError as error:
                # What is refused for good is settled; what follows it need not wait for that.
                codes.add(output.error(error))
                if exit_code(error) is Exit.AGAIN:
                    break
        if codes:
            raise typer.Exit(Exit.AGAIN if Exit.AGAIN in codes else Exit.REFUSED)

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
        sent.warnings,
    )


async def _document(agency: Agency, head: Letterhead, to: Sequence[str], path: Path | None) -> Document:
    if path is None:
        return await agency.compose(head.draft(agency.profile, to), to=to)
    try:
        told = loads(existing_file(path).read_bytes())
        return Document.model_validate_json(json_library.dumps(told), strict=True)
    except MalformedJson as error:
        raise BadInput(Words(f"{path}: {error.words.vi}", f"{path}: {error.words.en}")) from error
    except ValidationError as error:
        raise malformed(error) from error
