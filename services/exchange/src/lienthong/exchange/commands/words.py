"""The words of these commands, and the work they do on the exchange's database."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

import typer

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.operating import services
from lienthong.common.operating.screen import Screen

T = TypeVar("T")

_LABELS: Final[Mapping[str, str]] = {
    "number": "Số",
    "kind": "Loại",
    "state": "Trạng thái",
    "agency_id": "Id cơ quan",
    "agency_name": "Cơ quan",
    "text": "Nội dung",
    "contact": "Liên hệ",
    "reported_at": "Gửi lúc",
    "closed_at": "Đóng lúc",
    "origin": "Nguồn",
    "began_at": "Từ",
    "ended_at": "Đến",
    "cause": "Nguyên nhân",
    "recorded_at": "Ghi lúc",
}
_STATES: Final[Mapping[str, Words]] = {
    "incident": Words("sự cố", "incident"),
    "suggestion": Words("góp ý", "suggestion"),
    "question": Words("câu hỏi", "question"),
    "open": Words("chưa trả lời", "open"),
    "answered": Words("đã trả lời", "answered"),
    "closed": Words("đã đóng", "closed"),
    "detected": Words("hệ thống phát hiện", "detected"),
    "declared": Words("người vận hành ghi", "declared"),
}


def screen_of(context: typer.Context, json: bool) -> Screen:
    """The screen of a command, in these words."""
    return Screen.of(context, json, _LABELS, _STATES)


def act(work: Callable[[Database, Clock], Awaitable[T]]) -> T:
    """Do the work on the exchange's database. Raises as `services.act`."""
    return services.act("exchange", work)
