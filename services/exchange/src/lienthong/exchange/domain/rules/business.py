"""What the message does to documents sent before, said in `business`: its members suit its type (R-BUSINESS).

Which documents those are, and what becomes of them, is judged in `changes.py`.
"""

from collections.abc import Iterator
from typing import Final

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import BusinessType
from lienthong.exchange.domain.submission import Facts, Submission
from lienthong.exchange.domain.symbols import IdForm, read_axis_id

BUSINESS: Final = "R-BUSINESS"
REFERENCES: Final = "R-REFERENCES"

_OF_TYPES: Final = {
    "document_id": (BusinessType.REVOKE, BusinessType.UPDATE),
    "document_info": (BusinessType.UPDATE,),
    "document_receiver": (BusinessType.UPDATE,),
    "receivers": (BusinessType.UPDATE,),
    "replacements": (BusinessType.REPLACE,),
}
"""Members that say something about an earlier document, and where. `reason`, `paper`, `staff` stand in every type."""
_DROP = Words(
    "Bỏ mục này, hoặc ghi đúng loại (type) của thông điệp.",
    "Leave this member out, or state the type of the message as it is meant.",
)
_NAME_IT = Words(
    "Nêu document_id, subject hoặc số, ký hiệu của văn bản được trả lời; không có thì bỏ mục này.",
    "Name document_id, subject or code of the document that is answered, or leave the entry out.",
)
_CHECK_ID = Words(
    "Kiểm tra ngày trong mã định danh; bỏ qua nếu văn bản kia mang đúng mã này.",
    "Check the day in the id; nothing to do if that document really has this id.",
)


def members_suit_the_type(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A new document (type 0) says nothing of earlier ones; a revocation, update or replacement what belongs to it."""
    business = submission.document.business
    for member, types in _OF_TYPES.items():
        if business.type not in types and getattr(business, member) not in (None, ()):
            words = Words("Mục này thuộc loại thông điệp khác", "This belongs to another type of message")
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
