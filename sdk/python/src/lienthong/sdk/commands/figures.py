"""`lienthong agency figures`."""

from pathlib import Path
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.options import JsonOption, ProfileOption, output_of, read_date, run_agency
from lienthong.sdk.commands.output import Output
from lienthong.sdk.errors import BadInput
from lienthong.sdk.figures import By, FiguresReport

_COLUMNS = {
    "sent_documents": Words("Gửi", "Sent"),
    "sent_deliveries": Words("Lượt gửi", "Deliveries"),
    "sent_received": Words("Nơi nhận đã tiếp nhận", "Received by recipients"),
    "sent_refused": Words("Bị trả lại", "Sent back"),
    "sent_overdue": Words("Nơi nhận quá hạn", "Overdue there"),
    "received_documents": Words("Nhận", "Got"),
    "received_received": Words("Đã tiếp nhận", "Received"),
    "received_overdue": Words("Quá hạn", "Overdue"),
    "received_hours_median": Words("Giờ tiếp nhận (trung vị)", "Hours to receive (median)"),
    "refused_by_rule": Words("Trục từ chối", "Refused by rule"),
    "late_entries": Words("Nhập bù", "Late entries"),
    "registrations": Words("Đăng ký ngoài trục", "Registered"),
}


def figures(
    context: typer.Context,
    *,
    first: Annotated[str, typer.Option("--from", help="Ngày đầu: 01/11/2026 / first day: 01/11/2026")],
    last: Annotated[str, typer.Option("--to", help="Ngày cuối, tính cả ngày này / last day, included")],
    by: Annotated[str, typer.Option(help="day | month")] = "month",
    csv: Annotated[Path | None, typer.Option(help="Ghi CSV vào tệp / write CSV to a file")] = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Số liệu gửi, nhận của cơ quan / The agency's figures of exchange."""
    output = output_of(context, json)
    begin, end, step = read_date(first, "--from"), read_date(last, "--to"), _step(by)

    async def work(agency: Agency) -> None:
        if csv is not None:
            csv.write_bytes(await agency.figures_csv(begin, end, step))
            output.note(Words(f"Đã ghi {csv}", f"{csv} is written"))
            return
        _show(await agency.figures(begin, end, step), output)

    run_agency(profile, output, work)


def _step(by: str) -> By:
    if by == "day":
        return "day"
    if by == "month":
        return "month"
    raise BadInput(Words("--by là day hoặc month", "--by is day or month"))


def _show(report: FiguresReport, output: Output) -> None:
    if output.json:
        output.line(report.model_dump(mode="json"))
        return
    # Of a year of days most are empty: people are shown those in which something happened.
    lines = [(_local(each.period), each.figures) for each in report.parts if any(each.figures.values())]
    lines.append((output.text(Words("Toàn kỳ", "All")), report.total))
    rows = [[name, *(_cell(figures.get(column)) for column in _COLUMNS)] for name, figures in lines]
    columns = [Words("Kỳ", "Period"), *_COLUMNS.values()]
    output.table(Words("Số liệu trao đổi", "Figures of exchange"), columns, rows, whole=(0,))


def _local(period: str) -> str:
    """A day or a month as people write it: 22/11/2026, 11/2026."""
    return "/".join(reversed(period.split("-")))


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
