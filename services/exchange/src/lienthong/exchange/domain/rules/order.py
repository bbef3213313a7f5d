"""Which document, and after what."""

from collections.abc import Iterator

from lienthong.common.errors import Violation, Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.domain.submission import Facts, Submission

SUBJECT = "R-SUBJECT"
AFTER = "R-AFTER"


def subject_names_the_document(submission: SealedMessage, _facts: Facts) -> Iterator[Violation]:
    """The event's subject is the id of the document, the same through its updates."""
    try:
        parse_id(submission.event.subject or "")
    except MalformedId:
        words = Words("subject phải là mã UUIDv7 của văn bản", "The subject is the document's id, a UUIDv7")
        advice = Words(
            "Tạo UUIDv7 cho văn bản mới; giữ nguyên khi cập nhật.",
            "Make a UUIDv7 for a new document and keep it through its updates.",
        )
        yield Violation("subject_malformed", SUBJECT, "/subject", words, advice)


def predecessor_was_accepted(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """`after` makes one message wait for another of the same sender: it is admitted only behind it."""
    if submission.after is not None and (submission.agency_id, submission.after) not in facts.accepted:
        words = Words("Văn bản phải đến trước chưa được tiếp nhận", "The message that must come first is not accepted")
        advice = Words(
            "Gửi văn bản đó trước, rồi gửi lại văn bản này.", "Send that message first, then this one again."
        )
        yield Violation("predecessor_missing", AFTER, "/data/after", words, advice)
