"""`lienthong agency check`: will it arrive?"""

import mimetypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.groups import addressed
from lienthong.sdk.commands.options import JsonOption, ProfileOption, existing_file, output_of, run_agency
from lienthong.sdk.commands.output import Exit, Output, lane_name
from lienthong.sdk.errors import BadInput
from lienthong.sdk.preflight import Capabilities, InboxState, Recipient

_ARRIVES = {
    "yes": Words("Có", "yes"),
    "late": Words("Có thể chậm", "late"),
    "no": Words("Không", "no"),
}
_WHOLE = (4,)


def check(
    context: typer.Context,
    *,
    codes: Annotated[list[str] | None, typer.Argument(help="Mã hoặc id cơ quan nhận / codes or ids")] = None,
    to_group: Annotated[list[str] | None, typer.Option(help="Nhóm nơi nhận / group of recipients")] = None,
    file: Annotated[list[Path] | None, typer.Option(help="Tệp định gửi / files to be sent")] = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Gửi thì có đến không? Mã 1 khi có nơi không nhận được / Will it arrive? Nothing is sent; exit 1 where not."""
    output = output_of(context, json)
    files = [existing_file(path) for path in file or []]

    async def work(agency: Agency) -> None:
        to = await addressed(agency, codes or [], to_group or [], output)
        if not to:
            raise BadInput(Words("Nêu ít nhất một cơ quan hoặc nhóm", "Name at least one agency or group"))
        told = await agency.capabilities(to)
        faults = [fault for path in files for fault in _faults(path, told)]
        _show(told, faults, output)
        if faults or any(each.arrives == "no" for each in told.recipients):
            raise typer.Exit(Exit.REFUSED)

    run_agency(profile, output, work)


def _faults(path: Path, told: Capabilities) -> Iterator[Words]:
    """Why a file would not be taken."""
    size, limits = path.stat().st_size, told.limits
    most = limits.attachment_bytes if told.scanner.most_bytes is None else told.scanner.most_bytes
    most = min(most, limits.attachment_bytes)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if size > most:
        yield Words(f"{path.name}: {size} byte, tối đa {most}", f"{path.name}: {size} bytes, at most {most}")
    if size == 0:
        yield Words(f"{path.name}: tệp rỗng", f"{path.name}: the file is empty")
    if not limits.takes(media_type):
        yield Words(f"{path.name}: không nhận loại {media_type}", f"{path.name}: {media_type} is not taken")


def _show(told: Capabilities, faults: Sequence[Words], output: Output) -> None:
    if output.json:
        output.line({**told.model_dump(mode="json"), "file_faults": [output.text(each) for each in faults]})
        return
    columns = [
        Words("Cơ quan", "Agency"),
        Words("Đến được?", "Arrives?"),
        Words("Con dấu đến", "Seal until"),
        Words("Chưa xác nhận", "Unacknowledged"),
        Words("Đọc lần cuối", "Last read"),
        Words("Lưu ý", "Remarks"),
    ]
    output.table(
        Words("Kiểm tra trước khi gửi", "Pre-flight"),
        columns,
        [_row(each, output) for each in told.recipients],
        whole=_WHOLE,
    )
    for fault in faults:
        output.note(Words(f"! {fault.vi}", f"! {fault.en}"))
    if told.scanner.state == "away":
        output.note(
            Words("! Bộ quét mã độc không trả lời: chưa tải tệp lên được", "! The scanner is away: uploads must wait")
        )


def _row(recipient: Recipient, output: Output) -> list[str]:
    read = [each.read_at for each in recipient.inboxes if each.read_at]
    return [
        recipient.name or str(recipient.agency_id),
        output.text(_ARRIVES.get(recipient.arrives, Words(recipient.arrives, recipient.arrives))),
        output.time(recipient.seal.until) if recipient.seal.until else "—",
        "\n".join(_waiting(each, output) for each in recipient.inboxes if each.unacknowledged) or "0",
        output.time(max(read)) if read else "—",
        "\n".join(f"{each.detail}. {each.advice}".strip() for each in recipient.warnings),
    ]


def _waiting(inbox: InboxState, output: Output) -> str:
    lane = lane_name(Lane(inbox.lane)) if inbox.lane in list(Lane) else None
    return f"{output.text(lane.words) if lane else inbox.lane}: {inbox.unacknowledged}"
