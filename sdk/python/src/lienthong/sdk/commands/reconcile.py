"""`lienthong agency reconcile make | compare`: what is missing between two agencies (docs/reconcile.md).

Exit status of `compare`: 0 nothing is missing, 1 the two differ, 2 cannot tell (a file cannot be used).
"""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong.common.errors import Words
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ContentRemoved,
    DocumentSent,
    StatusReported,
    TakeBackRequested,
)
from lienthong.common.messages.reconciliation import DayHead, Direction
from lienthong.common.text.terminal import harmless_line
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.options import (
    JsonOption,
    ProfileOption,
    existing_file,
    output_of,
    read_anchors,
    read_date,
    read_list,
    run_agency,
)
from lienthong.sdk.commands.output import Exit, Output, lane_name
from lienthong.sdk.commitments import (
    MAX_FILE,
    CommitmentEntry,
    Told,
    judge_offline,
    read_file,
    too_large,
    verify_file,
)
from lienthong.sdk.committing import Made
from lienthong.sdk.comparing import ComparedDay, Comparison, DayState, Gap, GapKind, compare
from lienthong.sdk.errors import BadInput
from lienthong.sdk.files import safe_name, write_atomically
from lienthong.sdk.profile import FILE, profile_folder
from lienthong.sdk.statuses import state_words

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Đối soát với một cơ quan: văn bản nào thiếu, ở đâu / Gaps between two agencies: what is missing, where",
)

_DIRECTIONS = {
    Direction.SENT: Words("Đã gửi", "Sent"),
    Direction.RECEIVED: Words("Đã nhận", "Received"),
}
_STATES = {
    DayState.EQUAL: Words("Khớp", "equal"),
    DayState.DIFFERS: Words("LỆCH", "DIFFERS"),
    DayState.EXPLAINED: Words("Khớp, đã giải thích", "explained"),
}
_TYPES = {
    DocumentSent.TYPE: Words("Văn bản", "document"),
    StatusReported.TYPE: Words("Trạng thái", "status"),
    TakeBackRequested.TYPE: Words("Yêu cầu lấy lại", "take-back"),
    ChangeAnswered.TYPE: Words("Trả lời yêu cầu", "answer"),
    ContentRemoved.TYPE: Words("Báo đã xóa", "removal"),
}


@app.command()
def make(
    context: typer.Context,
    *,
    counterpart: Annotated[str, typer.Argument(help="Mã cơ quan cùng đối soát / the other agency's code or id")],
    first: Annotated[str, typer.Option("--from", help="Ngày đầu: 01/11/2026 / first day: 01/11/2026")],
    last: Annotated[str, typer.Option("--to", help="Ngày cuối, tính cả ngày này / last day, included")],
    save: Annotated[Path | None, typer.Option(help="Tệp ghi ra / file to write")] = None,
    without_list: Annotated[
        bool, typer.Option("--without-list", help="Chỉ số lượng và chuỗi băm, không danh mục / counts and chains only")
    ] = False,
    also: Annotated[
        list[str] | None,
        typer.Option(help="Hồ sơ khác của cơ quan cũng đã gửi, lặp lại được / another profile that sent, repeatable"),
    ] = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Lập cam kết đã gửi, đã nhận những gì, có đóng dấu / Say under seal what was sent and received."""
    output = output_of(context, json)
    begin, end = read_date(first, "--from"), read_date(last, "--to")
    folders = [_profile_of(each) for each in also or []]

    async def work(agency: Agency) -> None:
        made = await agency.commitments.make(counterpart, begin, end, also=folders)
        path = save or Path(_file_name(made))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, made.file.to_bytes(entries=not without_list))
        _show_made(made, path, output)

    run_agency(profile, output, work)


@app.command("compare")
def compare_files(
    context: typer.Context,
    one: Annotated[Path, typer.Argument(help="Tệp của một bên / one agency's file")],
    other: Annotated[Path, typer.Argument(help="Tệp của bên kia / the other agency's file")],
    *,
    trust: Annotated[
        Path | None,
        typer.Option(help="Chứng thư gốc, để kiểm tra không cần mạng / anchors: verify offline, without a profile"),
    ] = None,
    crl: Annotated[
        list[Path] | None,
        typer.Option(help="Danh sách thu hồi mới hơn, lặp lại được / newer revocation list, repeatable"),
    ] = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """So hai cam kết; mã 0 khớp, 1 lệch, 2 không rõ / Compare two of these; exit 0 equal, 1 differ, 2 unclear."""
    output = output_of(context, json)
    contents = [_content(existing_file(each)) for each in (one, other)]
    told: list[Told] = []
    if trust is not None:
        judge = judge_offline(read_anchors(trust), [read_list(each) for each in crl or []])
        told += [asyncio.run(verify_file(read_file(each), judge)) for each in contents]
    else:

        async def work(agency: Agency) -> None:
            told.extend([await agency.commitments.read(each) for each in contents])

        run_agency(profile, output, work)
    comparison = compare(*told)
    if output.json:
        output.line(as_json(comparison))
    else:
        _show(comparison, output)
    raise typer.Exit(Exit.DONE if comparison.is_equal else Exit.REFUSED)


def as_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison for programs."""
    return {
        "equal": comparison.is_equal,
        "first": comparison.first.isoformat(),
        "last": comparison.last.isoformat(),
        "open_since": comparison.open_since and comparison.open_since.isoformat(),
        "days": [_day_members(each) for each in comparison.days],
        "gaps": [_gap_members(each) for each in comparison.gaps],
        "unread": [
            {"recipient": str(each.recipient), "entry": each.entry.model_dump(mode="json", exclude_none=True)}
            for each in comparison.unread
        ],
    }


def _day_members(each: ComparedDay) -> dict[str, Any]:
    return {
        "sender": str(each.sender),
        "recipient": str(each.recipient),
        "day": each.day.isoformat(),
        "lane": each.lane.value,
        "sent": each.sent,
        "received": each.received,
        "state": each.state.value,
        "named": each.named,
    }


def _gap_members(gap: Gap) -> dict[str, Any]:
    return {
        "kind": gap.kind.value,
        "sender": str(gap.sender),
        "recipient": str(gap.recipient),
        "at": str(gap.at),
        "times": gap.times,
        "entry": gap.entry.model_dump(mode="json", exclude_none=True),
        "other": gap.other and gap.other.model_dump(mode="json", exclude_none=True),
    }


def _show_made(made: Made, path: Path, output: Output) -> None:
    told = made.commitment
    if output.json:
        own = [{"day": each.day.isoformat(), "counted": each.counted, "kept": each.kept} for each in made.own_gaps]
        heads = [each.model_dump(mode="json") for each in told.heads]
        output.line({"file": str(path), "heads": heads, "waiting": made.waiting, "own_gaps": own})
        return
    title = Words(
        f"{told.agency.name} cam kết với {told.counterpart.name}", f"{told.agency.name} to {told.counterpart.name}"
    )
    columns = [Words("Ngày", "Day"), Words("Chiều", "Way"), Words("Luồng", "Lane"), Words("Số lượng", "Count")]
    output.table(title, columns, [_head_row(each, output) for each in told.heads])
    output.say(output.text(Words(f"Đã ghi {path}", f"{path} is written")))
    output.note(
        Words(
            f"Trao tệp này cho {told.counterpart.name}, nhận tệp của họ, rồi: lienthong agency reconcile compare",
            f"Hand it to {told.counterpart.name}, take theirs, then: lienthong agency reconcile compare",
        )
    )
    if made.waiting:
        output.note(
            Words(
                f"! {made.waiting} thông điệp chưa có biên nhận, chưa tính: chạy `lienthong agency resume` rồi lập lại",
                f"! {made.waiting} messages without a receipt are not in it: run `lienthong agency resume`, then again",
            )
        )
    for gap in made.own_gaps:
        output.note(
            Words(
                f"! {gap.day:%d/%m/%Y}: trục ghi {gap.counted} văn bản cơ quan đã gửi, sổ này giữ {gap.kept}; "
                "nếu hệ thống khác của cơ quan đã gửi, thêm --also",
                f"! {gap.day:%d/%m/%Y}: the exchange counts {gap.counted} documents sent by the agency, these books "
                f"hold {gap.kept}; where another system of the agency has sent, add --also",
            )
        )


def _head_row(head: DayHead, output: Output) -> list[str]:
    lane = output.text(lane_name(head.lane).words)
    return [f"{head.day:%d/%m/%Y}", output.text(_DIRECTIONS[head.direction]), lane, str(head.count)]


def _show(comparison: Comparison, output: Output) -> None:
    # They name themselves: in lines of our own nobody adds a line.
    names = {each.agency_id: harmless_line(each.name) for each in comparison.agencies}
    one, other = names.values()
    span = f"{comparison.first:%d/%m/%Y} – {comparison.last:%d/%m/%Y}"
    columns = [
        Words("Ngày", "Day"),
        Words("Nơi gửi → nơi nhận", "From → to"),
        Words("Luồng", "Lane"),
        Words("Gửi", "Sent"),
        Words("Nhận", "Received"),
        Words("Kết quả", "Result"),
    ]
    rows = [
        [
            f"{each.day:%d/%m/%Y}",
            f"{names[each.sender]} → {names[each.recipient]}",
            output.text(lane_name(each.lane).words),
            str(each.sent),
            str(each.received),
            output.text(_STATES[each.state]),
        ]
        for each in comparison.days
    ]
    output.table(Words(f"Đối soát {one} – {other}, {span}", f"{one} – {other}, {span}"), columns, rows)
    for gap in comparison.gaps:
        output.say("• " + output.text(_gap_words(gap, names[gap.at], output)))
    if comparison.open_since is not None:
        day = f"{comparison.open_since:%d/%m/%Y}"
        output.note(Words(f"Từ {day}: ngày chưa hết khi lập", f"Since {day}: the day was not over when it was made"))
    if any(each.state is DayState.DIFFERS and not each.named for each in comparison.days):
        output.note(
            Words(
                "Muốn biết thiếu văn bản nào: cả hai bên đưa tệp có danh mục (không dùng --without-list).",
                "To name what is missing both sides hand over files with their lists (without --without-list).",
            )
        )
    for agency_id, count in Counter(each.recipient for each in comparison.unread).items():
        name = names[agency_id]
        output.note(
            Words(
                f"{name}: {count} thông điệp nằm trong hộp đến, hệ thống chưa xác nhận",
                f"{name}: {count} messages lie in its inbox, not acknowledged by its system",
            )
        )
    result = (
        Words("KHỚP: không thiếu văn bản nào", "EQUAL: nothing is missing")
        if comparison.is_equal
        else Words("CÓ CHÊNH LỆCH", "THE TWO DIFFER")
    )
    output.say(output.text(result))


def _gap_words(gap: Gap, at: str, output: Output) -> Words:
    entry = gap.entry
    unnamed = state_words(entry.withheld) if entry.withheld else Words("Thông điệp", "message")
    kind = _TYPES.get(entry.type or "", unnamed)
    what = " · ".join(part for part in (entry.document_id, str(entry.message_id or ""), entry.sha256[:16]) if part)
    when = f" ({output.time(entry.accepted_at)})" if entry.accepted_at is not None else f" ({entry.day:%d/%m/%Y})"
    vi, en = _fault_of(gap, at)
    return Words(f"{kind.vi} {what}{when}: {vi}", f"{kind.en} {what}{when}: {en}")


def _fault_of(gap: Gap, at: str) -> tuple[str, str]:
    other: CommitmentEntry | None = gap.other
    match gap.kind:
        case GapKind.NOT_RECEIVED:
            return f"{at} không nhận được", f"missing at its recipient, {at}"
        case GapKind.NOT_SENT:
            return f"{at} không có trong sổ gửi", f"missing in the books of its sender, {at}"
        case GapKind.ALTERED:
            sha256 = other.sha256[:16] if other else "?"
            return f"{at} giữ bản khác ({sha256})", f"{at} has other bytes under this id ({sha256})"
        case GapKind.DOUBLED:
            return f"{at} có {gap.times} lần", f"{gap.times} times at {at}"
        case GapKind.OTHER_DAY:
            day = f"{other.day:%d/%m/%Y}" if other else "?"
            return f"{at} ghi ngày hoặc luồng khác ({day})", f"another day or lane at {at} ({day})"
        case GapKind.LATER:
            return f"đến sau khi {at} lập cam kết", f"accepted after {at} made its commitment: no gap"


def _profile_of(given: str) -> Path:
    folder = profile_folder(given)
    if not (folder / FILE).is_file():
        raise BadInput(Words(f"--also {given}: không phải hồ sơ", f"--also {given}: is no profile"))
    return folder


def _file_name(made: Made) -> str:
    told = made.commitment
    codes = (safe_name(each.code) for each in (told.agency, told.counterpart))
    return f"doi-soat-{'-'.join(codes)}-{told.first}-{told.last}.jsonl"


def _content(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE:
        raise too_large()
    return path.read_bytes()
