"""`lienthong ops outbox` and `republish`: records that Kafka refused, and topics that are built again."""

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import typer

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.messages.topics import ALL_TOPICS, is_own_topic
from lienthong.common.operating import services
from lienthong.common.operating.screen import JsonOption, time_given
from lienthong.common.operating.services import operator
from lienthong.common.operating.words import Most, Yes, screen_of
from lienthong.common.relay import BlockedKey, BlockedKeys, Republisher

app = typer.Typer(no_args_is_help=True, help="Khóa bị chặn trong hàng gửi / blocked keys of the outbox")

_COMPACTED = {each.name for each in ALL_TOPICS if each.compacted}
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
    topic: Annotated[str | None, typer.Option(help="Một chủ đề / one topic")] = None,
    since: Annotated[
        str | None, typer.Option(help="Gửi từ lúc: 09:30 22/11/2026 / sent from this time on: 09:30 22/11/2026")
    ] = None,
    *,
    own_topics: Annotated[
        bool, typer.Option("--own-topics", help="Mọi chủ đề riêng của cơ quan / all agencies' own topics")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Mọi chủ đề của dịch vụ / every topic of the service")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ đếm / only count")] = False,
    yes: Yes = False,
    json: JsonOption = False,
) -> None:
    """Sau khi mất Kafka: gửi lại những gì đã gửi / after the loss of a broker: send what was sent again."""
    if (topic is not None) + own_topics + all_ != 1:
        raise typer.BadParameter("--topic … | --own-topics | --all")
    if since is None and not (all_ or topic in _COMPACTED):
        raise typer.BadParameter("--since: chủ đề này cần thời điểm / --since: this topic needs a time")
    begin = time_given(since)

    async def work(database: Database, clock: Clock, *, move: bool) -> dict[str, Any]:
        republisher = Republisher(database, clock)
        topics = [topic] if topic else [each for each in await republisher.topics() if all_ or is_own_topic(each)]
        if begin is not None and all_ and not _COMPACTED.isdisjoint(topics):
            raise typer.BadParameter("--since: dịch vụ này gửi lại tất cả / --since: this service sends all again")
        found = await (
            republisher.republish(topics, begin, who=operator()) if move else republisher.preview(topics, begin)
        )
        told = {"topic": topic} if topic else {"topics": topics if json else len(topics)}
        return told | {"republished": move, **asdict(found)}

    screen = screen_of(context, json)
    if dry_run or not (yes or json):
        screen.facts(services.act(context.obj, partial(work, move=False)))
    if dry_run:
        return
    screen.confirmed(
        Words("Đưa lại vào hàng gửi? Mọi bên đọc sẽ nhận lại.", "Send these again? Every reader gets them again."),
        yes=yes,
    )
    screen.facts(services.act(context.obj, partial(work, move=True)))


def _blocked_facts(blocked: BlockedKey) -> dict[str, Any]:
    told = asdict(blocked)
    return told | {"since": told.pop("refused_at")}
