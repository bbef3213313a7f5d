"""Faults of a body told to people: pydantic's error types as violations with RFC 6901 pointers, in both languages."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lienthong.common.errors import Violation, Words
from lienthong.common.strict_json import JsonValue, strings_of

MEMBER_NOT_NFC: Final = "not_nfc"
UNKNOWN_TYPE: Final = "unknown_type"
_MAX_VIOLATIONS: Final = 100

_OTHER = (Words("Giá trị không hợp lệ", "The value is not valid"), Words("Xem lược đồ công bố.", "See the schema."))

_FAULTS: Final[Mapping[str, tuple[Words, Words]]] = {
    "missing": (
        Words("Thiếu thành phần bắt buộc", "A required member is missing"),
        Words("Bổ sung thành phần này.", "Add this member."),
    ),
    "extra_forbidden": (
        Words("Thành phần không được khai báo", "The member is not declared"),
        Words(
            "Bỏ thành phần này, hoặc đặt vào data.extensions với khóa DNS đảo ngược.",
            "Remove it, or put it into data.extensions under a reverse-DNS key.",
        ),
    ),
    "string_type": (Words("Phải là chuỗi ký tự", "It must be a string"), Words("Gửi chuỗi JSON.", "Send a string.")),
    "int_type": (Words("Phải là số nguyên", "It must be an integer"), Words("Gửi số JSON.", "Send a JSON number.")),
    "bool_type": (Words("Phải là true hoặc false", "It must be true or false"), Words("Gửi true/false.", "Send one.")),
    "list_type": (Words("Phải là danh sách", "It must be an array"), Words("Gửi mảng JSON.", "Send a JSON array.")),
    "model_type": (Words("Phải là đối tượng", "It must be an object"), Words("Gửi đối tượng JSON.", "Send an object.")),
    "string_too_short": (
        Words("Chuỗi ngắn hơn {min_length} ký tự", "The string is shorter than {min_length} characters"),
        Words("Viết đủ nội dung.", "Write the whole text."),
    ),
    "string_too_long": (
        Words("Chuỗi dài hơn {max_length} ký tự", "The string is longer than {max_length} characters"),
        Words("Rút gọn nội dung.", "Shorten the text."),
    ),
    "string_pattern_mismatch": (
        Words("Chuỗi không đúng dạng quy định", "The string does not have the required form"),
        Words("Viết theo mẫu {pattern}", "Write it by the pattern {pattern}"),
    ),
    "too_short": (
        Words("Danh sách ít hơn {min_length} phần tử", "The array has fewer than {min_length} items"),
        Words("Bổ sung phần tử.", "Add items."),
    ),
    "too_long": (
        Words("Danh sách nhiều hơn {max_length} phần tử", "The array has more than {max_length} items"),
        Words("Chia thành nhiều thông điệp.", "Split it into several messages."),
    ),
    "literal_error": (
        Words("Giá trị không thuộc danh sách cho phép", "The value is not one of those allowed"),
        Words("Dùng một trong: {expected}", "Use one of: {expected}"),
    ),
    "enum": (
        Words("Giá trị không thuộc danh sách cho phép", "The value is not one of those allowed"),
        Words("Dùng một trong: {expected}", "Use one of: {expected}"),
    ),
    "greater_than_equal": (
        Words("Số nhỏ hơn {ge}", "The number is less than {ge}"),
        Words("Dùng số từ {ge} trở lên.", "Use {ge} or more."),
    ),
    "less_than_equal": (
        Words("Số lớn hơn {le}", "The number is more than {le}"),
        Words("Dùng số không quá {le}.", "Use {le} or less."),
    ),
    "malformed_id": (
        Words("Không phải UUID phiên bản 7 dạng chuẩn", "It is not a UUID of version 7 in canonical form"),
        Words("Dùng UUIDv7 chữ thường có gạch nối.", "Use a lower-case UUIDv7 with hyphens."),
    ),
    "malformed_date": (
        Words("Ngày không đúng dạng", "The date is malformed"),
        Words("Viết như 2026-11-22.", "Write it like 2026-11-22."),
    ),
    "malformed_time": (
        Words("Thời gian không đúng dạng", "The time is malformed"),
        Words("Viết như 2026-11-22T02:37:06.123Z.", "Write it like 2026-11-22T02:37:06.123Z."),
    ),
    "other_type": (
        Words("Loại thông điệp khác với loại được chờ ở đây", "The event is of another type than expected here"),
        Words("Gửi đúng loại thông điệp.", "Send the type that belongs here."),
    ),
    "other_schema": (
        Words("dataschema không phải phiên bản đã công bố", "dataschema is not a published version"),
        Words("Nêu phiên bản có trong schemas/events, hoặc bỏ trống.", "Name one of schemas/events, or leave it out."),
    ),
    UNKNOWN_TYPE: (
        Words("Loại thông điệp không được biết đến", "The type of the event is unknown"),
        Words("Dùng loại có trong schemas/events.", "Use a type of schemas/events."),
    ),
    "unclean_text": (
        Words("Văn bản có ký tự không được phép", "The text holds letters that are not allowed"),
        Words(
            "Bỏ ký tự điều khiển, vô hình, dễ nhầm và mã cũ; dùng Unicode dựng sẵn.",
            "Leave out control, invisible, look-alike and legacy letters; write precomposed Unicode.",
        ),
    ),
    MEMBER_NOT_NFC: (
        Words("Văn bản không ở dạng dựng sẵn (NFC)", "The text is not precomposed (NFC)"),
        Words("Chuẩn hóa NFC trước khi ký (TCVN 6909:2001).", "Normalise to NFC before signing (TCVN 6909:2001)."),
    ),
}

FAULT_CODES: Final = tuple(sorted(_FAULTS))
"""Every code a violation of a malformed body may have, but for the rare ones told in general words."""

_ALIASES: Final[Mapping[str, str]] = {
    "uuid_type": "malformed_id",
    "uuid_parsing": "malformed_id",
    "dict_type": "model_type",
    "dict_attributes_type": "model_type",
    "model_attributes_type": "model_type",
    "tuple_type": "list_type",
    "set_type": "list_type",
    "date_type": "malformed_date",
    "date_parsing": "malformed_date",
    "date_from_datetime_parsing": "malformed_date",
    "date_from_datetime_inexact": "malformed_date",
    "int_from_float": "int_type",
    "int_parsing": "int_type",
    "bool_parsing": "bool_type",
    "union_tag_invalid": "literal_error",
    "union_tag_not_found": "missing",
}
"""pydantic's names that mean the same to the one who sent it; the published codes are the names on the right."""

_RULES: Final[Mapping[str, str]] = {MEMBER_NOT_NFC: "N8"}


def violation(fault: str, pointer: str, context: Mapping[str, Any] | None = None) -> Violation:
    """One fault by its name; what is unknown is told in general words. Values of the body are never repeated."""
    fault = _ALIASES.get(fault, fault)
    detail, advice = _FAULTS.get(fault, _OTHER)
    return Violation(fault, _RULES.get(fault), pointer, _filled(detail, context), _filled(advice, context))


def violations_of(errors: Sequence[Mapping[str, Any]], value: JsonValue) -> list[Violation]:
    """pydantic's errors (`ValidationError.errors()`) about `value`, at most a hundred."""
    return [
        violation(str(error["type"]), pointer_to(error["loc"], value, str(error["type"])), error.get("ctx"))
        for error in errors[:_MAX_VIOLATIONS]
    ]


def pointer_to(location: Sequence[str | int], value: Any, fault: str = "") -> str:
    """The RFC 6901 pointer of pydantic's location: names of union members and validators in it are passed over."""
    pointer, here = "", value
    for position, step in enumerate(location):
        inside, found = _enter(here, step)
        if found or (fault == "missing" and position == len(location) - 1):
            pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
            here = inside
    return pointer


def find_not_nfc(value: JsonValue) -> list[str]:
    """Pointers of all strings and member names that are not NFC, at most a hundred."""
    found = (pointer for pointer, text in strings_of(value) if not unicodedata.is_normalized("NFC", text))
    return [pointer for pointer, _ in zip(found, range(_MAX_VIOLATIONS), strict=False)]


def _enter(here: Any, step: str | int) -> tuple[Any, bool]:
    if isinstance(here, dict) and step in here:
        return here[step], True
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step], True
    return here, False


class _Gaps(dict[str, Any]):
    """What pydantic tells about a limit; what it does not tell is a gap in the sentence, never an error."""

    def __missing__(self, name: str) -> str:
        return "…"


def _filled(words: Words, context: Mapping[str, Any] | None) -> Words:
    if "{" not in words.vi + words.en:
        return words
    gaps = _Gaps(context or {})
    return Words(words.vi.format_map(gaps), words.en.format_map(gaps))
