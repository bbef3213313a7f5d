"""`lienthong ops`: events that could not be applied and records that could not be sent, shown and handled by operators.

Shown are topic, key, attempts and cause, never content: the subject of a document does not stand here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from importlib.metadata import entry_points
from typing import Annotated, Any, TypeVar

import typer

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.inbox import HeldEvent, HeldEvents, HeldState, NotDead
from lienthong.common.operating import audit, letters, outbox, services
from lienthong.common.operating.screen import JsonOption
from lienthong.common.operating.services import OFFERED, operator
from lienthong.common.operating.words import Because, Most, Yes, screen_of

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Vận hành: sự kiện chờ, sự kiện chết, hàng gửi / waiting and dead events, outbox (service's host)",
)
_waiting = typer.Typer(no_args_is_help=True, help="Sự kiện đang được thử lại / events that are tried again")
_dead = typer.Typer(no_args_is_help=True, help="Sự kiện cần người vận hành / events that need an operator")
app.add_typer(_waiting, name="waiting")
app.add_typer(_dead, name="dead")
app.add_typer(audit.app, name="audit")
app.add_typer(letters.app, name="dead-letters")
app.add_typer(outbox.app, name="outbox")
app.command()(outbox.republish)
for _offered in entry_points(group=OFFERED):
    app.add_typer(_offered.load(), name=_offered.name)

_HELD_COLUMNS = {
    "position": Words("Số", "No."),
    "consumer": Words("Bên đọc", "Consumer"),
    "topic": Words("Chủ đề", "Topic"),
    "key": Words("Khóa", "Key"),
    "type": Words("Loại", "Type"),
    "attempts": Words("Lần thử", "Attempts"),
    "since": Words("Từ", "Since"),
    "behind": Words("Chờ sau", "Behind"),
    "cause": Words("Nguyên nhân", "Cause"),
}
_ATTEMPT_COLUMNS = {
    "number": Words("Lần thử", "Attempt"),
    "tried_at": Words("Lúc", "At"),
    "cause": Words("Nguyên nhân", "Cause"),
}
_QUEUED = Words("chờ sự kiện trước cùng khóa", "waits for an earlier event of its key")

Position = Annotated[int, typer.Argument(help="Số trong danh sách / number in the list", min=1)]
Consumer = Annotated[str | None, typer.Option(help="Chỉ một bên đọc / of one consumer only")]


@app.callback()
def root(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Option(help="Dịch vụ; bỏ trống: dịch vụ duy nhất ở đây / service; unset: the only one here")
    ] = None,
) -> None:
    """Vận hành dịch vụ trên máy chủ của nó / work on a service, on its host."""
    context.obj = service


@_waiting.command("list")
def list_waiting(context: typer.Context, consumer: Consumer = None, most: Most = 100, json: JsonOption = False) -> None:
    """Sự kiện đang chờ: được thử lại, hoặc xếp sau sự kiện như vậy / tried again, or queued behind such an event."""
    _list_held(context, HeldState.WAITING, consumer, most, json=json)


@_dead.command("list")
def list_dead(context: typer.Context, consumer: Consumer = None, most: Most = 100, json: JsonOption = False) -> None:
    """Sự kiện đã thử hết số lần: khóa của nó bị chặn / tried often enough: its key is blocked."""
    _list_held(context, HeldState.DEAD, consumer, most, json=json)


@app.command()
def show(context: typer.Context, position: Position, json: JsonOption = False) -> None:
    """Xem một sự kiện đang giữ, không có nội dung / show one held event, without content."""
    held = _act(context, lambda database, clock: HeldEvents(database, clock).find(position))
    screen = screen_of(context, json)
    failed = [asdict(attempt) for attempt in held.failed]
    if json:
        screen.value(_held_facts(held) | {"failed": failed})
        return
    screen.facts(_held_facts(held))
    if failed:
        screen.rows(failed, _ATTEMPT_COLUMNS)


@_dead.command()
def replay(
    context: typer.Context,
    position: Annotated[int | None, typer.Argument(help="Số trong danh sách / number in the list", min=1)] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Mọi sự kiện đã chết / every dead event")] = False,
    consumer: Consumer = None,
    reason: Because = "replayed by hand",
    json: JsonOption = False,
) -> None:
    """Cho thử lại ngay, từ lần đầu; lặp lại không hại gì / try again at once, from the first attempt; idempotent."""
    if all_ is (position is not None) or (consumer is not None and not all_):
        raise typer.BadParameter("SỐ hoặc --all [--consumer] / a number, or --all [--consumer]")

    async def work(database: Database, clock: Clock) -> list[HeldEvent]:
        held = HeldEvents(database, clock)
        if position is None:
            return await held.replay_all(who=operator(), reason=reason, consumer=consumer)
        try:
            return [await held.replay(position, who=operator(), reason=reason)]
        except NotDead:  # it waits: replayed before, or never dead; it is tried again either way
            return []

    replayed = [held.position for held in _act(context, work)]
    screen_of(context, json).facts({"replayed": replayed})


@_dead.command()
def skip(
    context: typer.Context,
    position: Position,
    reason: Because,
    *,
    yes: Yes = False,
    json: JsonOption = False,
) -> None:
    """Bỏ hẳn một sự kiện đã chết, xóa nội dung, cho khóa đi tiếp / give a dead event up; its key goes on."""
    screen = screen_of(context, json)
    if not (yes or json):
        held = _act(context, lambda database, clock: HeldEvents(database, clock).find(position))
        screen.facts(_held_facts(held))
    screen.confirmed(
        Words("Bỏ hẳn sự kiện này? Không lấy lại được.", "Give this event up? It cannot be had back."), yes=yes
    )
    skipped = _act(
        context, lambda database, clock: HeldEvents(database, clock).skip(position, who=operator(), reason=reason)
    )
    screen.facts({"skipped": skipped.position, "source": skipped.source, "id": str(skipped.id)})


def _act(context: typer.Context, work: Callable[[Database, Clock], Awaitable[T]]) -> T:
    return services.act(context.obj, work)


def _list_held(context: typer.Context, state: HeldState, consumer: str | None, most: int, *, json: bool) -> None:
    screen = screen_of(context, json)
    found = _act(
        context, lambda database, clock: HeldEvents(database, clock).list(consumer=consumer, state=state, most=most)
    )
    rows = [_held_facts(held) for held in found]
    for row in rows if not json else ():
        row["cause"] = row["cause"] or screen.text(_QUEUED)
    screen.rows(rows, _HELD_COLUMNS)


def _held_facts(held: HeldEvent) -> dict[str, Any]:
    return {
        "position": held.position,
        "consumer": held.consumer,
        "topic": held.topic,
        "key": held.key,
        "origin": held.origin,
        "source": held.source,
        "id": held.id,
        "type": held.type,
        "state": held.state,
        "attempts": held.attempts,
        "cause": held.cause,
        "since": held.received_at,
        "retry_at": held.retry_at if held.state is HeldState.WAITING else None,
        "behind": held.behind,
    }
