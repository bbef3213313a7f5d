"""`lienthong ops outage`: when documents could not be exchanged (N4)."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.operating.screen import JsonOption, text_of_at_most, time_given
from lienthong.common.operating.services import operator
from lienthong.exchange.commands.words import act, screen_of
from lienthong.exchange.domain.outages import LONGEST_CAUSE
from lienthong.exchange.usecases.keep_outages import KeepOutages

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Sổ sự cố: khi không liên thông được / when nothing could be exchanged")

_COLUMNS = {
    "number": Words("Số", "No."),
    "origin": Words("Nguồn", "Origin"),
    "began_at": Words("Từ", "From"),
    "ended_at": Words("Đến", "To"),
    "cause": Words("Nguyên nhân", "Cause"),
}

Number = Annotated[int, typer.Argument(help="Số trong danh sách / number in the list", min=1)]
Cause = Annotated[
    str,
    typer.Option(
        "--cause",
        callback=text_of_at_most(LONGEST_CAUSE),
        help="Nguyên nhân, mọi cơ quan đọc được / cause, which every agency reads",
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", help="Từ lúc: 09:30 22/11/2026; bỏ trống: bây giờ / since: 09:30 22/11/2026; unset: now"),
]
To = Annotated[str | None, typer.Option("--to", help="Đến lúc: 10:15 22/11/2026 / until: 10:15 22/11/2026")]


@app.command("list")
def list_outages(
    context: typer.Context,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="Nhiều nhất / at most")] = 100,
    json: JsonOption = False,
) -> None:
    """Các sự cố, mới nhất trước / the outages, the latest first."""
    found = _at_desk(lambda desk: desk.read(most))
    screen_of(context, json).rows([asdict(outage) for outage in found], _COLUMNS)


@app.command("open")
def open_outage(
    context: typer.Context, cause: Cause, began: From = None, ended: To = None, json: JsonOption = False
) -> None:
    """Ghi một sự cố đang diễn ra, hoặc đã qua (--to) / write down one that goes on, or is over (--to)."""
    begin, end = time_given(began), time_given(ended)
    opened = _at_desk(lambda desk: desk.open(cause, began_at=begin, ended_at=end, who=operator()))
    screen_of(context, json).facts(asdict(opened))


@app.command()
def close(context: typer.Context, number: Number, ended: To = None, json: JsonOption = False) -> None:
    """Ghi sự cố đã kết thúc / write down that it is over."""
    end = time_given(ended)
    closed = _at_desk(lambda desk: desk.close(number, ended_at=end, who=operator()))
    screen_of(context, json).facts(asdict(closed))


@app.command()
def explain(context: typer.Context, number: Number, cause: Cause, json: JsonOption = False) -> None:
    """Ghi nguyên nhân khi đã rõ / name its cause, once it is known."""
    explained = _at_desk(lambda desk: desk.explain(number, cause, who=operator()))
    screen_of(context, json).facts(asdict(explained))


def _at_desk(work: Callable[[KeepOutages], Awaitable[T]]) -> T:
    async def working(database: Database, clock: Clock) -> T:
        return await work(KeepOutages(database, clock))

    return act(working)
