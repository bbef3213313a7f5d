"""Help of every command is written in both languages, so that it can speak either one whole."""

from collections.abc import Iterator
from typing import Any

import typer

from lienthong.sdk.commands.root import app

BETWEEN = " / "
VIETNAMESE = set("ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")


def texts(command: Any, words: str) -> Iterator[tuple[str, str]]:
    """What the help of a command and of all below it is made of."""
    yield words, command.help or ""
    for parameter in command.params:
        yield f"{words} {parameter.name}", parameter.help or ""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from texts(command.get_command(None, name), f"{words} {name}")


def test_help_stands_in_vietnamese_and_in_english() -> None:
    told = list(texts(typer.main.get_command(app), "lienthong"))
    assert len(told) > 300
    unfit = [
        f"{where}: {text}"
        for where, text in told
        if text.count(BETWEEN) > 1 or (BETWEEN not in text and VIETNAMESE & set(text.lower()))
    ]
    assert unfit == []


def test_english_help_holds_no_vietnamese() -> None:
    told = texts(typer.main.get_command(app), "lienthong")
    halves = [(where, text.partition(BETWEEN)) for where, text in told]
    assert [f"{where}: {en}" for where, (_, _, en) in halves if VIETNAMESE & set(en.lower())] == []
