"""Words that make a document look like one that must not travel here, though its declared classes say none (N3).

They only warn: a word proves nothing, and whoever declared wrongly is told with the receipt. So that warnings are read,
they are few: "bảo mật", "mật khẩu", "bí mật" are everyday words, and every department reports on the handling of
complaints. Meant are marks of secrecy (MẬT, tối mật, "tài liệu mật") and petitions or the case of one party
("đơn khiếu nại", "tố cáo ông …"), not work on secrecy or complaints in general.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import Document
from lienthong.exchange.domain.submission import Facts, Submission

SUSPECTED: Final = "N3"

_SECRET = re.compile(
    r"\b(?:tối|tuyệt)[\s_-]+mật\b"
    # What is classified; not where "mật" begins another word: "thông tin mật thiết", "công văn mật mã".
    r"|\b(?:độ|dấu|tin|bản|liệu|sơ|văn|thư|điện|mục)\s+mật\b(?!\s+(?:khẩu|mã|độ|thiết|ong))"
    # A mark: "mật" between punctuation, not between words.
    r"|(?:^|[(\[{:;,_\"“|*/–-])[\s_]*mật[\s_]*(?:$|[)\]}:;,_.\"”|*/–-])",
    re.IGNORECASE | re.MULTILINE,
)
_MARK_IN_CAPITALS = re.compile(
    r"(?<!BẢO )(?<!BÍ )(?<!CƠ )(?<!THÂN )(?<!TÚI )(?<!SỎI )(?<!ỐNG )\bMẬT\b(?! (?:KHẨU|MÃ|ĐỘ|THIẾT|ONG|VỤ|THƯ)\b)"
)
_SECRET_IN_ASCII = re.compile(r"\b(?:tuyet|toi|tai lieu|van ban|do) mat\b")

_CASE = r"(?:khiếu\s+nại|tố\s+cáo|tranh\s+chấp)"
_ASKING = r"(?:đề\s+nghị|kiến\s+nghị|phản\s+ánh|yêu\s+cầu|xin|giải\s+quyết)"
_COMPLAINT = re.compile(
    # A petition: "đơn khiếu nại", "đơn thư tố cáo", "đơn đề nghị giải quyết tranh chấp", "đơn của bà Hoa tố cáo …".
    rf"\bđơn(?:\s+thư)?(?:\s+{_ASKING}\b,?)*\s+{_CASE}\b"
    rf"|\bđơn(?:\s+thư)?\s+của\b[^.;\n]{{1,80}}?\b{_CASE}\b"
    # One party's case: "khiếu nại của ông …", "tố cáo bà …", "tranh chấp đất đai giữa hộ …".
    rf"|\b{_CASE}\b(?:\s+[^\s.;,]+){{0,6}}?\s+(?:(?:của|giữa|với)\s+(?:anh|chị|hộ|gia\s+đình|tập\s+thể)|ông|bà)\s+\w"
    rf"|\b(?:trả\s+lời|thụ\s+lý|rút)\s+{_CASE}\b",
    re.IGNORECASE,
)
_PETITION_BY_NAME = re.compile(r"\s*đơn\s+thư\b", re.IGNORECASE)
_COMPLAINT_IN_ASCII = re.compile(r"\bdon (?:thu )?(?:(?:de nghi|giai quyet) )*(?:khieu nai|to cao|tranh chap)\b")
_NO_LETTERS = re.compile(r"[^0-9a-z]+")

_SECRET_WORDS = Words("Có từ ngữ chỉ độ mật", "Words of secrecy stand here")
_SECRET_ADVICE = Words(
    "Nếu văn bản thuộc bí mật nhà nước thì báo ngay nơi nhận và đơn vị vận hành: loại này không gửi qua hệ thống. "
    "Nếu không, không cần làm gì.",
    "If this is a state secret, tell the recipients and the operators at once: it must not travel here. "
    "If it is none, there is nothing to do.",
)
_COMPLAINT_WORDS = Words("Có từ ngữ của đơn thư", "Words of a petition stand here")
_COMPLAINT_ADVICE = Words(
    "Nếu đây là đơn thư tranh chấp, khiếu nại, tố cáo thì báo ngay nơi nhận: loại này không gửi qua hệ thống. "
    "Nếu không, không cần làm gì.",
    "If this is a petition about a dispute, complaint or denunciation, tell the recipients at once: it must not travel "
    "here. If it is none, there is nothing to do.",
)


def nothing_looks_secret(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A warning: marks of secrecy in a document that is declared to have none."""
    for pointer in _find(submission.document, looks_secret):
        yield Violation("secrecy_suspected", SUSPECTED, pointer, _SECRET_WORDS, _SECRET_ADVICE)


def nothing_looks_like_a_complaint(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A warning: a petition, or one party's complaint or dispute, in a document that is declared to be none."""
    document = submission.document
    for pointer in _find(document, looks_like_a_complaint):
        yield Violation("complaint_suspected", SUSPECTED, pointer, _COMPLAINT_WORDS, _COMPLAINT_ADVICE)
    if _PETITION_BY_NAME.match(document.document_type.name):
        pointer = "/data/document_type/name"
        yield Violation("complaint_suspected", SUSPECTED, pointer, _COMPLAINT_WORDS, _COMPLAINT_ADVICE)


def looks_secret(text: str) -> bool:
    """Whether a text has a mark of secrecy."""
    lowered = text.lower()
    if "mật" in lowered:
        return _SECRET.search(text) is not None or (text != text.upper() and _MARK_IN_CAPITALS.search(text) is not None)
    return "mat" in lowered and text.isascii() and _SECRET_IN_ASCII.search(_NO_LETTERS.sub(" ", lowered)) is not None


def looks_like_a_complaint(text: str) -> bool:
    """Whether a text is about a petition or one party's case."""
    lowered = text.lower()
    if ("khiếu" in lowered or "tố" in lowered or "tranh" in lowered) and _COMPLAINT.search(text):
        return True
    return "don" in lowered and text.isascii() and _COMPLAINT_IN_ASCII.search(_NO_LETTERS.sub(" ", lowered)) is not None


def _find(document: Document, looks: Callable[[str], bool]) -> Iterator[str]:
    """Where a document's texts look so. Names of files without any diacritics are read as such."""
    if looks(document.subject):
        yield "/data/subject"
    if document.content and looks(document.content):
        yield "/data/content"
    if looks(document.document_type.name):
        yield "/data/document_type/name"
    if document.circulation and looks(document.circulation):
        yield "/data/circulation"
    for index, attachment in enumerate(document.attachments):
        if looks(attachment.name):
            yield f"/data/attachments/{index}/name"
        if attachment.description and looks(attachment.description):
            yield f"/data/attachments/{index}/description"
