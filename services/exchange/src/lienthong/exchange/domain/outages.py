"""Outages (N4): which times they may have, and when the exchange itself was away."""

from datetime import datetime, timedelta
from typing import Final

from lienthong.common.errors import Kind, LienthongError, Words

LONGEST_CAUSE: Final = 500


class NoOutage(LienthongError):
    """The ledger has no outage of this number."""

    code = "no_outage"
    kind = Kind.NOT_FOUND
    title = Words("Sổ sự cố không có sự cố mang số này", "The ledger has no outage of this number")
    advice = Words("Xem lại danh sách sự cố.", "Look at the list of outages again.")


class OutageClosed(LienthongError):
    """The outage has its end already."""

    code = "outage_closed"
    kind = Kind.CONFLICT
    title = Words("Sự cố đã kết thúc", "The outage is closed")
    advice = Words("Ghi sự cố mới nếu xảy ra lần nữa.", "Open another one if it happened again.")


class OutageTimesRefused(LienthongError):
    """An outage ends after it began, and neither lies ahead."""

    code = "outage_times_refused"
    kind = Kind.REFUSED
    title = Words("Thời gian của sự cố không hợp lệ", "The times of the outage are not possible")
    advice = Words(
        "Bắt đầu trước kết thúc, cả hai không sau hiện tại.", "It begins before it ends, and neither lies ahead."
    )
    RULE = "N4"


def check_times(began_at: datetime, ended_at: datetime | None, now: datetime) -> None:
    """Raises OutageTimesRefused."""
    if began_at > now or (ended_at is not None and not began_at < ended_at <= now):
        raise OutageTimesRefused


def gap(last_beat: datetime | None, now: datetime, longest: timedelta) -> tuple[datetime, datetime] | None:
    """The time in which nobody took documents, if it was longer than a restart takes."""
    return (last_beat, now) if last_beat is not None and now - last_beat > longest else None
