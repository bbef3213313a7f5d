"""`lienthong ops stuck`: every delivery that hangs, with the place where. Names and numbers, never content."""

import re
from datetime import timedelta
from typing import Annotated, Any

import typer

from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.operating import Operated, services
from lienthong.common.operating.screen import JsonOption, Screen
from lienthong.common.operating.words import Most
from lienthong.exchange.commands.webhooks import SERVICE
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.domain.stuck import WORDS, Patience
from lienthong.exchange.settings import ExchangeSettings
from lienthong.exchange.usecases.find_stuck import FindStuck, StuckDelivery

app = typer.Typer(
    invoke_without_command=True,
    help="Văn bản mắc ở đâu giữa trục và văn thư nơi nhận / where deliveries hang on their way",
)

_COLUMNS = {
    "where": Words("Mắc ở", "Where"),
    "since": Words("Từ", "Since"),
    "from": Words("Nơi gửi", "From"),
    "to": Words("Nơi nhận", "To"),
    "entry": Words("Số TT", "Entry"),
    "last_read_at": Words("Hộp đến đọc lần cuối", "Inbox last read"),
    "message_id": Words("Mã thông điệp", "Message"),
}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _read_span(text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if found is None:
        raise typer.BadParameter("--older-than: ví dụ 30s, 15m, 2h, 1d / --older-than: such as 30s, 15m, 2h, 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@app.callback()
def stuck(
    context: typer.Context,
    older_than: Annotated[
        str | None,
        typer.Option(
            help="Chờ lâu hơn, ở mọi chỗ: 30s, 15m, 2h, 1d; bỏ trống: theo cấu hình"
            " / waiting longer, everywhere: 30s, 15m, 2h, 1d; unset: as set"
        ),
    ] = None,
    most: Most = 100,
    json: JsonOption = False,
) -> None:
    """Văn bản chờ quá lâu, lâu nhất trước, và đúng chỗ nó chờ / deliveries that hang, the longest first, and where."""
    span = _read_span(older_than)

    async def work(operated: Operated, database: Database) -> list[StuckDelivery]:
        find = FindStuck(database, operated.clock, ExchangeSettings.load().patience)
        return list(await find(most, None if span is None else Patience.of(span)))

    found = services.act_with(context.obj or SERVICE, work)
    screen = Screen.of(context, json, {})
    screen.rows([_facts(each, screen) for each in found], _COLUMNS)


def _facts(stuck: StuckDelivery, screen: Screen) -> dict[str, Any]:
    delivery, hanging = stuck.delivery, stuck.hanging
    return {
        "place": hanging.place.value,
        "where": screen.text(WORDS[hanging.place]),
        "since": hanging.since,
        "from": stuck.sender_name,
        "source": source_of(delivery.sender),
        "to": stuck.recipient_name,
        "recipient": str(delivery.inbox.agency_id),
        "entry": f"{delivery.inbox.lane}:{delivery.n}",
        "message_id": str(delivery.message_id),
        "accepted_at": delivery.facts.accepted_at,
        "last_read_at": stuck.last_read_at,
    }
