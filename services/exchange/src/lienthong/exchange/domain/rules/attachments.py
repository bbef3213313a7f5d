"""What is attached: the sender's own uploads, as they were uploaded."""

from collections.abc import Iterable, Iterator
from typing import Final

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import Attachment, AttachmentRole
from lienthong.common.text import safe_file_name_fault
from lienthong.exchange.domain.media_types import essence
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.domain.submission import Facts

ATTACHMENTS: Final = "R-ATTACHMENTS"
VIRUSES: Final = "N10"

_PROGRAMS = frozenset(
    {"apk", "bat", "cmd", "com", "cpl", "dll", "exe", "gadget", "hta", "iso", "jar", "js", "jse", "lnk", "msc"}
    | {"msi", "msp", "pif", "ps1", "reg", "scr", "sh", "vb", "vbe", "vbs", "wsf", "wsh"}
)
"""Endings of files that a double click runs. What hides behind `.pdf.exe` is the last ending."""

_UPLOAD_FIRST = Words(
    "Tải tệp lên bằng POST /v1/attachments trong vòng 24 giờ trước khi gửi văn bản.",
    "Upload the file with POST /v1/attachments, at most 24 hours before the message.",
)


def attachments_are_own_uploads(submission: SealedMessage, facts: Facts) -> Iterator[Violation]:
    """Only what the sender uploaded itself: whether another agency has the same bytes never shows."""
    for index, attachment in enumerate(submission.attachments):
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


def attachment_ids_are_unique(submission: SealedMessage, _facts: Facts) -> Iterator[Violation]:
    """edXML's ContentId binds a reference to its file."""
    seen: set[str] = set()
    for index, attachment in enumerate(submission.attachments):
        if attachment.id in seen:
            words = Words("Hai tệp đính kèm trùng mã", "Two attachments have one id")
            advice = Words("Đặt cho mỗi tệp một mã riêng.", "Give each attachment an id of its own.")
            yield Violation("attachment_id_twice", ATTACHMENTS, f"/data/attachments/{index}/id", words, advice)
        seen.add(attachment.id)


def attachment_names_are_safe(submission: SealedMessage, _facts: Facts) -> Iterator[Violation]:
    """A name that leads out of a folder, hides its ending or holds control characters harms whoever saves the file."""
    for index, attachment in enumerate(submission.attachments):
        if safe_file_name_fault(attachment.name) is not None:
            words = Words("Tên tệp không an toàn", "The file name is not safe")
            advice = Words(
                "Dùng tên tệp thường, không có dấu gạch chéo hay ký tự điều khiển.",
                "Use a plain file name without slashes or control characters.",
            )
            yield Violation("attachment_name", ATTACHMENTS, f"/data/attachments/{index}/name", words, advice)


def attachment_names_are_unique(submission: SealedMessage, _facts: Facts) -> Iterator[Violation]:
    """Two files of one name, capital letters or not, overwrite each other where they are saved."""
    attached = submission.attachments
    if len(attached) < 2:
        return
    seen: set[str] = set()
    for index, attachment in enumerate(attached):
        name = attachment.name.casefold()
        if name in seen:
            words = Words("Hai tệp đính kèm trùng tên", "Two attachments have one name")
            advice = Words("Đặt cho mỗi tệp một tên riêng.", "Give each file a name of its own.")
            yield Violation("attachment_name_twice", ATTACHMENTS, f"/data/attachments/{index}/name", words, advice)
        seen.add(name)


def attachments_are_no_programs(submission: SealedMessage, _facts: Facts) -> Iterator[Violation]:
    """No file that a double click runs, whatever stands before its ending (N10: viruses kept out)."""
    for index, attachment in enumerate(submission.attachments):
        if attachment.name.rpartition(".")[2].lower() in _PROGRAMS:
            words = Words("Tệp là chương trình chạy được, không phải tài liệu", "The file is a program, no document")
            advice = Words("Chỉ đính kèm tài liệu (pdf, docx, xlsx …).", "Attach documents only (pdf, docx, xlsx …).")
            yield Violation("attachment_program", VIRUSES, f"/data/attachments/{index}/name", words, advice)


def attachments_are_within_limits(submission: SealedMessage, facts: Facts) -> Iterator[Violation]:
    """No more files and bytes than this installation takes in one message."""
    attached, policy = submission.attachments, facts.policy
    if len(attached) > policy.most_attachments:
        most = policy.most_attachments
        words = Words(f"Nhiều hơn {most} tệp đính kèm", f"There are more than {most} attachments")
        advice = Words(
            "Nén các tệp phụ lục vào một tệp, hoặc chia thành nhiều văn bản.", "Pack appendices into one file."
        )
        yield Violation("attachments_too_many", ATTACHMENTS, "/data/attachments", words, advice)
    if sum(each.size for each in attached) > policy.most_attached_bytes:
        most = policy.most_attached_bytes
        words = Words(f"Các tệp đính kèm vượt quá {most} byte", f"The attachments have more than {most} bytes")
        advice = Words("Giảm kích thước tệp hoặc chia thành nhiều văn bản.", "Make the files smaller, or send several.")
        yield Violation("attachments_too_large", ATTACHMENTS, "/data/attachments", words, advice)


_NOTHING_ATTACHED = Violation(
    "nothing_attached",
    ATTACHMENTS,
    "/data/attachments",
    Words("Văn bản không kèm tệp nào", "The document has no file"),
    Words(
        "Đính kèm tệp văn bản đã ký số; phần metadata không thay được nội dung.",
        "Attach the signed file: metadata do not stand for the content.",
    ),
)
_NO_MAIN = Violation(
    "main_missing",
    ATTACHMENTS,
    "/data/attachments",
    Words("Không có tệp văn bản chính", "None of the files is the main one"),
    Words("Ghi role là main cho tệp văn bản chính.", "Give the file of the document itself the role main."),
)


def something_is_attached(submission: SealedMessage, _facts: Facts) -> Iterable[Violation]:
    """A warning: the content of a document is in its files (QD28)."""
    return () if submission.attachments else (_NOTHING_ATTACHED,)


def one_file_is_the_main_one(submission: SealedMessage, _facts: Facts) -> Iterable[Violation]:
    """A warning: readers open the main file first; none, or several, leaves them to guess. edXML knows no roles."""
    attached = submission.attachments
    if not attached:
        return ()
    main = [index for index, each in enumerate(attached) if each.role is AttachmentRole.MAIN]
    return (_NO_MAIN,) if not main else [_second_main(index) for index in main[1:]]


def main_file_is_pdf(submission: SealedMessage, _facts: Facts) -> Iterator[Violation]:
    """A warning: a signed document is a PDF (ND30 App I), which everybody's software shows with its signatures."""
    for index, attachment in enumerate(submission.attachments):
        if attachment.role is AttachmentRole.MAIN and not _is_pdf(attachment):
            words = Words("Tệp văn bản chính không phải PDF", "The main file is no PDF")
            advice = Words(
                "Gửi bản PDF đã ký số; tệp soạn thảo gửi kèm với role là original.",
                "Send the signed PDF; the editable file goes with it as original.",
            )
            yield Violation("main_not_pdf", ATTACHMENTS, f"/data/attachments/{index}/media_type", words, advice)


def types_are_those_of_the_uploads(submission: SealedMessage, facts: Facts) -> Iterator[Violation]:
    """A warning: the bytes were looked at as what they were uploaded as (step 1.3); recipients are told otherwise."""
    for index, attachment in enumerate(submission.attachments):
        upload = facts.uploads.get((submission.agency_id, attachment.sha256))
        if upload is not None and essence(upload.media_type) != essence(attachment.media_type):
            uploaded = essence(upload.media_type)
            words = Words(f"Tệp đã tải lên với kiểu {uploaded}", f"The file was uploaded as {uploaded}")
            advice = Words(
                "Ghi cùng một kiểu tệp (Content-Type) khi tải lên và trong văn bản.",
                "Name one media type in the upload and in the message.",
            )
            yield Violation("attachment_type", ATTACHMENTS, f"/data/attachments/{index}/media_type", words, advice)


def _is_pdf(attachment: Attachment) -> bool:
    return attachment.media_type.startswith("application/pdf") or attachment.name.lower().endswith(".pdf")


def _second_main(index: int) -> Violation:
    words = Words("Hơn một tệp văn bản chính", "More than one file is the main one")
    advice = Words(
        "Chỉ một tệp có role là main; phụ lục là appendix, bản soạn thảo là original.",
        "One file has the role main; annexes are appendix, the editable file is original.",
    )
    return Violation("main_twice", ATTACHMENTS, f"/data/attachments/{index}/role", words, advice)
