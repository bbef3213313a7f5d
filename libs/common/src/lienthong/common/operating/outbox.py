"""`lienthong ops outbox` and `republish`: records that Kafka refused, and topics that are built again."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from lienthong.common.clock import from_text
from lienthong.common.errors import Words
from lienthong.common.messages.topics import ALL_TOPICS
from lienthong.common.operating import services
from lienthong.common.operating.screen import JsonOption
from lienthong.common.operating.services import operator
from lienthong.common.operating.words import Most, Yes, screen_of
from lienthong.common.relay import BlockedKey, BlockedKeys, Republished, Republisher

app = typer.Typer(no_args_is_help=True, help="Khóa bị chặn trong hàng gửi / blocked keys of the outbox")

_COLUMNS = {
    "topic": Words("Chủ đề", "Topic"),
    "key": Words("Khóa", "Key"),
    "attempts": Words("Lần thử", "Attempts"),
    "since": Words("Từ", "Since"),
    "retry_at": Words("Thử tiếp", "Next try"),
    "behind": Words("Chờ sau", "Behind"),
    "cause": Words("Nguyên nhân", "Cause"),
}


@app.command("list")
def list_outbox(context: typer.Context, most: Most = 100, json: JsonOption = False) -> None:
    """Khóa có bản ghi bị Kafka từ chối, và bao nhiêu bản ghi chờ / keys whose record is refused, and what waits."""
    found = services.act(context.obj, lambda database, clock: BlockedKeys(database, clock).list(most=most))
    screen_of(context, json).rows([_blocked_facts(one) for one in found], _COLUMNS)


@app.command(context_settings={"ignore_unknown_options": True})
def retry(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Khóa trong danh sách / key in the list")],
    topic: Annotated[str | None, typer.Option(help="Chỉ một chủ đề / of one topic only")] = None,
    json: JsonOption = False,
) -> None:
    """Cho gửi lại ngay một khóa bị chặn / let the relay try a blocked key now."""
    retried = services.act(
        context.obj, lambda database, clock: BlockedKeys(database, clock).retry(key, who=operator(), topic=topic)
    )
    screen_of(context, json).facts({"retried": [one.topic for one in retried], "key": key})


def republish(
    context: typer.Context,
    topic: Annotated[str, typer.Option(help="Chủ đề / topic")],
    since: Annotated[
        str | None, typer.Option(help="Gửi từ lúc / sent from this time on: 2026-11-22T02:37:06.123Z (UTC)")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ đếm / only count")] = False,
    yes: Yes = False,
    json: JsonOption = False,
) -> None:
    """Sau khi mất Kafka: gửi lại những gì đã gửi / after the loss of a broker: send what was sent again."""
    if since is None and not any(each.name == topic and each.compacted for each in ALL_TOPICS):
        raise typer.BadParameter("--since: chủ đề này cần thời điểm / this topic needs a time")
    begin = None if since is None else from_text(since)
    screen = screen_of(context, json)
    if dry_run or not (yes or json):
        found = services.act(context.obj, lambda database, clock: Republisher(database, clock).preview(topic, begin))
        screen.facts(_republished_facts(topic, found, done=False))
    if dry_run:
        return
    screen.confirmed(
        Words("Đưa lại vào hàng gửi? Mọi bên đọc sẽ nhận lại.", "Send these again? Every reader gets them again."),
        yes=yes,
    )
    moved = services.act(
        context.obj, lambda database, clock: Republisher(database, clock).republish(topic, begin, who=operator())
    )
    screen.facts(_republished_facts(topic, moved, done=True))


def _blocked_facts(blocked: BlockedKey) -> dict[str, Any]:
    told = asdict(blocked)
    return told | {"since": told.pop("refused_at")}


def _republished_facts(topic: str, republished: Republished, *, done: bool) -> dict[str, Any]:
    return {"topic": topic, "republished": done, **asdict(republished)}
