"""`lienthong agency track`."""

from datetime import datetime
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.naming import find_sent_message
from lienthong.sdk.commands.options import JsonOption, ProfileOption, output_of, run_agency
from lienthong.sdk.commands.output import Output
from lienthong.sdk.statuses import asked_words, change_words, state_words, status_words
from lienthong.sdk.track import Track, TrackedChange, TrackedLateEntry, TrackedRecipient, TrackedStatus, TrackedWay

_TIME_COLUMNS = (2, 4, 5)
_OPEN = ("sent", "arrived")
"""States in which a delivery still waits to be received."""

Row = tuple[datetime, list[str]]


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
        message_id, sender = await find_sent_message(agency, document.strip(), source)
        _show(await agency.track(message_id, sender), output)

    run_agency(profile, output, work)


def _show(told: Track, output: Output) -> None:
    if output.json:
        output.line(told.model_dump(mode="json"))
        return
    at = output.time(told.accepted_at)
    versions = _versions(told, output)
    title = Words(
        f"{told.document_id} · {told.title}\nTrục tiếp nhận {at}{versions}",
        f"{told.document_id} · {told.title}\nAccepted {at}{versions}",
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


def _versions(told: Track, output: Output) -> str:
    """Every version with its message, where there are several."""
    if len(told.versions) < 2:
        return ""
    shown = [f"{n}. {output.time(each.accepted_at)} ({each.message_id})" for n, each in enumerate(told.versions, 1)]
    return f"\n{output.text(Words('Các bản', 'Versions'))}: {'; '.join(shown)}"


def _rows(recipient: TrackedRecipient, output: Output) -> list[list[str]]:
    acknowledged = output.time(recipient.acknowledged_at) if recipient.acknowledged_at else ""
    head = [
        f"{recipient.name} ({recipient.code})",
        "\n".join([_state(recipient, output), *_way(recipient.way, output)]),
        acknowledged,
    ]
    happened = [_report(each, output) for each in recipient.statuses]
    happened += [row for each in recipient.changes for row in _change(each, output)]
    rows = [row for _, row in sorted(happened, key=lambda each: each[0])] or [["", "", "", ""]]
    return [[*(head if place == 0 else ["", "", ""]), *row] for place, row in enumerate(rows)]


def _way(way: TrackedWay | None, output: Output) -> list[str]:
    """What keeps the document from its recipient."""
    if way is None:
        return []
    if way.state == "disabled":
        return [output.text(Words("webhook nơi nhận đã tắt", "its webhook is disabled"))]
    since, again = (output.time(each) if each else "?" for each in (way.failing_since, way.next_attempt_at))
    words = Words(
        f"webhook nơi nhận lỗi từ {since}, thử lại {again}", f"its webhook fails since {since}, next attempt {again}"
    )
    return [output.text(words)]


def _state(recipient: TrackedRecipient, output: Output) -> str:
    """The state, and by when it must change, as long as it must."""
    state = output.text(state_words(recipient.state))
    if recipient.state not in _OPEN or recipient.due_at is None:
        return state
    due = output.time(recipient.due_at)
    words = Words("quá hạn", "overdue since") if recipient.overdue else Words("hạn", "due")
    return f"{state}\n({output.text(words)} {due})"


def _report(each: TrackedStatus, output: Output) -> Row:
    late = output.text(Words("đến muộn", "late")) if each.late else ""
    remarks = " · ".join(part for part in (late, each.description, _entered_late(each.late_entry, output)) if part)
    name = f"{each.status} {output.text(status_words(each.status))}"
    return each.said_at, [name, output.time(each.said_at), output.time(each.stored_at), remarks]


def _entered_late(entry: TrackedLateEntry | None, output: Output) -> str:
    if entry is None:
        return ""
    when = output.time(entry.occurred_at)
    return output.text(
        Words(f"nhập bù: {when}, {entry.by}, {entry.reason}", f"entered late: {when}, {entry.by}, {entry.reason}")
    )


def _change(each: TrackedChange, output: Output) -> list[Row]:
    """What was asked, what came of it, and whether the content is removed."""
    kind, state = output.text(change_words(each.kind)), output.text(asked_words(each.state))
    rows: list[Row] = [(each.asked_at, [f"↺ {kind}", output.time(each.asked_at), "", each.reason or ""])]
    if each.answered_at is None:
        rows.append((each.asked_at, [f"→ {state}", "", "", ""]))
    else:
        at = output.time(each.answered_at)
        rows.append((each.answered_at, [f"→ {state}", at, "", each.description or ""]))
    if each.removed_at is not None:
        removed = output.text(Words("Đã xóa nội dung", "Content removed"))
        rows.append((each.removed_at, [f"→ {removed}", output.time(each.removed_at), "", ""]))
    elif each.removal == "owed":
        owed = output.text(Words("chưa báo đã xóa nội dung", "its removal is not reported yet"))
        rows.append((each.answered_at or each.asked_at, [f"→ {owed}", "", "", ""]))
    return rows
