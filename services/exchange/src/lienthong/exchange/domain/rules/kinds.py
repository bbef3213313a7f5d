"""What kind of document it is and what for (N3): nothing is refused here, because Art 5 lets every kind travel.

Art 5 of regulation 003 ends its list with "and other kinds"; so a purpose that does not suit the kind, or a name that
is another kind's, is told as a warning: it is a slip of whoever registered the document.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import DocumentKind, Purpose
from lienthong.common.messages.kinds import COPIES, KINDS, LEGAL_NORMATIVE
from lienthong.exchange.domain.submission import Facts, Submission

PURPOSES: Final = "N3"
KIND: Final = "R-KIND"

_LEADERSHIP = frozenset(
    {
        DocumentKind.NGHI_QUYET,
        DocumentKind.QUYET_DINH,
        DocumentKind.CHI_THI,
        DocumentKind.QUY_CHE,
        DocumentKind.QUY_DINH,
        DocumentKind.THONG_BAO,
        DocumentKind.THONG_CAO,
        DocumentKind.HUONG_DAN,
        DocumentKind.CHUONG_TRINH,
        DocumentKind.KE_HOACH,
        DocumentKind.PHUONG_AN,
        DocumentKind.DE_AN,
        DocumentKind.DU_AN,
        DocumentKind.CONG_VAN,
        DocumentKind.CONG_DIEN,
        DocumentKind.THU_CONG,
    }
)
_OF_EVERY_PURPOSE = COPIES | {DocumentKind.OTHER}
_FITTING: Mapping[Purpose, frozenset[DocumentKind]] = {
    Purpose.SCHEDULE: _OF_EVERY_PURPOSE
    | {
        DocumentKind.THONG_BAO,
        DocumentKind.CHUONG_TRINH,
        DocumentKind.KE_HOACH,
        DocumentKind.CONG_VAN,
        DocumentKind.PHIEU_BAO,
    },
    Purpose.PROGRAMME: _OF_EVERY_PURPOSE | _LEADERSHIP | LEGAL_NORMATIVE | {DocumentKind.TO_TRINH},
    Purpose.NOTICE: _OF_EVERY_PURPOSE | _LEADERSHIP | LEGAL_NORMATIVE | {DocumentKind.PHIEU_BAO},
    Purpose.DIRECTION: _OF_EVERY_PURPOSE | _LEADERSHIP | LEGAL_NORMATIVE,
}
"""Narrow purposes. Invitations carry meeting material, and anything may be for information, report or work."""

_FOR_INVITATIONS = frozenset({Purpose.INVITATION, Purpose.INFORMATION, Purpose.OTHER})
_NO_ISSUERS = frozenset(
    {
        "department",
        "sub_department",
        "unit",
        "school",
        "one_stop_center",
        "management_board",
        "district_division",
    }
)
"""Kinds of agency that the law on legal normative documents (64/2025/QH15, Art 4) gives no such document."""

_CIRCULATIONS = frozenset({"XEM XONG TRẢ LẠI", "LƯU HÀNH NỘI BỘ"})


def _kinds_by_name() -> Mapping[str, frozenset[DocumentKind]]:
    names: dict[str, set[DocumentKind]] = {}
    for kind, words in KINDS.items():
        names.setdefault(words.name.casefold(), set()).add(kind)
    return {name: frozenset(kinds) for name, kinds in names.items()}


_KINDS_BY_NAME = _kinds_by_name()

_PURPOSE_ODD = Violation(
    "purpose_unusual",
    PURPOSES,
    "/data/purpose",
    Words("Mục đích trao đổi không hợp với loại văn bản", "The purpose does not suit the kind of document"),
    Words("Kiểm tra mục đích trao đổi và loại văn bản.", "Check the purpose and the kind of the document."),
)
_ISSUER_ODD = Violation(
    "issuer_unusual",
    KIND,
    "/data/document_type/kind",
    Words(
        "Cơ quan gửi không thuộc loại cơ quan ban hành văn bản quy phạm pháp luật",
        "The sender is not of those that issue legal normative documents",
    ),
    Words(
        "Văn bản cá biệt hoặc bản sao thì chọn loại tương ứng (không dùng loại qppl_).",
        "For an individual document or a copy choose its own kind (none of qppl_).",
    ),
)
_CIRCULATION_ODD = Violation(
    "circulation_unusual",
    KIND,
    "/data/circulation",
    Words("Chỉ dẫn lưu hành không có trong Nghị định 30", "Decree 30 does not know this mark of circulation"),
    Words("Dùng XEM XONG TRẢ LẠI hoặc LƯU HÀNH NỘI BỘ.", "Use XEM XONG TRẢ LẠI or LƯU HÀNH NỘI BỘ."),
)


def purpose_suits_the_kind(submission: Submission, _facts: Facts) -> Iterable[Violation]:
    """A warning: a narrow purpose with a kind that serves another, as a report sent as work schedule."""
    kind, purpose = submission.document.document_type.kind, submission.document.purpose
    fitting = _FITTING.get(purpose)
    odd = fitting is not None and kind not in fitting
    return (_PURPOSE_ODD,) if odd or (kind is DocumentKind.GIAY_MOI and purpose not in _FOR_INVITATIONS) else ()


def type_name_is_the_kinds(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A warning: `kind` decides, and the name beside it is another kind's."""
    told = submission.document.document_type
    named = _KINDS_BY_NAME.get(told.name.casefold().strip())
    if named is not None and told.kind not in named:
        own = KINDS[told.kind].name
        yield Violation(
            "type_name_unusual",
            KIND,
            "/data/document_type/name",
            Words(f"Tên loại khác với loại đã chọn ({own})", f"The name is another kind's than the one chosen ({own})"),
            Words("Ghi tên loại và kind của cùng một loại văn bản.", "Let name and kind be of one kind of document."),
        )


def issuer_may_issue(submission: Submission, facts: Facts) -> Iterable[Violation]:
    """A warning: legal normative documents come from authorities that may issue them, not from departments."""
    if submission.document.document_type.kind not in LEGAL_NORMATIVE:
        return ()
    sender = facts.agencies.get(submission.agency_id)
    return (_ISSUER_ODD,) if sender is not None and sender.kind in _NO_ISSUERS else ()


def circulation_is_known(submission: Submission, _facts: Facts) -> Iterable[Violation]:
    """A warning: Decree 30 knows two marks of circulation."""
    circulation = submission.document.circulation
    return (_CIRCULATION_ODD,) if circulation is not None and circulation.upper() not in _CIRCULATIONS else ()
