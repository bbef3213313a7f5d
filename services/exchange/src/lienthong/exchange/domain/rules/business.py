"""What the message does to documents sent before: so far, nothing but send a new one (R-BUSINESS).

A revocation, update or replacement that was accepted and not acted on would be a lie; so it is refused by name.
"""

from collections.abc import Iterator
from typing import Final

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import BusinessType
from lienthong.exchange.domain.submission import Facts, Submission
from lienthong.exchange.domain.symbols import IdForm, read_axis_id

BUSINESS: Final = "R-BUSINESS"
REFERENCES: Final = "R-REFERENCES"

_ONLY_NEW = ("document_id", "document_info", "document_receiver", "receivers", "replacements")
"""Members that say something about an earlier document. `reason`, `paper` and `staff` stand in new ones too."""
_NOT_YET = Violation(
    "change_request_not_yet",
    BUSINESS,
    "/data/business/type",
    Words(
        "Trục liên thông chưa xử lý thu hồi, cập nhật, thay thế văn bản",
        "The exchange does not handle revocation, update or replacement yet",
    ),
    Words(
        "Gửi công văn mới (type 0) nêu rõ văn bản cần thu hồi, cập nhật hoặc thay thế.",
        "Send a new letter (type 0) that names the document and what is asked.",
    ),
)
_DROP = Words(
    "Bỏ mục này: văn bản mới (type 0) không thay đổi văn bản đã gửi.",
    "Leave this member out: a new document (type 0) changes none that was sent before.",
)
_NAME_IT = Words(
    "Nêu document_id, subject hoặc số, ký hiệu của văn bản được trả lời; không có thì bỏ mục này.",
    "Name document_id, subject or code of the document that is answered, or leave the entry out.",
)
_CHECK_ID = Words(
    "Kiểm tra ngày trong mã định danh; bỏ qua nếu văn bản kia mang đúng mã này.",
    "Check the day in the id; nothing to do if that document really has this id.",
)


def document_is_new(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """Only new documents (edXML type 0), without what belongs to the other types."""
    business = submission.document.business
    if business.type is not BusinessType.NEW:
        yield _NOT_YET
        return
    for member in _ONLY_NEW:
        if getattr(business, member) not in (None, ()):
            words = Words("Mục này thuộc loại thu hồi, cập nhật hoặc thay thế", "This belongs to another type")
            yield Violation("business_member_unfit", BUSINESS, f"/data/business/{member}", words, _DROP)


def references_name_documents(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A warning: an empty `response_for`, or one with an impossible day, leads nobody to the document it answers.

    Not refused: whoever answers a document names it as it was named, faults and all.
    """
    for index, each in enumerate(submission.document.response_for):
        pointer = f"/data/response_for/{index}"
        if not (each.document_id or each.code or each.subject):
            words = Words("Mục này không nêu văn bản nào", "The entry names no document")
            yield Violation("reference_empty", REFERENCES, pointer, words, _NAME_IT)
        elif each.document_id and read_axis_id(each.document_id).form is IdForm.IMPOSSIBLE_DATE:
            words = Words("Ngày trong mã định danh không có thật", "The id names a day that does not exist")
            yield Violation("reference_date", REFERENCES, f"{pointer}/document_id", words, _CHECK_ID)
