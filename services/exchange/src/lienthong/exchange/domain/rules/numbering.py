"""Number, symbol and document id: well formed, in agreement, used once (ND30-15/22)."""

from collections.abc import Iterator
from typing import Final

from lienthong.common.clock import VIETNAM
from lienthong.common.errors import Violation, Words
from lienthong.common.messages.kinds import KINDS, LEGAL_NORMATIVE
from lienthong.exchange.domain.submission import Facts, Submission
from lienthong.exchange.domain.symbols import AxisId, IdForm, is_notation, is_number

NUMBERS: Final = "ND30-15/22"

_WRITE_NUMBER = Words(
    "Ghi số bằng chữ số Ả Rập trong sổ đăng ký, ví dụ 05 hoặc 1308; ký hiệu ghi riêng.",
    "Give the number of the register in Arabic digits, like 05 or 1308; the symbol has a member of its own.",
)
_WRITE_NOTATION = Words(
    "Ghi ký hiệu không có khoảng trắng, các nhóm nối bằng dấu gạch nối, ví dụ QĐ-UBND, UBND-VX, 2020/NĐ-CP.",
    "Write the symbol without blanks, groups joined by hyphens, like QĐ-UBND, UBND-VX, 2020/NĐ-CP.",
)
_WRITE_ID = Words(
    "Ghi <mã định danh cơ quan>,<yyyy/MM/dd>,<số>/<ký hiệu>, ví dụ 000.00.13.H53,2020/08/14,1308/BC-STTTT.",
    "Write <OrganId>,<yyyy/MM/dd>,<number>/<notation>, like 000.00.13.H53,2020/08/14,1308/BC-STTTT.",
)
_AGREE = Words(
    "Lập document_id từ chính ngày ban hành, số và ký hiệu của văn bản.",
    "Make document_id of the document's own promulgation date, number and symbol.",
)
_NEXT_NUMBER = Words(
    "Kiểm tra sổ đăng ký văn bản đi; mỗi số, ký hiệu chỉ cấp một lần trong năm.",
    "Look into the register of outgoing documents: a number and symbol is given once a year.",
)
_NUMBER_MALFORMED = Violation(
    "number_malformed",
    NUMBERS,
    "/data/code/number",
    Words("Số văn bản không đúng dạng", "The number is malformed"),
    _WRITE_NUMBER,
)
_NOTATION_MALFORMED = Violation(
    "notation_malformed",
    NUMBERS,
    "/data/code/notation",
    Words("Ký hiệu văn bản không đúng dạng", "The symbol is malformed"),
    _WRITE_NOTATION,
)
_ID_MALFORMED = Violation(
    "document_id_malformed",
    NUMBERS,
    "/data/document_id",
    Words("Mã định danh văn bản không đúng dạng", "The document id is malformed"),
    _WRITE_ID,
)
_ID_DATE = Violation(
    "document_id_date",
    NUMBERS,
    "/data/document_id",
    Words("Ngày trong mã định danh văn bản không có thật", "The document id names a day that does not exist"),
    _WRITE_ID,
)
_ID_FORM = Violation(
    "document_id_form",
    NUMBERS,
    "/data/document_id",
    Words(
        "Mã định danh văn bản không theo dạng của trục liên thông quốc gia",
        "The document id has not the form of the national axis",
    ),
    _WRITE_ID,
)
_ID_AGENCY = Violation(
    "document_id_agency",
    NUMBERS,
    "/data/document_id",
    Words(
        "Mã cơ quan trong mã định danh văn bản không phải của cơ quan gửi",
        "The agency code in the document id is not the sender's",
    ),
    Words(
        "Bỏ qua nếu văn bản do cơ quan khác ban hành; nếu không, ghi mã của cơ quan gửi.",
        "Nothing to do if another agency issued the document; else write the sender's code.",
    ),
)
_ASSEMBLY = ("QH", "UBTVQH")
"""Symbols of the National Assembly and its Standing Committee are the organ and its term: QH15, UBTVQH15."""


def number_is_well_formed(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """Number and symbol as Decree 30 writes them, the Party's and legal normative forms too."""
    if submission.symbol is None:
        code = submission.document.code
        if not is_number(code.number):
            yield _NUMBER_MALFORMED
        if not is_notation(code.notation):
            yield _NOTATION_MALFORMED


def document_id_is_well_formed(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """The axis' form, its day a real one; what has no comma is of another form and only warned of."""
    if submission.axis_id.form is IdForm.MALFORMED:
        yield _ID_MALFORMED
    elif submission.axis_id.form is IdForm.IMPOSSIBLE_DATE:
        yield _ID_DATE


def document_id_agrees(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """Date, number and symbol in the id are those of the members: one document has one number (ND30-15/22)."""
    axis_id, document = submission.axis_id, submission.document
    if axis_id.symbol is None:
        return
    if axis_id.year != document.promulgation.date.year or axis_id.day not in (None, document.promulgation.date):
        yield _mismatch("/data/promulgation/date", "Ngày ban hành", "The promulgation date")
    if submission.symbol is not None and axis_id.symbol != submission.symbol:
        yield _mismatch("/data/code", "Số, ký hiệu", "The number and symbol")


def document_id_is_the_axis_own(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """A warning: real traffic has other forms, and other agencies' codes where one agency sends for another."""
    axis_id = submission.axis_id
    if axis_id.form in (IdForm.YEAR, IdForm.OTHER):
        yield _ID_FORM
    if axis_id.organ is not None and not _is_senders(axis_id, submission, facts):
        yield _ID_AGENCY


def notation_fits_the_kind(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A warning: a symbol begins with the abbreviation of its kind, where the kind has one (BC for báo cáo)."""
    kind = submission.document.document_type.kind
    expected = KINDS[kind].abbreviation
    if expected is None or submission.symbol is None:
        return
    first = submission.symbol.first_group
    if first == expected.upper() or (kind in LEGAL_NORMATIVE and first.rstrip("0123456789") in _ASSEMBLY):
        return
    yield Violation(
        "notation_kind",
        NUMBERS,
        "/data/code/notation",
        Words(
            f"Ký hiệu của {KINDS[kind].name.lower()} bắt đầu bằng {expected}",
            f"The symbol of this kind ({KINDS[kind].name}) begins with {expected}",
        ),
        Words("Kiểm tra ký hiệu và loại văn bản.", "Check the symbol and the kind of the document."),
    )


def number_is_new(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """A warning: the same number and symbol of the same agency and year came before with another document."""
    key = submission.number_key
    first = facts.numbers.get(key) if key is not None else None
    if first is None or first.subject == submission.event.subject:
        return
    when = f"{first.accepted_at.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y}"
    yield Violation(
        "number_doubled",
        NUMBERS,
        "/data/code",
        Words(
            f"Số, ký hiệu này đã dùng cho văn bản khác, tiếp nhận lúc {when}",
            f"Another document with this number and symbol was accepted at {when} (Vietnam)",
        ),
        _NEXT_NUMBER,
    )


def _is_senders(axis_id: AxisId, submission: Submission, facts: Facts) -> bool:
    sender = facts.agencies.get(submission.agency_id)
    return axis_id.organ == submission.document.sender.code or (sender is not None and axis_id.organ in sender.codes)


def _mismatch(pointer: str, vi: str, en: str) -> Violation:
    words = Words(f"{vi} khác với mã định danh văn bản", f"{en} differs from the document id")
    return Violation("document_id_mismatch", NUMBERS, pointer, words, _AGREE)
