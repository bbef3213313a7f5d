"""`lienthong ops hotline`: what agencies report, and what operators answer (N9)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.operating.screen import JsonOption, text_of_at_most
from lienthong.common.operating.services import operator
from lienthong.exchange.commands.words import act, screen_of
from lienthong.exchange.domain.hotline import LONGEST_TEXT, HotlineState
from lienthong.exchange.store.hotline import HotlineEntry
from lienthong.exchange.usecases.keep_hotline import KeepHotline

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Đường dây nóng: phản ánh của cơ quan / what agencies report")

_COLUMNS = {
    "number": Words("Số", "No."),
    "kind": Words("Loại", "Kind"),
    "state": Words("Trạng thái", "State"),
    "agency_name": Words("Cơ quan", "Agency"),
    "reported_at": Words("Gửi lúc", "Reported"),
    "text": Words("Nội dung", "Text"),
}
_ANSWER_COLUMNS = {
    "answered_at": Words("Trả lời lúc", "Answered"),
    "by": Words("Người trả lời", "By"),
    "text": Words("Nội dung", "Text"),
}
_SHOWN_IN_LIST = 200

Number = Annotated[int, typer.Argument(help="Số trong danh sách / number in the list", min=1)]


@app.command("list")
def list_entries(
    context: typer.Context,
    state: Annotated[HotlineState | None, typer.Option(help="Chỉ trạng thái này / of this state only")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="Nhiều nhất / at most")] = 100,
    json: JsonOption = False,
) -> None:
    """Phản ánh của các cơ quan, mới nhất trước / what agencies reported, the latest first."""
    rows = [_facts(entry) for entry in _at_desk(lambda desk: desk.find_all(state, None, most))]
    for row in rows if not json else ():
        row["text"] = row["text"][:_SHOWN_IN_LIST]
    screen_of(context, json).rows(rows, _COLUMNS)


@app.command()
def show(context: typer.Context, number: Number, json: JsonOption = False) -> None:
    """Xem một phản ánh và các câu trả lời / show one entry and its answers."""
    _show(context, _at_desk(lambda desk: desk.find(number)), json=json)


@app.command()
def answer(
    context: typer.Context,
    number: Number,
    text: Annotated[str, typer.Argument(callback=text_of_at_most(LONGEST_TEXT), help="Câu trả lời / the answer")],
    json: JsonOption = False,
) -> None:
    """Trả lời; cơ quan đọc được / answer; its agency reads it."""
    _show(context, _at_desk(lambda desk: desk.answer(number, text, who=operator())), json=json)


@app.command()
def close(context: typer.Context, number: Number, json: JsonOption = False) -> None:
    """Đóng một phản ánh / close an entry."""
    _show(context, _at_desk(lambda desk: desk.close(number, who=operator())), json=json)


def _at_desk(work: Callable[[KeepHotline], Awaitable[T]]) -> T:
    async def working(database: Database, clock: Clock) -> T:
        return await work(KeepHotline(database, clock, most_a_day=0))  # operators report nothing

    return act(working)


def _show(context: typer.Context, entry: HotlineEntry, *, json: bool) -> None:
    screen = screen_of(context, json)
    answers = [{"text": each.text, "answered_at": each.answered_at, "by": each.by} for each in entry.answers]
    if json:
        screen.value(_facts(entry) | {"answers": answers})
        return
    screen.facts(_facts(entry))
    if answers:
        screen.rows(answers, _ANSWER_COLUMNS)


def _facts(entry: HotlineEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "kind": entry.report.kind,
        "state": entry.state,
        "agency_id": entry.report.agency_id,
        "agency_name": entry.agency_name,
        "text": entry.report.text,
        "contact": entry.report.contact,
        "reported_at": entry.reported_at,
        "closed_at": entry.closed_at,
    }
