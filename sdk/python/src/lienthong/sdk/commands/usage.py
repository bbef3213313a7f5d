"""How commands are used, in the language of whoever asks, and what is wrong with a command line, which typer tells in
English alone.

Where typer takes one text, of help or of a refused value, ours is "tiếng Việt / English", whole on either side.
"""

import re
from collections.abc import Callable
from typing import Any

import typer

from lienthong.common.errors import Words
from lienthong.sdk.commands.output import Language
from lienthong.sdk.errors import WrongUsage

_BETWEEN = " / "

_SAYINGS = tuple(
    (re.compile(english, re.DOTALL), vietnamese)
    for english, vietnamese in (
        (r"Missing option (.+?)\.(?: .*)?", "Thiếu tùy chọn {}"),
        (r"Missing argument (.+?)\.(?: .*)?", "Thiếu tham số {}"),
        (r"Missing command\.", "Thiếu tên lệnh"),
        (r"No such command (.+?)\.", "Không có lệnh {}"),
        (r"No such command (.+?)\. Did you mean (.+)\?", "Không có lệnh {}; có phải {}?"),
        (r"No such option: (\S+)", "Không có tùy chọn {}"),
        (r"No such option: (\S+) \(Possible options: (.+)\)", "Không có tùy chọn {}; có phải {}?"),
        (r"Option (.+) requires (?:an argument|\d+ arguments)\.", "Tùy chọn {} cần một giá trị"),
        (r"Option (.+) does not take a value\.", "Tùy chọn {} không nhận giá trị"),
        (r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)", "Thừa tham số: {}"),
        (r"(?:file|dir|path) (.+) does not exist\.", "không có {}"),
        (r"(?:file|dir|path) (.+) is a directory\.", "{} là thư mục"),
        (r"(?:file|dir|path) (.+) is a file\.", "{} là tệp"),
        (r"(?:file|dir|path) (.+) is not readable\.", "không đọc được {}"),
        (r"(?:file|dir|path) (.+) is not writable\.", "không ghi được {}"),
        (r"Input should be a valid UUID.*", "không phải là id (UUID)"),
        (r"Input should be a valid integer.*", "không phải là số nguyên"),
        (r"Input should be a valid number.*", "không phải là số"),
        (r"Input should be greater than or equal to (\S+)", "phải từ {} trở lên"),
        (r"Input should be less than or equal to (\S+)", "nhiều nhất là {}"),
        (r"Value error, .+ is not one of (.+)\.", "chọn một trong {}"),
    )
)
_OF_A_VALUE = re.compile(r"Invalid value(?: for (.+?))?: (.*)", re.DOTALL)


def wrong_usage(error: typer.TyperException) -> WrongUsage:
    """What typer refused, in words."""
    message: Callable[[], str] = getattr(error, "format_message", error.__str__)
    return WrongUsage(_words(message() or "?"))


def _words(told: str) -> Words:
    if of_a_value := _OF_A_VALUE.fullmatch(told):
        name, why = of_a_value[1], _words(of_a_value[2])
        return why if name is None else Words(f"{name}: {why.vi}", f"{name}: {why.en}")
    for saying, vietnamese in _SAYINGS:
        if said := saying.fullmatch(told):
            return Words(vietnamese.format(*said.groups()), told)
    return _both(told)


def in_one_language(command: Any, language: Language) -> None:
    """Let the help of a command, its options and its sub-commands speak one language."""

    def half(text: str | None) -> str | None:
        return text if not text else _both(text).told(language)

    told = half(command.help)
    command.help = told and told[0].upper() + told[1:]
    for parameter in command.params:
        parameter.help = half(parameter.help)
    for each in getattr(command, "commands", {}).values():
        in_one_language(each, language)


def _both(text: str) -> Words:
    vi, _, en = text.partition(_BETWEEN)
    return Words(vi, en or vi)
