"""What is late: what this agency owes others, and what others owe it, as the exchange knows it."""

from collections.abc import AsyncGenerator
from enum import StrEnum
from urllib.parse import quote

from lienthong.common.clock import Timestamp
from lienthong.common.errors import Words
from lienthong.common.ids import Id
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.messages.document import Lane
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.errors import UnexpectedAnswer
from lienthong.sdk.exchange import Exchange

_PAGE = 200
_MOST_PAGES = 10_000
_MAX_BYTES = 4 << 20
_UNREADABLE = Words("Danh sách quá hạn không đọc được", "The list cannot be read")


class Side(StrEnum):
    """From which side one looks."""

    OWN = "own"
    """What this agency owes others."""
    OTHERS = "others"
    """What others owe it."""


class Debtor(AnswerPart):
    """Who owes it, and whom to ask there (N9)."""

    agency_id: Id
    name: str | None = None
    contact_officer: ContactOfficer | None = None


class Overdue(AnswerPart):
    """One thing that is owed: `receive`, a document to be received or refused; `answer` to the message, which asks for
    a change; `removal` of content and its report. A later version may know others.
    """

    kind: str
    owed_by: Debtor
    source: str
    message_id: Id
    lane: Lane
    document_id: str | None = None
    title: str | None = None
    accepted_at: Timestamp
    due_at: Timestamp
    ends_at: Timestamp | None = None


class _Page(AnswerPart):
    overdue: tuple[Overdue, ...]
    next: str | None = None


async def read_overdue(exchange: Exchange, side: Side) -> AsyncGenerator[Overdue]:
    """All of it, the oldest first. Raises PlatformError, Unreachable, UnexpectedAnswer."""
    after, seen = "", set[str]()
    while True:
        cursor = f"&after={quote(after, safe='')}" if after else ""
        page = await exchange.read(
            "GET", f"/v1/overdue?side={side}&limit={_PAGE}{cursor}", _Page, max_bytes=_MAX_BYTES, unreadable=_UNREADABLE
        )
        for each in page.overdue:
            yield each
        if page.next is None:
            return
        if page.next in seen or len(seen) >= _MOST_PAGES:
            words = Words("Danh sách quá hạn không có hồi kết", "The list leads back to itself, or has no end")
            raise UnexpectedAnswer(words)
        seen.add(page.next)
        after = page.next
