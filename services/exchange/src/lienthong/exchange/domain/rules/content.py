"""What must not be exchanged here (N3), and how text is written (N8)."""

from collections.abc import Iterator, Sequence
from typing import Any

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import ComplaintClass, Secrecy
from lienthong.exchange.domain.submission import Facts, Submission

FORBIDDEN = "N3"

_SECRET = Words(
    "Văn bản thuộc danh mục bí mật nhà nước không gửi qua hệ thống này; gửi theo đường cơ yếu.",
    "A state secret does not travel here; send it the way state secrets go.",
)
_COMPLAINT = Words(
    "Đơn thư tranh chấp, khiếu nại, tố cáo không gửi qua hệ thống này; xử lý theo quy định riêng.",
    "Disputes, complaints and denunciations do not travel here; handle them by their own rules.",
)


def no_state_secret(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """Declared secrecy of any degree (mật, tối mật, tuyệt mật) is refused."""
    return find_secrecy({"secrecy": submission.document.secrecy.value})


def no_complaint(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A declared dispute, complaint or denunciation is refused."""
    return find_complaint({"complaint_class": submission.document.complaint_class.value})


def find_forbidden_classes(value: Any) -> Sequence[Violation]:
    """The same two rules on JSON that is no message: a malformed secret document is still a secret one."""
    data = value.get("data") if isinstance(value, dict) else None
    return [*find_secrecy(data), *find_complaint(data)] if isinstance(data, dict) else []


def find_secrecy(data: dict[str, Any]) -> Iterator[Violation]:
    """The violation of `no_state_secret` in the members of `data`."""
    if data.get("secrecy", Secrecy.NONE.value) != Secrecy.NONE.value:
        words = Words("Văn bản mang độ mật", "The document is declared a state secret")
        yield Violation("secret_document", FORBIDDEN, "/data/secrecy", words, _SECRET)


def find_complaint(data: dict[str, Any]) -> Iterator[Violation]:
    """The violation of `no_complaint` in the members of `data`."""
    if data.get("complaint_class", ComplaintClass.NONE.value) != ComplaintClass.NONE.value:
        words = Words(
            "Văn bản là đơn thư tranh chấp, khiếu nại hoặc tố cáo",
            "The document is declared a dispute, a complaint or a denunciation",
        )
        yield Violation("complaint_document", FORBIDDEN, "/data/complaint_class", words, _COMPLAINT)


def is_forbidden(violations: Sequence[Violation]) -> bool:
    """Whether nothing of the message may stay, its uploads neither."""
    return any(violation.rule == FORBIDDEN for violation in violations)
