"""What is attached: the sender's own uploads, as they were uploaded."""

from collections.abc import Iterator

from lienthong.common.errors import Violation, Words
from lienthong.common.text import safe_file_name_fault
from lienthong.exchange.domain.submission import Facts, Submission

ATTACHMENTS = "R-ATTACHMENTS"

_UPLOAD_FIRST = Words(
    "Tải tệp lên bằng POST /v1/attachments trong vòng 24 giờ trước khi gửi văn bản.",
    "Upload the file with POST /v1/attachments, at most 24 hours before the message.",
)


def attachments_are_own_uploads(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """Only what the sender uploaded itself: whether another agency has the same bytes never shows."""
    for index, attachment in enumerate(submission.document.attachments):
        upload = facts.uploads.get((submission.agency_id, attachment.sha256))
        if upload is None:
            words = Words(
                "Cơ quan chưa tải lên tệp có mã băm này", "Your agency has not uploaded a file with this hash"
            )
            yield Violation(
                "attachment_unknown", ATTACHMENTS, f"/data/attachments/{index}/sha256", words, _UPLOAD_FIRST
            )
        elif upload.size != attachment.size:
            words = Words(f"Tệp đã tải lên có {upload.size} byte", f"The uploaded file has {upload.size} bytes")
            advice = Words("Ghi đúng kích thước tệp.", "State the size of the file.")
            yield Violation("attachment_size", ATTACHMENTS, f"/data/attachments/{index}/size", words, advice)


def attachment_ids_are_unique(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """edXML's ContentId binds a reference to its file."""
    seen: set[str] = set()
    for index, attachment in enumerate(submission.document.attachments):
        if attachment.id in seen:
            words = Words("Hai tệp đính kèm trùng mã", "Two attachments have one id")
            advice = Words("Đặt cho mỗi tệp một mã riêng.", "Give each attachment an id of its own.")
            yield Violation("attachment_id_twice", ATTACHMENTS, f"/data/attachments/{index}/id", words, advice)
        seen.add(attachment.id)


def attachment_names_are_safe(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A name that leads out of a folder, hides its ending or holds control characters harms whoever saves the file."""
    for index, attachment in enumerate(submission.document.attachments):
        if safe_file_name_fault(attachment.name) is not None:
            words = Words("Tên tệp không an toàn", "The file name is not safe")
            advice = Words(
                "Dùng tên tệp thường, không có dấu gạch chéo hay ký tự điều khiển.",
                "Use a plain file name without slashes or control characters.",
            )
            yield Violation("attachment_name", ATTACHMENTS, f"/data/attachments/{index}/name", words, advice)
