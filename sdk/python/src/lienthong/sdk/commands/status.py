"""`lienthong agency status` and `track`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from lienthong.common.clock import VIETNAM
from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.document import StaffInfo
from lienthong.common.messages.status import StatusCode
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.items import find_letter, one_of_received
from lienthong.sdk.commands.options import JsonOption, ProfileOption, output_of, run_agency
from lienthong.sdk.commands.output import Named, Output, lane_name
from lienthong.sdk.errors import BadInput
from lienthong.sdk.statuses import STATUS_WORDS, find_status, state_words, status_words
from lienthong.sdk.track import Track, TrackedRecipient, TrackedStatus

_TIME_COLUMNS = (2, 4, 5)
_TIMES = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%H:%M %d/%m/%Y", "%d/%m/%Y %H:%M", "%H:%M:%S %d/%m/%Y")


def status(
    context: typer.Context,
    *,
    item: Annotated[str, typer.Argument(help="ordinary:12, mã thông điệp, hoặc số ký hiệu / message id, or symbol")],
    code: Annotated[str, typer.Argument(help="01…06, hoặc tên: da-tiep-nhan, received…")],
    reason: Annotated[str | None, typer.Option(help="Lý do (bắt buộc với 02), ghi chú / reason, comment")] = None,
    at: Annotated[str | None, typer.Option(help="Thời điểm: '09:30 22/11/2026' / when it happened")] = None,
    staff: Annotated[str | None, typer.Option(help="Người xử lý / whom to ask")] = None,
    department: Annotated[str | None, typer.Option(help="Đơn vị xử lý / department")] = None,
    mobile: Annotated[str | None, typer.Option(help="Điện thoại / telephone")] = None,
    email: Annotated[str | None, typer.Option(help="Thư điện tử / email")] = None,
    sealed_by: Annotated[str | None, typer.Option(help="Văn thư đóng dấu / who uses the seal")] = None,
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
    happened_at = read_time(at) if at else None
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


def track(
    context: typer.Context,
    *,
    document: Annotated[str, typer.Argument(help="Mã thông điệp hoặc số ký hiệu / message id or symbol")],
    source: Annotated[str | None, typer.Option(help="Mã nơi gửi, khi văn bản của nơi khác / sender's code")] = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Quá trình xử lý một văn bản tại từng nơi nhận / Where a document stands at each of its recipients."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        message_id, sender = _find_message(agency, document.strip(), source)
        _show(await agency.track(message_id, sender), output)

    run_agency(profile, output, work)


def read_time(text: str) -> datetime:
    """A time as people write it, in Vietnam unless it says another zone. Raises BadInput."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    for form in _TIMES:
        if moment is not None:
            break
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is put beside it below
        except ValueError:
            continue
    if moment is None or len(text) <= len("2026-11-22"):
        raise BadInput(
            Words(
                f"--at: {text!r} không đúng dạng '09:30 22/11/2026'",
                f"--at: {text!r} is no time such as '09:30 22/11/2026'",
            )
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _find_message(agency: Agency, name: str, source: str | None) -> tuple[UUID, str | None]:
    """The message that a person means, and its sender where that is another agency. Raises BadInput."""
    try:
        message_id = parse_id(name)
    except MalformedId:
        message_id = None
    if message_id and (source or not agency.find_received(name)):
        return message_id, source
    sent = agency.find_sent(name) if message_id is None and source is None else []
    if len(sent) > 1:
        ids = ", ".join(map(str, sent))
        raise BadInput(Words(f"{name!r} đã gửi nhiều lần: {ids}", f"{name!r} was sent more than once: {ids}"))
    if sent:
        return sent[0], None
    noted = one_of_received(agency, name, source)
    return parse_id(noted.message_id), noted.source.removeprefix("/agencies/")


def _show(told: Track, output: Output) -> None:
    if output.json:
        output.line(told.model_dump(mode="json"))
        return
    title = Words(
        f"{told.document_id} · {told.title}\nTrục tiếp nhận {output.time(told.accepted_at)}",
        f"{told.document_id} · {told.title}\nAccepted {output.time(told.accepted_at)}",
    )
    columns = [
        Words("Nơi nhận", "Recipient"),
        Words("Tình trạng", "State"),
        Words("Xác nhận", "Acknowledged"),
        Words("Trạng thái đã báo", "Reported"),
        Words("Xảy ra lúc", "Happened"),
        Words("Ghi nhận lúc", "Stored"),
        Words("Ghi chú", "Remarks"),
    ]
    output.table(title, columns, [row for each in told.recipients for row in _rows(each, output)], whole=_TIME_COLUMNS)


def _rows(recipient: TrackedRecipient, output: Output) -> list[list[str]]:
    acknowledged = output.time(recipient.acknowledged_at) if recipient.acknowledged_at else ""
    head = [f"{recipient.name} ({recipient.code})", output.text(state_words(recipient.state)), acknowledged]
    reports = [_report(each, output) for each in recipient.statuses] or [["", "", "", ""]]
    return [[*(head if place == 0 else ["", "", ""]), *report] for place, report in enumerate(reports)]


def _report(each: TrackedStatus, output: Output) -> list[str]:
    late = output.text(Words("đến muộn", "late")) if each.late else ""
    remarks = " · ".join(part for part in (late, each.description) if part)
    name = f"{each.status} {output.text(status_words(each.status))}"
    return [name, output.time(each.said_at), output.time(each.stored_at), remarks]


def _named(code: StatusCode) -> Named:
    words = STATUS_WORDS[code]
    return Named(code.value, Words(f"{code} {words.vi}", f"{code} {words.en}"))
