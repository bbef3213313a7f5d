"""`lienthong agency status`."""

from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.common.messages.document import StaffInfo
from lienthong.common.messages.status import StatusCode
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.late import LateAtOption, LateByOption, LateReasonOption, read_late_entry
from lienthong.sdk.commands.letterhead import SealedByOption
from lienthong.sdk.commands.naming import find_letter
from lienthong.sdk.commands.options import JsonOption, ProfileOption, output_of, read_time, run_agency
from lienthong.sdk.commands.output import Named, lane_name
from lienthong.sdk.errors import BadInput
from lienthong.sdk.statuses import STATUS_WORDS, find_status

ItemArgument = Annotated[
    str, typer.Argument(help="ordinary:12, mã thông điệp, hoặc số ký hiệu / ordinary:12, message id, or symbol")
]
CodeArgument = Annotated[
    str, typer.Argument(help="01…06, hoặc tên: da-tiep-nhan, received… / 01…06, or a name: received, da-tiep-nhan…")
]


def status(
    context: typer.Context,
    *,
    item: ItemArgument,
    code: CodeArgument,
    reason: Annotated[
        str | None, typer.Option(help="Lý do (bắt buộc với 02), ghi chú / reason (02 needs one), comment")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Thời điểm: '09:30 22/11/2026' / when it happened: '09:30 22/11/2026'")
    ] = None,
    staff: Annotated[str | None, typer.Option(help="Người xử lý / whom to ask")] = None,
    department: Annotated[str | None, typer.Option(help="Đơn vị xử lý / department")] = None,
    mobile: Annotated[str | None, typer.Option(help="Điện thoại / telephone")] = None,
    email: Annotated[str | None, typer.Option(help="Thư điện tử / email")] = None,
    sealed_by: SealedByOption = None,
    late_entry_at: LateAtOption = None,
    late_entry_by: LateByOption = None,
    late_entry_reason: LateReasonOption = None,
    source: Annotated[str | None, typer.Option(help="Mã nơi gửi, khi trùng số / sender's code, if needed")] = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Báo trạng thái xử lý một văn bản đến / Tell a document's sender how it is handled."""
    output = output_of(context, json)
    wanted = find_status(code)
    if wanted is None:
        names = ", ".join(f"{each} {words.vi} ({each.name.lower()})" for each, words in STATUS_WORDS.items())
        raise BadInput(Words(f"Trạng thái {code!r}: chọn {names}", f"The status {code!r}: choose of {names}"))
    happened_at = read_time(at, "--at") if at else None
    asked = StaffInfo(department=department, staff=staff, mobile=mobile, email=email)

    async def work(agency: Agency) -> None:
        letter = await find_letter(agency, item, source)
        sent = await agency.report(
            letter,
            wanted,
            description=reason,
            happened_at=happened_at,
            staff=asked if asked != StaffInfo() else None,
            sealed_by=sealed_by or agency.profile.clerk,
            late_entry=read_late_entry(late_entry_at, late_entry_by, late_entry_reason, agency.profile),
        )
        output.facts(
            Words("Đã báo trạng thái", "Status reported"),
            {
                "message_id": (Words("Mã thông điệp", "Message"), str(sent.message_id)),
                "document": (Words("Văn bản", "Document"), letter.symbol),
                "to": (Words("Nơi nhận báo cáo", "To"), letter.sender.name),
                "status": (Words("Trạng thái", "Status"), _named(wanted)),
                "lane": (Words("Luồng", "Lane"), lane_name(sent.receipt.lane)),
                "accepted_at": (Words("Thời điểm tiếp nhận", "Accepted at"), output.time(sent.receipt.accepted_at)),
                "repeated": (Words("Đã báo từ trước", "Had been reported before"), sent.repeated),
            },
            sent.warnings,
        )

    run_agency(profile, output, work)


def _named(code: StatusCode) -> Named:
    words = STATUS_WORDS[code]
    return Named(code.value, Words(f"{code} {words.vi}", f"{code} {words.en}"))
