"""Work recorded elsewhere while the network was down, entered later (N4): a claim, kept and shown as one."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import LateEntry
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.domain.submission import Facts

LATE_ENTRY: Final = "N4"

_LONGEST: Final = timedelta(days=366)

_TRUE_TIME = Words("Ghi đúng thời điểm sự việc đã xảy ra.", "State the true time of the act.")
_AHEAD = Violation(
    "late_entry_ahead",
    LATE_ENTRY,
    "/data/late_entry/occurred_at",
    Words(
        "Việc nhập bù phải xảy ra trước thời điểm của thông điệp",
        "What is entered late happened before the time of the message",
    ),
    _TRUE_TIME,
)
_LONG_AGO = Violation(
    "late_entry_old",
    LATE_ENTRY,
    "/data/late_entry/occurred_at",
    Words("Việc nhập bù đã xảy ra hơn một năm trước", "What is entered late happened more than a year ago"),
    _TRUE_TIME,
)
_NO_OUTAGE = Violation(
    "outage_unknown",
    LATE_ENTRY,
    "/data/late_entry/occurred_at",
    Words(
        "Sổ sự cố không ghi nhận gián đoạn nào vào thời điểm này", "The ledger of outages knows of none at this time"
    ),
    Words(
        "Nếu mạng của cơ quan bị gián đoạn, báo đơn vị vận hành để ghi vào sổ sự cố; nếu không, kiểm tra thời điểm.",
        "If your network was down, tell the operators, who enter it into the ledger; else check the time.",
    ),
)


def late_entry_of(submission: SealedMessage) -> LateEntry | None:
    """What a message says of its being entered late, whatever else it says."""
    late = submission.event.data.late_entry
    return late if isinstance(late, LateEntry) else None


def late_entry_lies_behind(submission: SealedMessage, _facts: Facts) -> Iterable[Violation]:
    """What is entered late has happened before it was entered."""
    late = late_entry_of(submission)
    return (_AHEAD,) if late is not None and late.occurred_at > submission.event.time else ()


def late_entry_is_recent(submission: SealedMessage, _facts: Facts) -> Iterable[Violation]:
    """Entries are made right after the recovery: more than a year behind is a slip of the year."""
    late = late_entry_of(submission)
    return (_LONG_AGO,) if late is not None and submission.event.time - late.occurred_at > _LONGEST else ()


def late_entry_lies_in_an_outage(submission: SealedMessage, facts: Facts) -> Iterable[Violation]:
    """A warning: the ledger of outages knows nothing of one at that time."""
    late = late_entry_of(submission)
    return (_NO_OUTAGE,) if late is not None and late.occurred_at not in facts.outages else ()
