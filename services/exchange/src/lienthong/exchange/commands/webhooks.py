"""`lienthong ops webhooks`: webhooks that do not fare well, shown and resumed by operators."""

from typing import Annotated, Any

import typer

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.document import Lane
from lienthong.common.operating import services
from lienthong.common.operating.screen import JsonOption, Screen
from lienthong.common.operating.services import operator
from lienthong.common.operating.words import Because, Most
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.store.webhook_attempts import Attempt
from lienthong.exchange.store.webhooks import ListedWebhook
from lienthong.exchange.usecases.operate_webhooks import OperateWebhooks, host_of

SERVICE = "exchange"

app = typer.Typer(no_args_is_help=True, help="Webhook của các cơ quan / agencies' webhooks")

_COLUMNS = {
    "agency_id": Words("Cơ quan", "Agency"),
    "lane": Words("Luồng", "Lane"),
    "host": Words("Máy nhận", "Host"),
    "state": Words("Trạng thái", "State"),
    "failures": Words("Lỗi liên tiếp", "Failures"),
    "failing_since": Words("Lỗi từ", "Failing since"),
    "next_attempt_at": Words("Thử tiếp", "Next attempt"),
    "waiting": Words("Đang chờ", "Waiting"),
}
_ATTEMPTS = {
    "begun_at": Words("Lúc", "At"),
    "kind": Words("Loại", "Kind"),
    "entries": Words("Mục", "Entries"),
    "outcome": Words("Kết quả", "Outcome"),
    "status": Words("Mã HTTP", "Status"),
    "milliseconds": Words("Mili giây", "Milliseconds"),
}
_LABELS = {name: words.vi for name, words in _COLUMNS.items()} | {"attempts": "Các lần thử", "resumed": "Được thử lại"}
_STATES = {
    "closed": Words("hoạt động", "working"),
    "open": Words("ngắt", "circuit open"),
    "half_open": Words("đang thử", "being tried"),
    "gone": Words("tắt (410)", "disabled (410)"),
    "client_not_active": Words("tắt (hết quyền)", "disabled (client)"),
}

AgencyId = Annotated[str, typer.Argument(help="Id cơ quan / the agency's id")]
LaneName = Annotated[Lane, typer.Argument(help="urgent | ordinary")]


@app.command("list")
def list_webhooks(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Cả những webhook đang tốt / also those that fare well")] = False,
    most: Most = 100,
    json: JsonOption = False,
) -> None:
    """Webhook đang lỗi hoặc đã tắt, lâu nhất trước / webhooks that fail or are disabled, the longest first."""
    found = services.act(
        context.obj or SERVICE, lambda database, clock: OperateWebhooks(database, clock).list(every=every, most=most)
    )
    _screen(context, json).rows([_facts(each) for each in found], _COLUMNS)


@app.command()
def show(context: typer.Context, agency: AgencyId, lane: LaneName, most: Most = 20, json: JsonOption = False) -> None:
    """Một webhook và các lần thử gần nhất / one webhook and its newest attempts."""
    inbox = _inbox(agency, lane)
    shown = services.act(
        context.obj or SERVICE, lambda database, clock: OperateWebhooks(database, clock).show(inbox, most=most)
    )
    screen, attempts = _screen(context, json), [_attempt(each) for each in shown.attempts]
    if json:
        screen.facts(_facts(shown.listed) | {"attempts": attempts})
        return
    screen.facts(_facts(shown.listed))
    if attempts:
        screen.rows(attempts, _ATTEMPTS)


@app.command()
def resume(
    context: typer.Context,
    agency: AgencyId,
    lane: LaneName,
    reason: Because = "resumed by hand",
    json: JsonOption = False,
) -> None:
    """Đóng cầu dao, thử gửi lại ngay / close the circuit and have it tried at once."""
    inbox = _inbox(agency, lane)
    services.act(
        context.obj or SERVICE,
        lambda database, clock: OperateWebhooks(database, clock).resume(inbox, who=operator(), reason=reason),
    )
    _screen(context, json).facts({"resumed": True, "agency_id": agency, "lane": lane.value})


def _screen(context: typer.Context, json: bool) -> Screen:
    return Screen.of(context, json, _LABELS, _STATES)


def _inbox(agency: str, lane: Lane) -> InboxKey:
    try:
        return InboxKey(parse_id(agency), lane)
    except MalformedId as error:
        raise typer.BadParameter(f"{agency!r}: không phải là id (UUID) / {agency!r}: no id (UUID)") from error


def _facts(listed: ListedWebhook) -> dict[str, Any]:
    webhook, condition = listed.webhook, listed.webhook.condition
    return {
        "agency_id": str(webhook.inbox.agency_id),
        "lane": webhook.inbox.lane.value,
        "host": host_of(webhook.registration.url),
        "state": condition.disabled or condition.circuit,
        "failures": condition.failures,
        "failing_since": condition.failing_since,
        "next_attempt_at": condition.next_attempt_at if condition.failures and not condition.disabled else None,
        "waiting": listed.last - webhook.n,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    under_way = attempt.taken is None
    return {
        "begun_at": attempt.begun_at,
        "kind": attempt.kind.value,
        "entries": "" if attempt.first is None else f"{attempt.first}–{attempt.last}",
        "outcome": "under_way" if under_way else attempt.cause.value if attempt.cause else "taken",
        "status": attempt.status,
        "milliseconds": attempt.milliseconds,
    }
