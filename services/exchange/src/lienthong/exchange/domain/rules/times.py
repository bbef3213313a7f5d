"""When it was said, issued and sent (R-TIME, QD28-6). Days are those of Vietnam."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Final

from lienthong.common.clock import VIETNAM, local_day
from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import Priority
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.domain.submission import Facts, Submission

TIME: Final = "R-TIME"
SENDING: Final = "QD28-6"

_NOON: Final = time(12)
_DAY: Final = timedelta(days=1)
_OLD: Final = timedelta(days=3653)

_SET_CLOCK = Words("Đồng bộ đồng hồ máy chủ rồi ký và gửi lại.", "Set the clock right, then sign and send again.")
_CHECK_DATE = Words(
    "Kiểm tra ngày ban hành; văn bản không được ghi ngày sau ngày ký.",
    "Check the promulgation date: a document is never dated later than it was signed.",
)
_CHECK_DEADLINE = Words("Kiểm tra hạn trả lời.", "Check the deadline.")
_TIME_AHEAD = Violation(
    "time_ahead",
    TIME,
    "/time",
    Words("Thời điểm ghi trong thông điệp ở tương lai", "The time of the message lies in the future"),
    _SET_CLOCK,
)
_PROMULGATION_AHEAD = Violation(
    "promulgation_ahead",
    TIME,
    "/data/promulgation/date",
    Words("Ngày ban hành ở tương lai", "The promulgation date lies in the future"),
    _CHECK_DATE,
)
_PROMULGATED_TOMORROW = Violation(
    "promulgation_tomorrow",
    TIME,
    "/data/promulgation/date",
    Words("Ngày ban hành là ngày mai", "The document is dated tomorrow"),
    _CHECK_DATE,
)
_PROMULGATED_LONG_AGO = Violation(
    "promulgation_old",
    TIME,
    "/data/promulgation/date",
    Words("Văn bản ban hành đã hơn 10 năm", "The document is more than ten years old"),
    Words("Kiểm tra năm ban hành.", "Check the year of promulgation."),
)
_SENT_LATE = Violation(
    "sent_late",
    SENDING,
    "/data/promulgation/date",
    Words(
        "Văn bản gửi sau buổi sáng của ngày làm việc tiếp theo ngày ký",
        "The document was sent later than the morning of the working day after its promulgation",
    ),
    Words(
        "Gửi văn bản trong ngày ký, chậm nhất là buổi sáng của ngày làm việc tiếp theo.",
        "Send documents on the day of signing, at the latest in the morning of the next working day.",
    ),
)
_URGENT_LATE = Violation(
    "sent_late",
    SENDING,
    "/data/promulgation/date",
    Words("Văn bản khẩn không được gửi trong ngày ký", "An urgent document was not sent on the day of its signing"),
    Words("Gửi văn bản khẩn ngay sau khi ký.", "Send urgent documents right after signing."),
)
_DUE_BEFORE = Violation(
    "due_before_promulgation",
    TIME,
    "/data/due_date",
    Words("Hạn trả lời trước ngày ban hành", "The deadline lies before the promulgation date"),
    _CHECK_DEADLINE,
)
_DUE_PASSED = Violation(
    "due_passed",
    TIME,
    "/data/due_date",
    Words("Hạn trả lời đã qua khi văn bản được gửi", "The deadline had passed when the document was sent"),
    _CHECK_DEADLINE,
)


def time_is_not_ahead(submission: SealedMessage, facts: Facts) -> Iterable[Violation]:
    """The time said lies at most five minutes ahead of the receipt: clocks differ a little, not more."""
    return (_TIME_AHEAD,) if submission.event.time > facts.now + facts.policy.ahead else ()


def promulgation_is_past(submission: Submission, facts: Facts) -> Iterable[Violation]:
    """A document that is sent was issued: dated tomorrow it is warned of, later it is refused."""
    ahead = submission.document.promulgation.date - local_day(facts.now)
    return (_PROMULGATION_AHEAD,) if ahead > _DAY else ()


def promulgation_is_plausible(submission: Submission, facts: Facts) -> Iterable[Violation]:
    """A warning: dated tomorrow, or more than ten years ago, is more likely a slip than meant."""
    ahead = submission.document.promulgation.date - local_day(facts.now)
    if ahead == _DAY:
        return (_PROMULGATED_TOMORROW,)
    return (_PROMULGATED_LONG_AGO,) if ahead < -_OLD else ()


def document_is_sent_in_time(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """A warning (QD28 Art 6.2): sent the day it is signed, at the latest the next working morning; urgent ones at once.

    What was entered late after an outage counts by the time it says it happened.
    """
    document = submission.document
    promulgated = document.promulgation.date
    sent = (document.late_entry.occurred_at if document.late_entry else facts.now).astimezone(VIETNAM)
    behind = sent.date() - promulgated
    if behind < _DAY or behind > _OLD:
        return
    if document.other.priority >= Priority.URGENT:
        yield _URGENT_LATE
        return
    last = datetime.combine(facts.policy.calendar.add_working_days(promulgated, 1), _NOON, VIETNAM)
    if sent > last:
        yield _SENT_LATE


def deadline_can_be_kept(submission: Submission, facts: Facts) -> Iterable[Violation]:
    """A warning: a deadline before the promulgation, or one that had passed when the document came."""
    due = submission.document.due_date
    if due is None:
        return ()
    if due < submission.document.promulgation.date:
        return (_DUE_BEFORE,)
    return (_DUE_PASSED,) if due < local_day(facts.now) else ()
