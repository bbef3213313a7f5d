"""How single values are written in edXML, both ways. A `read` that cannot raises ValueError."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from lienthong.common.clock import VIETNAM, truncated

_DATE = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})")
_TIME = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_BOOLEANS: Final = {"0": False, "1": True, "false": False, "true": True}
_CID: Final = "cid:"


@dataclass(frozen=True, slots=True)
class Value:
    """One way of writing: its name for people, both directions, and the fault told where the text is not so."""

    name: str
    write: Callable[[Any], str]
    read: Callable[[str], Any]
    fault: str = ""


def _write_date(day: date) -> str:
    return f"{day.year:04}/{day.month:02}/{day.day:02}"


def _read_date(text: str) -> date:
    return date(*_numbers(_DATE, text))


def _write_time(moment: datetime) -> str:
    try:
        local = moment.astimezone(VIETNAM)
    except OverflowError as error:
        raise ValueError("after the year 9999 in Vietnam") from error
    return f"{_write_date(local)} {local:%H:%M:%S}"


def _read_time(text: str) -> datetime:
    try:
        return truncated(datetime(*_numbers(_TIME, text), tzinfo=VIETNAM))
    except OverflowError as error:
        raise ValueError("before the year 1 in UTC") from error


def _numbers(form: re.Pattern[str], text: str) -> Any:
    found = form.fullmatch(text.strip())
    if found is None:
        raise ValueError(form.pattern)
    return tuple(int(number) for number in found.groups())


def _read_number(text: str) -> int:
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(_NUMBER.pattern)
    return int(text)


def _read_boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.strip()]
    except KeyError as error:
        raise ValueError("0, 1, true, false") from error


TEXT: Final = Value("text", str, str)
"""As it stands: a reader neither trims nor normalises what somebody wrote."""

NUMBER: Final = Value("number", lambda value: str(int(value)), _read_number, "edxml_number")
DATE: Final = Value("yyyy/MM/dd", _write_date, _read_date, "edxml_date")
TIME: Final = Value("yyyy/MM/dd HH:mm:ss in Vietnam", _write_time, _read_time, "edxml_time")
"""Whole seconds: what a message says below them does not reach edXML."""

FLAG: Final = Value("0/1", lambda value: str(int(value)), _read_boolean, "edxml_boolean")
TRUTH: Final = Value("false/true", lambda value: str(value).lower(), _read_boolean, "edxml_boolean")
CID: Final = Value(f"`{_CID}` + id", lambda value: _CID + str(value), lambda text: text.removeprefix(_CID))
CONTENT: Final = Value("Base64", str, str, "edxml_base64")
"""A file's bytes: decoded while the XML is read (`contents.py`), never a text in memory."""
