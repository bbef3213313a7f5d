"""Identifiers: UUIDv7 (RFC 9562 section 5.7), in order of their making within one process."""

import os
import re
import threading
import time
from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import GetPydanticSchema
from pydantic_core import PydanticCustomError, core_schema

from lienthong.common.errors import Kind, LienthongError, Words

ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"

_CANONICAL = re.compile(ID_PATTERN.rstrip("$") + r"\Z")
_RANDOM_BITS = 74


class MalformedId(LienthongError, ValueError):
    """The text is not an identifier of the platform: a UUID of version 7 in its canonical lower-case form."""

    code = "malformed_id"
    kind = Kind.INVALID
    title = Words("Mã định danh không đúng dạng", "The identifier is malformed")
    advice = Words(
        "Dùng UUID phiên bản 7 (RFC 9562), viết chữ thường, có gạch nối.",
        "Use a UUID of version 7 (RFC 9562), in lower case with hyphens.",
    )


class IdSource:
    """Makes UUIDv7 that only grow, also when the clock stands still or goes back (RFC 9562 section 6.2, method 2)."""

    def __init__(self, milliseconds: Callable[[], int], random: Callable[[int], bytes] = os.urandom) -> None:
        self._milliseconds = milliseconds
        self._random = random
        self._lock = threading.Lock()
        self._last = 0  # the 48 bits of time and the 74 random bits as one number

    def __call__(self) -> UUID:
        now = self._milliseconds()
        with self._lock:
            fresh = now << _RANDOM_BITS | int.from_bytes(self._random(10)) >> (80 - _RANDOM_BITS)
            if now <= self._last >> _RANDOM_BITS:
                # A random step keeps the next id unguessable; an overflow runs into the time and still grows.
                fresh = self._last + 1 + int.from_bytes(self._random(4))
            self._last = fresh
        return _assemble(fresh)


def _assemble(number: int) -> UUID:
    stamp, high, low = number >> _RANDOM_BITS, number >> 62 & 0xFFF, number & (1 << 62) - 1
    return UUID(int=stamp << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


new_id = IdSource(lambda: time.time_ns() // 1_000_000)
"""A fresh identifier, greater than all this process made before; safe in threads."""


def parse_id(text: str) -> UUID:
    """Read an identifier in its only accepted form. Raises MalformedId."""
    if not _CANONICAL.fullmatch(text):
        raise MalformedId
    return UUID(text)


def _validate(value: object) -> UUID:
    if isinstance(value, str | UUID) and _CANONICAL.fullmatch(str(value)):
        return UUID(str(value))
    raise PydanticCustomError("malformed_id", "a UUID of version 7 in canonical lower-case form")


Id = Annotated[
    UUID,
    GetPydanticSchema(
        get_pydantic_core_schema=lambda _type, _handler: core_schema.no_info_plain_validator_function(
            _validate, serialization=core_schema.to_string_ser_schema(when_used="json")
        ),
        get_pydantic_json_schema=lambda _schema, _handler: {"type": "string", "format": "uuid", "pattern": ID_PATTERN},
    ),
]
"""A UUIDv7 as a member of a message: read and written in the canonical form only."""
