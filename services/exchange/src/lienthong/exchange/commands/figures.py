"""`lienthong ops figures`: what all agencies exchanged, for the yearly and ad-hoc reports (N10)."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.operating.screen import JsonOption, Screen, day_given
from lienthong.exchange.commands.words import act
from lienthong.exchange.domain.figures import Figures, Period, Step
from lienthong.exchange.domain.figures_csv import all_csv
from lienthong.exchange.usecases.count_figures import Counted, CountFigures

app = typer.Typer(invoke_without_command=True, help="Số liệu trao đổi của mọi cơ quan / all agencies' figures")

_COLUMNS = {
    "name": Words("Cơ quan", "Agency"),
    "sent_documents": Words("VB gửi", "Sent"),
    "sent_deliveries": Words("Lượt gửi", "Deliveries"),
    "received_documents": Words("VB nhận", "Got"),
    "received_received": Words("Đã tiếp nhận", "Received"),
    "received_refused": Words("Từ chối", "Refused"),
    "received_overdue": Words("Quá hạn", "Overdue"),
    "received_hours_median": Words("Giờ tiếp nhận (trung vị)", "Hours to receive (median)"),
    "refused_by_rule": Words("Trục từ chối", "Refused by rule"),
    "late_entries": Words("Nhập bù", "Late entries"),
    "registrations": Words("Đăng ký ngoài trục", "Registered"),
}


@app.callback()
def figures(
    context: typer.Context,
    *,
    first: Annotated[str, typer.Option("--from", help="Ngày đầu: 01/01/2026 / first day: 01/01/2026")],
    last: Annotated[
        str, typer.Option("--to", help="Ngày cuối, tính cả ngày này: 31/12/2026 / last day, included: 31/12/2026")
    ],
    csv: Annotated[
        Path | None, typer.Option(help="Ghi CSV vào tệp; - là màn hình / write CSV, - to the screen")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Số liệu của từng cơ quan và toàn bộ / Each agency's figures, and all together; days are those of Vietnam."""
    period = Period(day_given(first), day_given(last), Step.MONTH)

    async def work(database: Database, clock: Clock) -> Counted:
        return await CountFigures(database, clock).of_all(period)

    counted = act(work)
    if csv is not None:
        _write(csv, all_csv(counted.report, counted.names))
        return
    _show(Screen.of(context, json, {}), counted)


def _write(path: Path, content: bytes) -> None:
    if str(path) == "-":
        sys.stdout.buffer.write(content)
    else:
        path.write_bytes(content)


def _show(screen: Screen, counted: Counted) -> None:
    report = counted.report
    lines = [_line(each, counted.names.get(each, ""), report.of(each)) for each in report.agencies()]
    total = asdict(report.of(None))
    if screen.json:
        screen.value({"agencies": lines, "total": total, "refused_rules": dict(counted.rules)})
        return
    everything = {"name": screen.text(Words("Toàn bộ", "All")), **total}
    screen.table(list(_COLUMNS.values()), [[row[name] for name in _COLUMNS] for row in [*lines, everything]])


def _line(agency_id: object, name: str, figures: Figures) -> dict[str, Any]:
    return {"agency_id": str(agency_id), "name": name, **asdict(figures)}
