"""`lienthong ops dead-letters`: records that could not be verified or parsed, read again or given up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from lienthong.common import inbox
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.inbox import KeptLetter, LetterDecided, LetterState
from lienthong.common.operating import services
from lienthong.common.operating.screen import JsonOption
from lienthong.common.operating.services import Operated, operator
from lienthong.common.operating.words import Because, Most, Yes, screen_of

if TYPE_CHECKING:
    from lienthong.common.inbox import LetterDesk

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True, help="Bản ghi không kiểm tra, không đọc được / records that could not be verified or parsed"
)

_COLUMNS = {
    "number": Words("Số", "No."),
    "state": Words("Trạng thái", "State"),
    "origin": Words("Vị trí trên Kafka", "Place on Kafka"),
    "key": Words("Khóa", "Key"),
    "size": Words("Số byte", "Bytes"),
    "put_at": Words("Từ", "Since"),
    "error": Words("Nguyên nhân", "Cause"),
}
_WORKER_ANSWERS_WITHIN = 10.0
_ASKED_EVERY = 0.2

Number = Annotated[int, typer.Argument(help="Số trong danh sách / number in the list", min=0)]
Consumer = Annotated[str | None, typer.Option(help="Bên đọc; bỏ trống: bên duy nhất / consumer; unset: the only one")]


@app.command("list")
def list_letters(
    context: typer.Context,
    consumer: Consumer = None,
    most: Most = 100,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Cả những gì đã xử lý / those that were handled, too")] = False,
    json: JsonOption = False,
) -> None:
    """Bản ghi hỏng chưa xử lý, trong số mới nhất / dead letters nobody has decided on, among the latest."""
    found = _at_desk(context, consumer, lambda desk: desk.list(most=most, decided=all_))
    screen_of(context, json).rows([_facts(letter) for letter in found], _COLUMNS)


@app.command()
def show(context: typer.Context, number: Number, consumer: Consumer = None, json: JsonOption = False) -> None:
    """Xem một bản ghi hỏng, không có nội dung / show one dead letter, without content."""
    screen_of(context, json).facts(_facts(_at_desk(context, consumer, lambda desk: desk.find(number))))


@app.command()
def replay(
    context: typer.Context,
    number: Number,
    consumer: Consumer = None,
    reason: Because = "replayed by hand",
    json: JsonOption = False,
) -> None:
    """Cho đọc lại như mọi bản ghi; worker đọc trong giây lát / have the worker read it again as any record."""

    async def work(desk: "LetterDesk") -> KeptLetter:
        try:
            letter = await desk.replay(number, who=operator(), reason=reason)
        except LetterDecided:  # asked before: what became of it is the answer
            return await desk.find(number)
        try:
            async with asyncio.timeout(_WORKER_ANSWERS_WITHIN):
                while letter.state is LetterState.ASKED:
                    await asyncio.sleep(_ASKED_EVERY)
                    letter = await desk.find(number)
        except TimeoutError:
            return letter  # no worker runs: it is read when one does
        return letter

    screen_of(context, json).facts(_facts(_at_desk(context, consumer, work)))


@app.command()
def skip(
    context: typer.Context,
    number: Number,
    reason: Because,
    consumer: Consumer = None,
    *,
    yes: Yes = False,
    json: JsonOption = False,
) -> None:
    """Bỏ một bản ghi hỏng khỏi danh sách / take a dead letter off the list."""
    screen = screen_of(context, json)
    if not (yes or json):
        screen.facts(_facts(_at_desk(context, consumer, lambda desk: desk.find(number))))
    screen.confirmed(Words("Bỏ bản ghi này?", "Give this record up?"), yes=yes)
    letter = _at_desk(context, consumer, lambda desk: desk.skip(number, who=operator(), reason=reason))
    screen.facts({"skipped": letter.number, "origin": letter.origin})


def _at_desk(context: typer.Context, consumer: str | None, work: "Callable[[LetterDesk], Awaitable[T]]") -> T:
    async def working(operated: Operated, database: Database) -> T:
        if consumer is None and len(operated.consumers) != 1:
            names = ", ".join(operated.consumers) or "–"
            raise typer.BadParameter(f"--consumer: bên đọc ở đây là {names} / --consumer: consumers here are {names}")
        named = operated.consumers[0] if consumer is None else consumer
        return await work(inbox.LetterDesk(database, operated.clock, operated.broker, named))

    return services.act_with(context.obj, working)


def _facts(letter: KeptLetter) -> dict[str, Any]:
    return asdict(letter) | {"headers": list(letter.headers)}
