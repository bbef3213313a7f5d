"""What a recipient may report of a document it was sent (Decision 28/2018; codes of the national axis)."""

from collections.abc import Iterator

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.status import StatusCode
from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.policy import CLOCKS_DIFFER
from lienthong.exchange.domain.states import STATUS
from lienthong.exchange.domain.submission import Facts, Submission

SEPARATION = "N5"


def delivery_is_the_reporters(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """The document was sent to the reporter, by this sender, in this message and lane.

    One answer whatever does not fit: whether there is such a document between others never shows.
    """
    if facts.find_delivery(submission) is None:
        yield Violation(
            "delivery_unknown",
            SEPARATION,
            "/data/message_id",
            Words("Không tìm thấy văn bản này trong hộp đến của cơ quan", "There is no such document in your inbox"),
            Words(
                "Lấy to, lane, message_id và subject đúng như trong văn bản nhận được.",
                "Take to, lane, message_id and subject from the document as it was received.",
            ),
        )


def status_fits_the_delivery(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """In the order of the times said, all statuses of the delivery are a path through the table of `states.py`."""
    delivery = facts.find_delivery(submission)
    judged = delivery.judge(submission.said, submission.occurred_at) if delivery else None
    if isinstance(judged, Refusal):
        yield Violation(judged.name, judged.rule, "/data/status", judged.detail, judged.advice)


def refusal_gives_its_reason(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """Whoever refuses a document says why."""
    report = submission.report
    if report.status is StatusCode.REFUSED and not (report.description or "").strip():
        words = Words("Từ chối tiếp nhận (02) phải nêu lý do", "A refusal (02) gives its reason")
        advice = Words("Ghi lý do vào description.", "Put the reason into description.")
        yield Violation("reason_missing", STATUS, "/data/description", words, advice)


def time_said_is_possible(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """Nothing is reported that has not happened yet, or that happened before the document was there."""
    said_at, delivery = submission.event.time, facts.find_delivery(submission)
    if said_at > facts.now + CLOCKS_DIFFER:
        words = Words("Thời điểm của trạng thái chưa đến", "The time of the status has not come yet")
        advice = Words("Đồng bộ đồng hồ của máy.", "Set the clock of your machine.")
        yield Violation("time_ahead", STATUS, "/time", words, advice)
    if delivery is not None and said_at < delivery.accepted_at - CLOCKS_DIFFER:
        words = Words(
            "Thời điểm của trạng thái sớm hơn lúc văn bản được tiếp nhận vào trục",
            "The time of the status lies before the document was accepted",
        )
        advice = Words("Ghi đúng thời điểm xảy ra.", "Give the time when it happened.")
        yield Violation("status_too_early", STATUS, "/time", words, advice)
