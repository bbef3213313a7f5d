"""The hotline (N9, Decision 28/2018 Art 13.6): what agencies tell operators, and how long an entry is open."""

from enum import StrEnum
from typing import Final

from lienthong.common.errors import Kind, LienthongError, Words

LONGEST_TEXT: Final = 4000
LONGEST_CONTACT: Final = 300
MOST_ANSWERS: Final = 50


class HotlineKind(StrEnum):
    """What an agency has to say."""

    INCIDENT = "incident"
    SUGGESTION = "suggestion"
    QUESTION = "question"


class HotlineState(StrEnum):
    """`open`: nobody has answered. `answered`: more may be said. `closed`: for good."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class HotlineFull(LienthongError):
    """The agency has told operators as much in one day as one agency may."""

    code = "hotline_full"
    kind = Kind.OVERLOADED
    title = Words(
        "Cơ quan đã gửi quá nhiều phản ánh trong một ngày", "Your agency has sent too many reports in one day"
    )
    advice = Words("Gộp các phản ánh, gửi lại vào hôm sau.", "Put reports together, and send them tomorrow.")


class HotlineEntryReused(LienthongError):
    """The agency has told something else under this id."""

    code = "hotline_id_reused"
    kind = Kind.CONFLICT
    title = Words("Mã phản ánh đã dùng cho nội dung khác", "The id was used for another report")
    advice = Words("Tạo mã UUIDv7 mới cho phản ánh mới.", "Make a fresh UUIDv7 for a new report.")


class NoHotlineEntry(LienthongError):
    """The hotline has no entry of this number."""

    code = "no_hotline_entry"
    kind = Kind.NOT_FOUND
    title = Words("Không có phản ánh mang số này", "The hotline has no entry of this number")
    advice = Words("Xem lại danh sách phản ánh.", "Look at the list of entries again.")


class HotlineEntryClosed(LienthongError):
    """The entry is closed, or has all the answers that one may have."""

    code = "hotline_entry_closed"
    kind = Kind.CONFLICT
    title = Words("Phản ánh đã đóng", "The entry is closed")
    advice = Words("Trao đổi tiếp bằng phản ánh mới.", "Go on with a new entry.")
