"""`lienthong agency agree`, `refuse`, `removed`: what a clerk answers to a request for a change."""

from pathlib import Path
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.common.messages.change import Answer
from lienthong.sdk.answering import GIVES_BACK, Request, kind_of
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.letterhead import SealedByOption
from lienthong.sdk.commands.naming import find_request
from lienthong.sdk.commands.options import JsonOption, ProfileOption, output_of, run_agency
from lienthong.sdk.commands.output import Named, Output, lane_name
from lienthong.sdk.sending import Sent
from lienthong.sdk.statuses import ANSWER_WORDS, CHANGE_WORDS

RequestArgument = Annotated[
    str,
    typer.Argument(
        help="ordinary:12, mã thông điệp, hoặc số ký hiệu văn bản / ordinary:12, message id, or the document's symbol"
    ),
]
SourceOption = Annotated[str | None, typer.Option(help="Mã nơi gửi, khi trùng số / sender's code, if needed")]
_ELSEWHERE = Words(
    "Văn bản này không đọc trên máy này: xóa ở nơi đang giữ, rồi chạy `lienthong agency removed`.",
    "The document was not read here: remove it where it is, then run `lienthong agency removed`.",
)


def agree(
    context: typer.Context,
    *,
    request: RequestArgument,
    note: Annotated[str | None, typer.Option(help="Ghi chú / comment")] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Chưa xóa, chưa báo xóa; báo sau bằng removed / remove nothing now; report later with removed",
        ),
    ] = False,
    sealed_by: SealedByOption = None,
    source: SourceOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Đồng ý (15); trả lại, thu hồi thì xóa nội dung và báo / Agree; what is given back is removed, and reported."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        asked = await find_request(agency, request, source)
        by = sealed_by or agency.profile.clerk
        sent = await agency.answer(asked, agreed=True, description=note, sealed_by=by)
        removed, reported = None, None
        if not keep and kind_of(asked) in GIVES_BACK:
            removed = await agency.remove_content(asked)
            if removed is None:
                output.note(_ELSEWHERE)
            else:
                reported = await agency.report_removed(asked, sealed_by=by)
        _show(asked, Answer.AGREED, sent, output, removed=removed, reported=reported)

    run_agency(profile, output, work)


def refuse(
    context: typer.Context,
    *,
    request: RequestArgument,
    reason: Annotated[str, typer.Option(help="Lý do, bắt buộc / why, needed")],
    sealed_by: SealedByOption = None,
    source: SourceOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Không đồng ý (16); văn bản giữ nguyên / Refuse; the document goes on as it was."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        asked = await find_request(agency, request, source)
        by = sealed_by or agency.profile.clerk
        sent = await agency.answer(asked, agreed=False, description=reason, sealed_by=by)
        _show(asked, Answer.REFUSED, sent, output)

    run_agency(profile, output, work)


def removed(
    context: typer.Context,
    *,
    request: RequestArgument,
    note: Annotated[str | None, typer.Option(help="Đã xóa ở đâu, thế nào / how and where")] = None,
    sealed_by: SealedByOption = None,
    source: SourceOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Xóa nội dung đã trả lại và báo cho nơi gửi / Remove what was given back, and tell its sender."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        asked = await find_request(agency, request, source)
        places = await agency.remove_content(asked)
        sent = await agency.report_removed(asked, note=note, sealed_by=sealed_by or agency.profile.clerk)
        _show(asked, None, sent, output, removed=places)

    run_agency(profile, output, work)


def _show(
    asked: Request,
    answer: Answer | None,
    sent: Sent,
    output: Output,
    *,
    removed: tuple[Path, ...] | None = None,
    reported: Sent | None = None,
) -> None:
    kind = kind_of(asked)
    told = Named(answer.value, _coded(answer)) if answer else Named("removed", Words("Đã xóa nội dung", "Removed"))
    places = "" if removed is None else ", ".join(map(str, removed)) or "-"
    output.facts(
        Words("Đã trả lời", "Answered") if answer else Words("Đã báo xóa", "Removal reported"),
        {
            "message_id": (Words("Mã thông điệp", "Message"), str(sent.message_id)),
            "request": (Words("Yêu cầu", "Request"), Named(kind.value, CHANGE_WORDS[kind])),
            "document": (Words("Văn bản", "Document"), asked.symbol),
            "to": (Words("Nơi yêu cầu", "To"), asked.sender.name),
            "answer": (Words("Trả lời", "Answer"), told),
            "removed": (Words("Đã xóa nội dung trong", "Removed from"), places),
            "removal": (Words("Thông điệp báo xóa", "Its report"), str(reported.message_id) if reported else ""),
            "lane": (Words("Luồng", "Lane"), lane_name(sent.receipt.lane)),
            "accepted_at": (Words("Thời điểm tiếp nhận", "Accepted at"), output.time(sent.receipt.accepted_at)),
            "repeated": (Words("Đã trả lời từ trước", "Had been answered before"), sent.repeated),
        },
        sent.warnings,
    )


def _coded(answer: Answer) -> Words:
    words = ANSWER_WORDS[answer]
    return Words(f"{answer} {words.vi}", f"{answer} {words.en}")
