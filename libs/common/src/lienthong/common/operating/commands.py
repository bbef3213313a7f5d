"""`lienthong ops`: events that could not be applied and records that could not be sent, shown and handled by operators.

Shown are topic, key, attempts and cause, never content: the subject of a document does not stand here.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer

from lienthong.common.clock import VIETNAM, Clock, from_text, to_text
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.inbox import HeldEvent, HeldEvents, HeldState, NotDead
from lienthong.common.messages.topics import ALL_TOPICS
from lienthong.common.operating import services
from lienthong.common.operating.screen import JsonOption, Screen, reason_of_at_most
from lienthong.common.operating.services import operator
from lienthong.common.relay import BlockedKey, BlockedKeys, Republished, Republisher

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Vận hành: sự kiện chờ, sự kiện chết, hàng gửi / waiting and dead events, outbox (service's host)",
)
_waiting = typer.Typer(no_args_is_help=True, help="Sự kiện đang được thử lại / events that are tried again")
_dead = typer.Typer(no_args_is_help=True, help="Sự kiện cần người vận hành / events that need an operator")
_outbox = typer.Typer(no_args_is_help=True, help="Khóa bị chặn trong hàng gửi / blocked keys of the outbox")
app.add_typer(_waiting, name="waiting")
app.add_typer(_dead, name="dead")
app.add_typer(_outbox, name="outbox")

_LONGEST_REASON = 300
_HELD_COLUMNS = (
    Words("Số", "No."),
    Words("Bên đọc", "Consumer"),
    Words("Chủ đề", "Topic"),
    Words("Khóa", "Key"),
    Words("Loại", "Type"),
    Words("Lần thử", "Attempts"),
    Words("Từ", "Since"),
    Words("Chờ sau", "Behind"),
    Words("Nguyên nhân", "Cause"),
)
_BLOCKED_COLUMNS = (
    Words("Chủ đề", "Topic"),
    Words("Khóa", "Key"),
    Words("Lần thử", "Attempts"),
    Words("Từ", "Since"),
    Words("Thử tiếp", "Next try"),
    Words("Chờ sau", "Behind"),
    Words("Nguyên nhân", "Cause"),
)
_QUEUED = Words("chờ sự kiện trước cùng khóa", "waits for an earlier event of its key")
_LABELS = {
    "position": "Số",
    "consumer": "Bên đọc",
    "topic": "Chủ đề",
    "key": "Khóa",
    "origin": "Vị trí trên Kafka",
    "source": "Nguồn",
    "id": "Mã sự kiện",
    "type": "Loại",
    "state": "Trạng thái",
    "attempts": "Lần thử",
    "cause": "Nguyên nhân",
    "since": "Từ",
    "retry_at": "Thử tiếp",
    "behind": "Chờ sau",
    "replayed": "Được thử lại",
    "skipped": "Đã bỏ qua",
    "retried": "Được thử ngay",
    "rows": "Bản ghi",
    "keys": "Số khóa",
    "oldest": "Cũ nhất",
    "republished": "Đã đưa lại vào hàng gửi",
}

Position = Annotated[int, typer.Argument(help="Số trong danh sách / number in the list", min=1)]
Consumer = Annotated[str | None, typer.Option(help="Chỉ một bên đọc / of one consumer only")]
Most = Annotated[int, typer.Option("--most", min=1, max=100_000, help="Nhiều nhất / at most")]
Because = Annotated[
    str,
    typer.Option("--reason", callback=reason_of_at_most(_LONGEST_REASON), help="Lý do, lưu nhật ký / reason, audited"),
]


@app.callback()
def root(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Option(help="Dịch vụ; bỏ trống: dịch vụ duy nhất ở đây / unset: the only one here")
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
    _screen(context, json).facts(_held_facts(held))


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
    _screen(context, json).facts({"replayed": replayed})


@_dead.command()
def skip(
    context: typer.Context,
    position: Position,
    reason: Because,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi / do not ask")] = False,
    json: JsonOption = False,
) -> None:
    """Bỏ hẳn một sự kiện đã chết, xóa nội dung, cho khóa đi tiếp / give a dead event up; its key goes on."""
    screen = _screen(context, json)
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


@_outbox.command("list")
def list_outbox(context: typer.Context, most: Most = 100, json: JsonOption = False) -> None:
    """Khóa có bản ghi bị Kafka từ chối, và bao nhiêu bản ghi chờ / keys whose record is refused, and what waits."""
    screen = _screen(context, json)
    found = _act(context, lambda database, clock: BlockedKeys(database, clock).list(most=most))
    if json:
        screen.value([_blocked_facts(one) for one in found])
        return
    screen.table(
        _BLOCKED_COLUMNS,
        [
            (one.topic, one.key, one.attempts, _local(one.refused_at), _local(one.retry_at), one.behind, one.cause)
            for one in found
        ],
    )


@_outbox.command(context_settings={"ignore_unknown_options": True})
def retry(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Khóa trong danh sách / key in the list")],
    topic: Annotated[str | None, typer.Option(help="Chỉ một chủ đề / of one topic only")] = None,
    json: JsonOption = False,
) -> None:
    """Cho gửi lại ngay một khóa bị chặn / let the relay try a blocked key now."""
    retried = _act(
        context, lambda database, clock: BlockedKeys(database, clock).retry(key, who=operator(), topic=topic)
    )
    _screen(context, json).facts({"retried": [one.topic for one in retried], "key": key})


@app.command()
def republish(
    context: typer.Context,
    topic: Annotated[str, typer.Option(help="Chủ đề / topic")],
    since: Annotated[
        str | None, typer.Option(help="Gửi từ lúc / sent from this time on: 2026-11-22T02:37:06.123Z (UTC)")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ đếm / only count")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi / do not ask")] = False,
    json: JsonOption = False,
) -> None:
    """Sau khi mất Kafka: gửi lại những gì đã gửi / after the loss of a broker: send what was sent again."""
    if since is None and not any(each.name == topic and each.compacted for each in ALL_TOPICS):
        raise typer.BadParameter("--since: chủ đề này cần thời điểm / this topic needs a time")
    begin = None if since is None else from_text(since)
    screen = _screen(context, json)
    if dry_run or not (yes or json):
        found = _act(context, lambda database, clock: Republisher(database, clock).preview(topic, begin))
        screen.facts(_republished_facts(topic, found, done=False))
    if dry_run:
        return
    screen.confirmed(
        Words("Đưa lại vào hàng gửi? Mọi bên đọc sẽ nhận lại.", "Send these again? Every reader gets them again."),
        yes=yes,
    )
    moved = _act(context, lambda database, clock: Republisher(database, clock).republish(topic, begin, who=operator()))
    screen.facts(_republished_facts(topic, moved, done=True))


def _act(context: typer.Context, work: Callable[[Database, Clock], Awaitable[T]]) -> T:
    return services.act(context.obj, work)


def _screen(context: typer.Context, json: bool) -> Screen:
    return Screen.of(context, json, _LABELS)


def _list_held(context: typer.Context, state: HeldState, consumer: str | None, most: int, *, json: bool) -> None:
    screen = _screen(context, json)
    found = _act(
        context, lambda database, clock: HeldEvents(database, clock).list(consumer=consumer, state=state, most=most)
    )
    if json:
        screen.value([_held_facts(held) for held in found])
        return
    screen.table(
        _HELD_COLUMNS,
        [
            (
                held.position,
                held.consumer,
                held.topic,
                held.key,
                held.type,
                held.attempts,
                _local(held.received_at),
                held.behind,
                held.cause or screen.text(_QUEUED),
            )
            for held in found
        ],
    )


def _held_facts(held: HeldEvent) -> dict[str, Any]:
    return {
        "position": held.position,
        "consumer": held.consumer,
        "topic": held.topic,
        "key": held.key,
        "origin": held.origin,
        "source": held.source,
        "id": str(held.id),
        "type": held.type,
        "state": held.state.value,
        "attempts": held.attempts,
        "cause": held.cause,
        "since": to_text(held.received_at),
        "retry_at": to_text(held.retry_at) if held.state is HeldState.WAITING else None,
        "behind": held.behind,
    }


def _blocked_facts(blocked: BlockedKey) -> dict[str, Any]:
    return {
        "topic": blocked.topic,
        "key": blocked.key,
        "row": blocked.row,
        "attempts": blocked.attempts,
        "cause": blocked.cause,
        "since": to_text(blocked.refused_at),
        "retry_at": to_text(blocked.retry_at),
        "behind": blocked.behind,
    }


def _republished_facts(topic: str, republished: Republished, *, done: bool) -> dict[str, Any]:
    return {
        "topic": topic,
        "republished": done,
        "rows": republished.rows,
        "keys": republished.keys,
        "oldest": None if republished.oldest is None else to_text(republished.oldest),
        "behind": republished.behind,
    }


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y}"
