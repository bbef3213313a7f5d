"""What is wrong with a text before it is signed: a signed text is never rewritten, so it is refused with the place."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Annotated, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from lienthong.common.errors import Words
from lienthong.common.text.legacy import find_legacy_words

_MARKS: Final = frozenset("\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b\u0340\u0341")
_LOOK_ALIKES: Final = frozenset("ÐðƉɖ")
_PLAIN_CONTROLS: Final = frozenset("\t\n\r")
_INVISIBLE: Final = frozenset("\u00ad\u061c\ufeff\u2060") | {
    chr(code)
    for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2061, 0x2069))
    for code in range(first, last + 1)
}
_CYRILLIC: Final = frozenset(map(chr, range(0x0400, 0x0530)))
_MIXED_WORD = re.compile(r"[A-Za-zÀ-ɏḀ-ỹ][Ѐ-ԯ]|[Ѐ-ԯ][A-Za-zÀ-ɏḀ-ỹ]")
VIETNAMESE: Final = frozenset(map(chr, range(0x20, 0x7F))) | frozenset(
    "\t\n\r“”‘’–—…§°"
    "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư"
    "ẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹ"
)
"""Letters of which every text is NFC and without faults but for legacy words: nearly all texts have no others."""
_PLAIN = re.compile(r"[\t\n\r -~]*")
_VIETNAMESE_TEXT = re.compile(f"[{re.escape(''.join(sorted(VIETNAMESE)))}]*+")

_MOST_OF_A_KIND: Final = 100
_WINDOW: Final = 2000

_FORBIDDEN_IN_NAMES: Final = frozenset('<>:"/\\|?*')
_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE
)
_MAX_NAME_BYTES: Final = 255


class TextFaultKind(StrEnum):
    """Kinds of fault; `words` says each to people."""

    NOT_NFC = "not_nfc"
    COMBINING_MARK = "combining_mark"
    LOOK_ALIKE = "look_alike"
    CONTROL = "control"
    INVISIBLE = "invisible"
    PRIVATE_USE = "private_use"
    LOST_CHARACTER = "lost_character"
    LEGACY_ENCODING = "legacy_encoding"

    @property
    def words(self) -> Words:
        """The fault in one sentence."""
        return _WORDS[self]


_WORDS: Final = {
    TextFaultKind.NOT_NFC: Words("Văn bản không ở dạng dựng sẵn (NFC)", "The text is not precomposed (NFC)"),
    TextFaultKind.COMBINING_MARK: Words("Có dấu rời không thuộc chữ nào", "A combining mark is left beside its letter"),
    TextFaultKind.LOOK_ALIKE: Words("Có chữ trông giống nhưng khác mã", "A letter only looks like the one meant"),
    TextFaultKind.CONTROL: Words("Có ký tự điều khiển", "There is a control character"),
    TextFaultKind.INVISIBLE: Words("Có ký tự vô hình hoặc đảo chiều", "There is an invisible or direction character"),
    TextFaultKind.PRIVATE_USE: Words("Có ký tự vùng dùng riêng", "There is a private-use character"),
    TextFaultKind.LOST_CHARACTER: Words("Có ký tự đã mất khi chuyển mã", "A character was lost in conversion"),
    TextFaultKind.LEGACY_ENCODING: Words("Có chữ theo mã cũ TCVN3 hoặc VNI", "A word is in TCVN3 or VNI, not Unicode"),
}


_KINDS: Final = {
    TextFaultKind.COMBINING_MARK: _MARKS,
    TextFaultKind.LOOK_ALIKE: _LOOK_ALIKES,
    TextFaultKind.INVISIBLE: _INVISIBLE,
}


@dataclass(frozen=True, slots=True)
class TextFault:
    """One fault and the index of its first character."""

    kind: TextFaultKind
    position: int


def is_nfc(text: str) -> bool:
    """Whether the text is precomposed as N8 demands."""
    return unicodedata.is_normalized("NFC", text)


def find_text_faults(text: str) -> list[TextFault]:
    """Everything that makes a text unfit to be signed, by position; of each sort of look the first hundred.

    A text that is not NFC has that one fault for all its marks, at the first difference.
    """
    if _PLAIN.fullmatch(text):
        return []
    faults = [] if _VIETNAMESE_TEXT.fullmatch(text) else _faults_beyond_vietnamese(text, set(text))
    legacy = find_legacy_words(text)[:_MOST_OF_A_KIND]
    faults += [TextFault(TextFaultKind.LEGACY_ENCODING, position) for position in legacy]
    return sorted(faults, key=lambda fault: (fault.position, fault.kind))


def _faults_beyond_vietnamese(text: str, letters: set[str]) -> list[TextFault]:
    nfc = is_nfc(text)
    faults = [] if nfc else [TextFault(TextFaultKind.NOT_NFC, _first_difference(text))]
    faults += _faults_of_letters(text, letters, marks=nfc)
    if not letters.isdisjoint(_CYRILLIC):
        mixed = islice(_MIXED_WORD.finditer(text), _MOST_OF_A_KIND)
        faults += [TextFault(TextFaultKind.LOOK_ALIKE, found.start()) for found in mixed]
    return faults


def _faults_of_letters(text: str, letters: set[str], *, marks: bool) -> list[TextFault]:
    # A text has few different letters: each is judged once, and most texts need no second look.
    kinds = {letter: kind for letter in letters if (kind := _fault_of(letter)) is not None}
    if not marks:
        kinds = {letter: kind for letter, kind in kinds.items() if kind is not TextFaultKind.COMBINING_MARK}
    if not kinds:
        return []
    found = (TextFault(kinds[letter], place) for place, letter in enumerate(text) if letter in kinds)
    return list(islice(found, _MOST_OF_A_KIND))


@lru_cache(maxsize=4096)
def _fault_of(letter: str) -> TextFaultKind | None:
    for kind, letters in _KINDS.items():
        if letter in letters:
            return kind
    category = unicodedata.category(letter)
    if category == "Cc" and letter not in _PLAIN_CONTROLS:
        return TextFaultKind.CONTROL
    if category == "Co":
        return TextFaultKind.PRIVATE_USE
    return TextFaultKind.LOST_CHARACTER if _is_lost(letter, category) else None


def _is_lost(letter: str, category: str) -> bool:
    noncharacter = ord(letter) & 0xFFFE == 0xFFFE or "\ufdd0" <= letter <= "\ufdef"
    return letter == "\ufffd" or category == "Cs" or noncharacter


def _first_difference(text: str) -> int:
    # In windows that overlap: sorting a run of marks takes time that grows with its square. Where only something longer
    # than a window shows the difference, it is told of the beginning.
    for start in range(0, len(text), _WINDOW // 2):
        window = text[start : start + _WINDOW]
        if not is_nfc(window):
            return start + _difference_within(window)
    return 0


def _difference_within(text: str) -> int:
    normal = unicodedata.normalize("NFC", text)
    pairs = enumerate(zip(text, normal, strict=False))
    return next((place for place, (given, right) in pairs if given != right), min(len(text), len(normal)))


def _check_nfc(text: str) -> str:
    if not is_nfc(text):
        raise PydanticCustomError("not_nfc", "text that is not NFC")
    return text


Nfc = Annotated[str, AfterValidator(_check_nfc)]
"""A text member that must be precomposed (N8)."""


def check_clean(text: str) -> str:
    """For a text that people will read and that no rule of its own judges. Raises PydanticCustomError."""
    if find_text_faults(text):
        raise PydanticCustomError("unclean_text", "text with letters that no person wrote")
    return text


class FileNameFault(StrEnum):
    """Why a file cannot be stored under its name by every agency's system."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    PATH = "path"
    FORBIDDEN_CHARACTER = "forbidden_character"
    BAD_TEXT = "bad_text"
    HIDDEN = "hidden"
    BLANK_OR_DOT_AT_END = "blank_or_dot_at_end"
    DEVICE = "device"

    @property
    def words(self) -> Words:
        """The fault in one sentence."""
        return _NAME_WORDS[self]


_NAME_WORDS: Final = {
    FileNameFault.EMPTY: Words("Tên tệp trống", "The file has no name"),
    FileNameFault.TOO_LONG: Words("Tên tệp dài hơn 255 byte", "The file's name is longer than 255 bytes"),
    FileNameFault.PATH: Words("Tên tệp chứa đường dẫn", "The file's name holds a path"),
    FileNameFault.FORBIDDEN_CHARACTER: Words("Tên tệp chứa ký tự cấm", "The file's name holds a forbidden character"),
    FileNameFault.BAD_TEXT: Words("Tên tệp có lỗi ký tự Unicode", "The file's name is not clean Unicode text"),
    FileNameFault.HIDDEN: Words("Tên tệp bắt đầu bằng dấu chấm", "The file's name begins with a dot"),
    FileNameFault.BLANK_OR_DOT_AT_END: Words(
        "Tên tệp có khoảng trắng ở hai đầu hoặc dấu chấm ở cuối",
        "The file's name has a blank at an end or a dot at its end",
    ),
    FileNameFault.DEVICE: Words("Tên tệp trùng tên thiết bị", "The file's name is that of a device"),
}


def safe_file_name_fault(name: str) -> FileNameFault | None:
    """The first fault of a file's name, or None: it must be one plain component on every common file system."""
    if not name.strip():
        return FileNameFault.EMPTY
    if len(name.encode("utf-8", "surrogatepass")) > _MAX_NAME_BYTES:
        return FileNameFault.TOO_LONG
    if "/" in name or "\\" in name or name in (".", ".."):
        return FileNameFault.PATH
    if any(letter in _FORBIDDEN_IN_NAMES or letter in _PLAIN_CONTROLS for letter in name):
        return FileNameFault.FORBIDDEN_CHARACTER
    if find_text_faults(name):
        return FileNameFault.BAD_TEXT
    return _shape_fault(name)


def _shape_fault(name: str) -> FileNameFault | None:
    if name.startswith("."):
        return FileNameFault.HIDDEN
    if name != name.strip() or name.endswith("."):
        return FileNameFault.BLANK_OR_DOT_AT_END
    return FileNameFault.DEVICE if _DEVICES.fullmatch(name) else None
