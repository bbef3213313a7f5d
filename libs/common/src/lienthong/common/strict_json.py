"""JSON read in one way only (RFC 8259 narrowed to I-JSON, RFC 7493).

What two parsers could read differently is refused: duplicate members, a byte order mark, bytes that are not UTF-8,
lone surrogates, NaN and infinities, integers beyond ±(2^53 - 1), numbers with a fraction or exponent that overflow,
or are so small that they would be read as zero, or are a thousand digits long.
Other such numbers are read as IEEE 754 doubles: a member whose exact decimal digits matter is declared as a string.
"""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final, NoReturn, TypeAlias

from lienthong.common.errors import Kind, LienthongError, Words

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
MAX_INTEGER: Final = (1 << 53) - 1

# The closing quote is optional and the repeats possessive, so that an unterminated string is passed over in one go.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_ZERO = re.compile(r"-?[0.]*[1-9]")
_MOST_DIGITS: Final = 1000
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonFault(StrEnum):
    """Why bytes were not taken as JSON."""

    TOO_LARGE = "too_large"
    BYTE_ORDER_MARK = "byte_order_mark"
    NOT_UTF8 = "not_utf8"
    TOO_DEEP = "too_deep"
    SYNTAX = "syntax"
    DUPLICATE_MEMBER = "duplicate_member"
    NOT_A_NUMBER = "not_a_number"
    NUMBER_TOO_LARGE = "number_too_large"
    LONE_SURROGATE = "lone_surrogate"


_WORDS: Final = {
    JsonFault.TOO_LARGE: Words("Nội dung JSON vượt quá dung lượng cho phép", "The JSON is larger than allowed"),
    JsonFault.BYTE_ORDER_MARK: Words("JSON mở đầu bằng dấu thứ tự byte (BOM)", "The JSON begins with a BOM"),
    JsonFault.NOT_UTF8: Words("Nội dung không phải UTF-8", "The bytes are not UTF-8"),
    JsonFault.TOO_DEEP: Words("JSON lồng nhau quá sâu", "The JSON is nested too deeply"),
    JsonFault.SYNTAX: Words("Nội dung không đúng cú pháp JSON", "The bytes are not JSON"),
    JsonFault.DUPLICATE_MEMBER: Words("Một thành phần JSON xuất hiện hai lần", "A JSON member occurs twice"),
    JsonFault.NOT_A_NUMBER: Words("NaN và Infinity không phải là số trong JSON", "NaN and Infinity are not JSON"),
    JsonFault.NUMBER_TOO_LARGE: Words("Số vượt quá giới hạn chính xác", "A number is beyond what is read exactly"),
    JsonFault.LONE_SURROGATE: Words("Chuỗi chứa nửa ký tự thay thế (surrogate)", "A string holds a lone surrogate"),
}


class MalformedJson(LienthongError, ValueError):
    """The bytes are not JSON that every reader would read alike; `reason` tells the fault."""

    code = "malformed_json"
    kind = Kind.INVALID
    title = Words("Nội dung JSON không hợp lệ", "The JSON is not acceptable")
    advice = Words(
        "Gửi JSON UTF-8 không có BOM, không lặp tên thành phần, trong giới hạn dung lượng và độ sâu.",
        "Send UTF-8 JSON without a BOM and without repeated members, within the limits of size and depth.",
    )

    def __init__(self, reason: JsonFault, where: str | None = None) -> None:
        """`where` is a position or the name of a member; it never holds a value of the content."""
        words = _WORDS[reason]
        super().__init__(Words(f"{words.vi} ({where})", f"{words.en} ({where})") if where else words)
        self.reason = reason


def loads(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Read JSON strictly; the outermost array or object is depth 1. Raises MalformedJson."""
    if len(data) > max_bytes:
        raise MalformedJson(JsonFault.TOO_LARGE, f"{len(data)} > {max_bytes} bytes")
    if data.startswith(b"\xef\xbb\xbf"):
        raise MalformedJson(JsonFault.BYTE_ORDER_MARK)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(JsonFault.NOT_UTF8, f"byte {error.start}") from None
    _check_depth(data, max_depth)
    try:
        value: JsonValue = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJson(JsonFault.SYNTAX, f"{error.lineno}:{error.colno}") from None
    if _SURROGATE_ESCAPE.search(data):
        dumps(value)
    return value


def dumps(value: JsonValue) -> bytes:
    """Write compact UTF-8 JSON, members in the order given. Raises MalformedJson for NaN and lone surrogates."""
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedJson(JsonFault.LONE_SURROGATE) from None
    except ValueError:
        raise MalformedJson(JsonFault.NOT_A_NUMBER) from None


def _check_depth(data: bytes, max_depth: int) -> None:
    # Before the parser runs: its own limit is the interpreter's recursion, which depends on who called it.
    if data.count(b"[") + data.count(b"{") <= max_depth:
        return
    depth = 0
    for bracket in _STRINGS.sub(b"", data).translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > max_depth:
            raise MalformedJson(JsonFault.TOO_DEEP, f"> {max_depth}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson(JsonFault.DUPLICATE_MEMBER, _repeated([name for name, _ in pairs]))
    return members


def _repeated(names: list[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name[:64].encode("ascii", "backslashreplace").decode()
        seen.add(name)
    raise AssertionError("called only where a name is repeated")


def _integer(digits: str) -> int:
    # The length first: reading a very long integer takes time that grows with its square.
    if len(digits) > 17 or abs(number := int(digits)) > MAX_INTEGER:
        raise MalformedJson(JsonFault.NUMBER_TOO_LARGE)
    return number


def _float(digits: str) -> float:
    number = float(digits)
    # A reader with exact decimals takes 1e-400 for another number than zero, or for none: databases refuse it.
    is_zero_for_us_alone = number == 0 and _NOT_ZERO.match(digits) is not None
    if is_zero_for_us_alone or len(digits) > _MOST_DIGITS or number in (float("inf"), float("-inf")):
        raise MalformedJson(JsonFault.NUMBER_TOO_LARGE)
    return number


def _constant(_name: str) -> NoReturn:
    raise MalformedJson(JsonFault.NOT_A_NUMBER)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def strings_of(value: JsonValue, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every string with its RFC 6901 pointer, in order; a member's name comes under the pointer of the member."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from strings_of(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for name, item in value.items():
            below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            yield below, name
            yield from strings_of(item, below)
