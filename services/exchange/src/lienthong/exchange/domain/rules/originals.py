"""Besides the scan, important documents carry the file they were made from (N6).

Art 6.6 of regulation 003 names legal normative documents and the programmes and plans of the province; whose plans
those are is told by the kind of the sender in the register.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import Attachment, AttachmentRole, Document, DocumentKind, Purpose
from lienthong.common.messages.kinds import COPIES, LEGAL_NORMATIVE
from lienthong.exchange.domain.submission import Facts, Submission

ORIGINALS: Final = "N6"

_PLANS = frozenset({DocumentKind.CHUONG_TRINH, DocumentKind.KE_HOACH})
_EDITABLE_NAMES = (".docx", ".doc", ".odt", ".rtf", ".xlsx", ".xls", ".ods", ".pptx", ".ppt", ".odp")
_EDITABLE_TYPES = frozenset(
    {
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "application/rtf",
        "text/rtf",
    }
)
_ATTACH = Words(
    "Đính kèm thêm tệp gốc soạn thảo được (docx, odt, xlsx …) với role là original.",
    "Attach the editable file (docx, odt, xlsx …) too, its role being original.",
)
_MISSING = Violation(
    "original_missing",
    ORIGINALS,
    "/data/attachments",
    Words(
        "Văn bản quy phạm pháp luật, chương trình, kế hoạch của tỉnh phải kèm tệp gốc",
        "A legal normative document, a programme or plan of the province carries its original file",
    ),
    _ATTACH,
)


def original_is_attached(submission: Submission, facts: Facts) -> Iterable[Violation]:
    """Legal normative documents, programmes and plans of the province carry an original that can be edited."""
    document = submission.document
    if not _needs_original(document, submission, facts):
        return ()
    originals = [place for place, each in enumerate(document.attachments) if each.role is AttachmentRole.ORIGINAL]
    if not originals:
        return (_MISSING,)
    return () if any(_is_editable(document.attachments[place]) for place in originals) else _not_editable(originals)


def _needs_original(document: Document, submission: Submission, facts: Facts) -> bool:
    kind = document.document_type.kind
    if kind in LEGAL_NORMATIVE:
        return True
    if kind in COPIES or not (kind in _PLANS or document.purpose is Purpose.PROGRAMME):
        return False
    # A sender whose kind is not known yet is not refused for what it may not be.
    sender = facts.agencies.get(submission.agency_id)
    return sender is not None and sender.kind in facts.policy.provincial_kinds


def _is_editable(attachment: Attachment) -> bool:
    media_type = attachment.media_type.partition(";")[0].strip().lower()
    return media_type in _EDITABLE_TYPES or attachment.name.lower().endswith(_EDITABLE_NAMES)


def _not_editable(places: Iterable[int]) -> Iterator[Violation]:
    for place in places:
        words = Words("Tệp gốc không phải tệp soạn thảo được", "The original is not a file that can be edited")
        yield Violation("original_not_editable", ORIGINALS, f"/data/attachments/{place}/media_type", words, _ATTACH)
