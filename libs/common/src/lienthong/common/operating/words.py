"""The words of operators' commands: names of facts, words of states, columns and arguments."""

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from lienthong.common.errors import Words
from lienthong.common.operating.screen import Screen, text_of_at_most

LONGEST_REASON: Final = 300

LABELS: Final[Mapping[str, str]] = {
    "position": "Số",
    "number": "Số",
    "consumer": "Bên đọc",
    "topic": "Chủ đề",
    "topics": "Các chủ đề",
    "key": "Khóa",
    "origin": "Vị trí trên Kafka",
    "source": "Nguồn",
    "id": "Mã sự kiện",
    "type": "Loại",
    "state": "Trạng thái",
    "attempts": "Lần thử",
    "cause": "Nguyên nhân",
    "failed": "Các lần thử hỏng",
    "since": "Từ",
    "retry_at": "Thử tiếp",
    "behind": "Chờ sau",
    "replayed": "Được thử lại",
    "skipped": "Đã bỏ qua",
    "retried": "Được thử ngay",
    "rows": "Bản ghi",
    "keys": "Số khóa",
    "oldest": "Cũ nhất",
    "republished": "Đã đưa lại vào hàng gửi",
    "error": "Nguyên nhân",
    "put_at": "Từ",
    "recorded_at": "Ghi trên Kafka lúc",
    "decided_at": "Xử lý lúc",
    "headers": "Tiêu đề",
    "blocks": "Khối",
    "waiting": "Chưa vào khối",
    "file": "Tệp",
    "size": "Số byte",
    "sha256": "SHA-256",
}

STATES: Final[Mapping[str, Words]] = {
    "waiting": Words("đang chờ", "waiting"),
    "dead": Words("đã chết", "dead"),
    "open": Words("chưa xử lý", "open"),
    "asked": Words("chờ đọc lại", "asked"),
    "applied": Words("đã áp dụng", "applied"),
    "known": Words("đã có từ trước", "known"),
    "held": Words("đang giữ", "held"),
    "passed_over": Words("không thuộc loại được nghe", "passed over"),
    "refused": Words("lại bị từ chối", "refused again"),
    "skipped": Words("đã bỏ qua", "skipped"),
}

Most = Annotated[int, typer.Option("--most", min=1, max=100_000, help="Nhiều nhất / at most")]
Because = Annotated[
    str,
    typer.Option("--reason", callback=text_of_at_most(LONGEST_REASON), help="Lý do, lưu nhật ký / reason, audited"),
]
Yes = Annotated[bool, typer.Option("--yes", help="Không hỏi / do not ask")]


def screen_of(context: typer.Context, json: bool) -> Screen:
    """The screen of a command, in these words."""
    return Screen.of(context, json, LABELS, STATES)
