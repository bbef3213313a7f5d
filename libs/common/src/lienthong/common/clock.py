"""Time: aware, UTC, whole milliseconds; written `2026-11-22T02:37:06.123Z` and in no other form.

Days of the administration are those of Vietnam, wherever the machine stands.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Final, Protocol

from pydantic import GetPydanticSchema
from pydantic_core import PydanticCustomError, core_schema

from lienthong.common.errors import Kind, LienthongError, Words

VIETNAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""A fixed offset, as it has been since 1975: small images carry no time-zone database."""
TIME_PATTERN = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$"

_YEARS: Final = range(1000, 9999)
"""At the ends of the calendar a day more, or the same moment in another zone, is no time any more."""
_TIME = re.compile(TIME_PATTERN.rstrip("$") + r"\Z", re.ASCII)


class MalformedTime(LienthongError, ValueError):
    """The text is not a time of the platform: RFC 3339 in UTC with exactly three digits of the second and a `Z`."""

    code = "malformed_time"
    kind = Kind.INVALID
    title = Words("Thời gian không đúng dạng", "The time is malformed")
    advice = Words(
        "Viết giờ UTC có mili giây, ví dụ 2026-11-22T02:37:06.123Z.",
        "Write the time in UTC with milliseconds, for example 2026-11-22T02:37:06.123Z.",
    )


class Clock(Protocol):
    """Where the time comes from; passed in, so that tests move it."""

    def now(self) -> datetime:
        """The present time: aware, UTC, truncated to milliseconds."""
        ...


class SystemClock:
    """The machine's clock, moved by `offset` (LIENTHONG_CLOCK_OFFSET_MS) where a test of the whole needs it."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset

    def now(self) -> datetime:
        return truncated(datetime.now(UTC) + self._offset)


def truncated(moment: datetime) -> datetime:
    """The same moment in UTC without what is below a millisecond. Raises MalformedTime for a naive one."""
    if moment.tzinfo is not UTC:
        if moment.utcoffset() is None:
            raise MalformedTime(Words("Thời gian thiếu múi giờ", "The time has no zone"))
        moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def local_day(moment: datetime) -> date:
    """The date in Vietnam at an aware moment."""
    return moment.astimezone(VIETNAM).date()


def to_text(moment: datetime) -> str:
    """Write a time, truncated to milliseconds. Raises MalformedTime for a naive one."""
    moment = truncated(moment)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    """Read a time in its only accepted form. Raises MalformedTime."""
    if not _TIME.match(text):
        raise MalformedTime
    try:
        moment = datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    except ValueError:
        raise MalformedTime from None  # 30 February, the year 0000
    if moment.year not in _YEARS:
        raise MalformedTime
    return moment


def _validate(value: object) -> datetime:
    try:
        if isinstance(value, str):
            return from_text(value)
        if isinstance(value, datetime) and value == truncated(value):
            return truncated(value)
    except MalformedTime:
        pass
    raise PydanticCustomError("malformed_time", "a time in UTC with milliseconds: YYYY-MM-DDTHH:MM:SS.mmmZ")


Timestamp = Annotated[
    datetime,
    GetPydanticSchema(
        get_pydantic_core_schema=lambda _type, _handler: core_schema.no_info_plain_validator_function(
            _validate, serialization=core_schema.plain_serializer_function_ser_schema(to_text, when_used="json")
        ),
        get_pydantic_json_schema=lambda _schema, _handler: {
            "type": "string",
            "format": "date-time",
            "pattern": TIME_PATTERN,
        },
    ),
]
"""A time as a member of a message: reads and writes exactly the form above."""
