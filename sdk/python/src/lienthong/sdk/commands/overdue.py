"""`lienthong agency overdue`."""

from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.options import JsonOption, ProfileOption, output_of, run_agency
from lienthong.sdk.commands.output import Output
from lienthong.sdk.overdue import Overdue, Side

_COLUMNS = (
    Words("Văn bản", "Document"),
    Words("Trích yếu", "Subject"),
    Words("Việc", "What"),
    Words("Hạn", "Due"),
    Words("Kết thúc", "Ends"),
)
_BY = Words("Cơ quan nợ", "Owed by")
_KINDS = {
    "receive": Words("Tiếp nhận (03) hoặc từ chối (02)", "to be received (03) or refused (02)"),
    "answer": Words("Trả lời đồng ý (15) hoặc từ chối (16)", "to be answered (15 or 16)"),
    "removal": Words("Xóa nội dung và báo lại", "content to be removed, and reported"),
}
_TITLES = {
    Side.OWN: Words("Việc quá hạn của cơ quan mình", "What this agency owes others"),
    Side.OTHERS: Words("Việc nơi khác còn nợ", "What others owe this agency"),
}


def overdue(
    context: typer.Context,
    *,
    others: Annotated[
        bool, typer.Option("--others", help="Việc nơi khác còn nợ mình / what others owe this agency")
    ] = False,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Việc quá hạn: của mình với nơi khác, hoặc của nơi khác / What is late: one's own, or others' with --others."""
    output = output_of(context, json)
    side = Side.OTHERS if others else Side.OWN

    async def work(agency: Agency) -> None:
        found = [each async for each in agency.overdue(side)]
        if json:
            for each in found:
                output.line(each.model_dump(mode="json"))
        elif found:
            _show(found, side, output)
        else:
            output.note(Words("Không có việc quá hạn.", "Nothing is overdue."))

    run_agency(profile, output, work)


def _show(found: list[Overdue], side: Side, output: Output) -> None:
    rows = [[*_whom(each, side), *_row(each, output)] for each in found]
    columns = [_BY, *_COLUMNS] if side is Side.OTHERS else list(_COLUMNS)
    output.table(_TITLES[side], columns, rows, whole=(len(columns) - 2, len(columns) - 1))


def _row(each: Overdue, output: Output) -> list[str]:
    kind = _KINDS.get(each.kind)
    return [
        each.document_id or str(each.message_id),
        each.title or "",
        each.kind if kind is None else output.text(kind),
        output.time(each.due_at),
        "" if each.ends_at is None else output.time(each.ends_at),
    ]


def _whom(each: Overdue, side: Side) -> list[str]:
    if side is Side.OWN:
        return []
    officer = each.owed_by.contact_officer
    told = [each.owed_by.name or str(each.owed_by.agency_id)]
    if officer is not None:
        told += [part for part in (officer.full_name, officer.telephone, officer.email) if part]
    return ["\n".join(told)]
