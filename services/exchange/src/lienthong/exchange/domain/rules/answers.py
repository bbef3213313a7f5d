"""What a recipient may answer to a change that was asked of it, and report when it has removed what it gave back."""

from collections.abc import Iterable, Iterator

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.change import Answer
from lienthong.exchange.domain.changes import CHANGE, REMOVED_AFTER, RequestState
from lienthong.exchange.domain.policy import CLOCKS_DIFFER
from lienthong.exchange.domain.rules.statuses import SEPARATION
from lienthong.exchange.domain.submission import Facts, Submission


def request_is_the_answerers(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """The change was asked of who answers, by this agency, in this message and lane.

    One answer whatever does not fit: whether there is such a request between others never shows.
    """
    if facts.find_request(submission) is None:
        yield Violation(
            "request_unknown",
            SEPARATION,
            "/data/message_id",
            Words(
                "Không có đề nghị thay đổi nào của thông điệp này gửi đến cơ quan",
                "No change was asked of your agency by such a message",
            ),
            Words(
                "Lấy to, lane, message_id và subject đúng như trong đề nghị nhận được.",
                "Take to, lane, message_id and subject from the request as it was received.",
            ),
        )


def request_waits(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """A request is answered once, and only while it waits."""
    request = facts.find_request(submission)
    if request is None or request.state is RequestState.ASKED:
        return
    advice = Words("Xem đường đi của văn bản.", "Look at the document's track.")
    if request.state is RequestState.GRANTED:
        words = Words(
            "Đề nghị này đã được thực hiện trước khi văn bản đến", "This was granted before the document had arrived"
        )
        yield Violation("granted_at_once", CHANGE, "/data/message_id", words, advice)
    elif request.state is RequestState.LAPSED:
        words = Words("Đề nghị này đã hết hạn trả lời", "The time to answer this request is over")
        yield Violation("request_lapsed", CHANGE, "/data/message_id", words, advice)
    else:
        words = Words("Đề nghị này đã được trả lời", "This request was answered already")
        yield Violation("already_answered", CHANGE, "/data/message_id", words, advice)


def refusal_gives_its_reason(submission: Submission, _facts: Facts) -> Iterable[Violation]:
    """Whoever refuses a change says why."""
    answer = submission.change_answer
    if answer.status is Answer.AGREED or (answer.description or "").strip():
        return ()
    words = Words("Từ chối (16) phải nêu lý do", "A refusal (16) gives its reason")
    advice = Words("Ghi lý do vào description.", "Put the reason into description.")
    return (Violation("reason_missing", CHANGE, "/data/description", words, advice),)


def removal_is_owed(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """Content is removed after an agreed take-back or revocation, and that is reported once."""
    request = facts.find_request(submission)
    if request is None:
        return
    advice = Words(
        "Chỉ báo sau khi đồng ý (15) lấy lại hoặc thu hồi.", "Report it once you have agreed (15) to give it back."
    )
    if request.removed:
        words = Words("Việc xóa nội dung đã được báo", "The removal was reported already")
        yield Violation("already_removed", CHANGE, "/data/message_id", words, advice)
    elif request.kind not in REMOVED_AFTER or request.state is not RequestState.AGREED:
        words = Words("Không có nội dung nào phải xóa theo đề nghị này", "Nothing is to be removed after this request")
        yield Violation("nothing_to_remove", CHANGE, "/data/message_id", words, advice)


def said_after_it_was_asked(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """Nothing is said that happened before it was asked."""
    request = facts.find_request(submission)
    if request is not None and submission.event.time < request.accepted_at - CLOCKS_DIFFER:
        words = Words(
            "Thời điểm này sớm hơn lúc đề nghị được tiếp nhận vào trục",
            "The time lies before the request was accepted",
        )
        advice = Words("Ghi đúng thời điểm xảy ra.", "Give the time when it happened.")
        yield Violation("said_too_early", CHANGE, "/time", words, advice)
