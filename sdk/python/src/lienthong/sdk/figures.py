"""An agency's figures of exchange (N10): what it sent and got, in parts of a period."""

from datetime import date
from typing import Literal

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.exchange import Exchange

By = Literal["day", "month"]


class FiguresPart(AnswerPart):
    """One part: 2026-11-22 or 2026-11. The names of the figures are those of the CSV's columns."""

    period: str
    figures: dict[str, int | float | None]


class FiguresReport(AnswerPart):
    """The parts, the whole period, and the rules by which messages were refused. Hours are plain hours."""

    agency_id: Id
    made_at: Timestamp
    parts: tuple[FiguresPart, ...]
    total: dict[str, int | float | None]
    refused_rules: dict[str, int]


async def fetch_figures(exchange: Exchange, first: date, last: date, by: By) -> FiguresReport:
    """Local days from `first` to `last`, both included. Raises PlatformError, Unreachable, UnexpectedAnswer."""
    return await exchange.read("GET", _path(first, last, by), FiguresReport)


async def fetch_csv(exchange: Exchange, first: date, last: date, by: By) -> bytes:
    """The same as CSV: UTF-8 with a byte order mark, as spreadsheets want it."""
    return (await exchange.ask("GET", f"{_path(first, last, by)}&format=csv")).body


def _path(first: date, last: date, by: By) -> str:
    return f"/v1/figures?from={first.isoformat()}&to={last.isoformat()}&by={by}"
