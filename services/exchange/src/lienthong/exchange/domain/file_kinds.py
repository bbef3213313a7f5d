"""What the first bytes of a file show, and whether that may be attached under the media type it was given.

What runs (programs, scripts, pages with scripts, shortcuts) is refused under any name, unless the operator allows that
very type. Else a file is refused only where its bytes contradict its type for certain: office programs write one
family of formats under many names, and a type whose look nobody knows is believed. What hides inside archives and
documents is the virus scanner's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from lienthong.common.errors import Words
from lienthong.exchange.domain.errors import AttachmentTypeForbidden, AttachmentTypeMismatch
from lienthong.exchange.domain.media_types import UNTYPED, essence

HEAD_BYTES = 4096
"""How much of a file is looked at."""

_WORD = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}"  # RFC 6838 section 4.2
_TYPE = re.compile(rf"{_WORD}/{_WORD}")
_LISTED = re.compile(rf"office|\*/\*|{_WORD}/(?:\*|{_WORD})")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_MARKUP = re.compile(
    r"(?:<\?xml[^>]*>|(?><!--.*?-->)|\s)*+<(?:!doctype\s+html|html|head|body|script|hta:)", re.IGNORECASE | re.DOTALL
)


class Look(StrEnum):
    """What bytes look like, as far as the exchange tells them apart."""

    PDF = "PDF"
    ZIP = "ZIP"
    OLE = "OLE"
    RTF = "RTF"
    PNG = "PNG"
    JPEG = "JPEG"
    GIF = "GIF"
    BMP = "BMP"
    TIFF = "TIFF"
    WEBP = "WEBP"
    RAR = "RAR"
    SEVEN_ZIP = "7z"
    GZIP = "gzip"
    DWG = "DWG"
    DER = "DER"
    PEM = "PEM"
    XML = "XML"
    TEXT = "text"
    OTHER = "other"
    PROGRAM = "program"
    SCRIPT = "script"
    WEB_PAGE = "web page"
    SHORTCUT = "shortcut"

    @property
    def words(self) -> Words:
        """What it is called."""
        return Words(_IN_VIETNAMESE.get(self.value, self.value), self.value)


_IN_VIETNAMESE = {
    "text": "văn bản thuần",
    "other": "dữ liệu khác",
    "program": "chương trình",
    "script": "mã lệnh",
    "web page": "trang web",
    "shortcut": "lối tắt",
}

RUNS = {
    Look.PROGRAM: frozenset({"application/vnd.microsoft.portable-executable", "application/x-executable"}),
    Look.SCRIPT: frozenset({"text/x-shellscript", "application/x-sh", "text/javascript", "application/x-php"}),
    Look.WEB_PAGE: frozenset({"text/html", "application/xhtml+xml"}),
    Look.SHORTCUT: frozenset({"application/x-ms-shortcut"}),
}
"""What runs on the recipient's machine, and the types under which an operator may allow it all the same."""

_SIGNATURES: tuple[tuple[Look, bytes], ...] = (
    (Look.PROGRAM, b"\x7fELF"),
    (Look.PROGRAM, b"\xca\xfe\xba\xbe"),  # Java class, fat Mach-O
    (Look.PROGRAM, b"\xfe\xed\xfa\xce"),
    (Look.PROGRAM, b"\xfe\xed\xfa\xcf"),
    (Look.PROGRAM, b"\xce\xfa\xed\xfe"),
    (Look.PROGRAM, b"\xcf\xfa\xed\xfe"),
    (Look.SHORTCUT, b"L\x00\x00\x00\x01\x14\x02\x00"),
    (Look.ZIP, b"PK\x03\x04"),
    (Look.ZIP, b"PK\x05\x06"),
    (Look.ZIP, b"PK\x07\x08"),
    (Look.OLE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    (Look.PNG, b"\x89PNG\r\n\x1a\n"),
    (Look.JPEG, b"\xff\xd8\xff"),
    (Look.GIF, b"GIF8"),
    (Look.TIFF, b"II*\x00"),
    (Look.TIFF, b"MM\x00*"),
    (Look.TIFF, b"II+\x00"),
    (Look.TIFF, b"MM\x00+"),
    (Look.RAR, b"Rar!\x1a\x07"),
    (Look.SEVEN_ZIP, b"7z\xbc\xaf\x27\x1c"),
    (Look.GZIP, b"\x1f\x8b"),
    (Look.DWG, b"AC10"),
    (Look.RTF, b"{\\rtf"),
    (Look.PEM, b"-----BEGIN "),
)

_ZIPPED = frozenset({Look.ZIP})
_MODERN_OFFICE = frozenset({Look.ZIP, Look.OLE})  # with a password, such a document lies in an OLE file
_OLD_OFFICE = frozenset({Look.OLE, Look.ZIP, Look.RTF, Look.XML, Look.TEXT})  # programs export all this as .doc, .xls
_TEXT = frozenset({Look.TEXT, Look.XML, Look.RTF, Look.PEM})
_SIGNED = frozenset({Look.DER, Look.PEM, Look.TEXT})

OFFICE_TYPES: dict[str, frozenset[Look] | None] = {
    "application/pdf": frozenset({Look.PDF}),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _MODERN_OFFICE,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template": _MODERN_OFFICE,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _MODERN_OFFICE,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template": _MODERN_OFFICE,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": _MODERN_OFFICE,
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow": _MODERN_OFFICE,
    "application/vnd.oasis.opendocument.text": _ZIPPED,
    "application/vnd.oasis.opendocument.spreadsheet": _ZIPPED,
    "application/vnd.oasis.opendocument.presentation": _ZIPPED,
    "application/vnd.oasis.opendocument.graphics": _ZIPPED,
    "application/msword": _OLD_OFFICE,
    "application/vnd.ms-excel": _OLD_OFFICE,
    "application/vnd.ms-powerpoint": _OLD_OFFICE,
    "application/vnd.ms-project": frozenset({Look.OLE}),
    "application/vnd.visio": _MODERN_OFFICE,
    "application/vnd.ms-outlook": frozenset({Look.OLE}),
    "application/rtf": frozenset({Look.RTF}),
    "text/rtf": frozenset({Look.RTF}),
    "text/plain": _TEXT,
    "text/csv": _TEXT,
    "text/tab-separated-values": _TEXT,
    "text/xml": frozenset({Look.XML}),
    "application/xml": frozenset({Look.XML}),
    "application/json": _TEXT,
    "message/rfc822": _TEXT,
    "image/png": frozenset({Look.PNG}),
    "image/jpeg": frozenset({Look.JPEG}),
    "image/tiff": frozenset({Look.TIFF}),
    "image/gif": frozenset({Look.GIF}),
    "image/bmp": frozenset({Look.BMP}),
    "image/webp": frozenset({Look.WEBP}),
    "application/zip": _ZIPPED,
    "application/x-zip-compressed": _ZIPPED,
    "application/vnd.rar": frozenset({Look.RAR}),
    "application/x-rar-compressed": frozenset({Look.RAR}),
    "application/x-rar": frozenset({Look.RAR}),
    "application/x-7z-compressed": frozenset({Look.SEVEN_ZIP}),
    "application/gzip": frozenset({Look.GZIP}),
    "application/x-gzip": frozenset({Look.GZIP}),
    "image/vnd.dwg": frozenset({Look.DWG}),
    "application/acad": frozenset({Look.DWG}),
    "application/x-dwg": frozenset({Look.DWG}),
    "image/vnd.dxf": None,
    "application/dxf": None,
    "application/pkcs7-signature": _SIGNED,
    "application/x-pkcs7-signature": _SIGNED,
    "application/pkcs7-mime": _SIGNED,
    "application/x-pkcs7-mime": _SIGNED,
    "application/timestamp-reply": frozenset({Look.DER}),
    "application/vnd.etsi.asic-e+zip": _ZIPPED,
    "application/vnd.etsi.asic-s+zip": _ZIPPED,
    UNTYPED: None,
}
"""The types that offices send, each with what its bytes may look like; None where they may look like anything."""


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """Which media types may be attached."""

    types: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """`office` and media types, `type/*` and `*/*` among them, separated by commas. Raises ValueError."""
        named = [part.strip().lower() for part in text.split(",") if part.strip()]
        wrong = [each for each in named if not _LISTED.fullmatch(each)]
        if wrong or not named:
            raise ValueError(f"not a list of media types: {', '.join(wrong) or 'it is empty'}")
        office = OFFICE_TYPES if "office" in named else ()
        return cls(frozenset([*named, *office]) - {"office"})

    def check_type(self, media_type: str) -> None:
        """Raises AttachmentTypeForbidden where files of this type are not taken at all."""
        name = essence(media_type)
        wild = {"*/*", f"{name.partition('/')[0]}/*"}
        runs = any(name in types for types in RUNS.values())
        if name not in self.types and (runs or not _TYPE.fullmatch(name) or not self.types & wild):
            said = name or media_type or "?"
            raise AttachmentTypeForbidden(_forbidden(Words(said, said)))

    def check_head(self, media_type: str, head: bytes) -> None:
        """Look at the first bytes of a file (HEAD_BYTES, or all). Raises AttachmentTypeForbidden, …Mismatch."""
        name, look = essence(media_type), look_of(head)
        if look in RUNS and not self.types & RUNS[look]:
            raise AttachmentTypeForbidden(_forbidden(look.words))
        if not _fits(name, look):
            raise AttachmentTypeMismatch(
                Words(f"Khai là {name}, nội dung là {look.words.vi}", f"Declared {name}, the bytes are {look.words.en}")
            )


def look_of(head: bytes) -> Look:
    """What the first bytes show."""
    signature = next((look for look, start in _SIGNATURES if head.startswith(start)), None)
    if signature is not None:
        return signature
    return next((look for look, shown in _SHAPES if shown(head)), None) or _look_of_text(head)


def _is_program(head: bytes) -> bool:
    return head.startswith(b"MZ") and b"\x00" in head[:512]  # and no text that begins with these letters


def _is_der(head: bytes) -> bool:
    return head[:1] == b"\x30" and head[1:2] in (b"\x80", b"\x81", b"\x82", b"\x83", b"\x84")


_SHAPES: tuple[tuple[Look, Callable[[bytes], bool]], ...] = (
    (Look.PROGRAM, _is_program),
    (Look.PDF, lambda head: b"%PDF-" in head[:1024]),  # readers allow that much before it
    (Look.WEBP, lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    (Look.BMP, lambda head: head[:2] == b"BM" and b"\x00" in head[:16]),
    (Look.DER, _is_der),
)


def _look_of_text(head: bytes) -> Look:
    text = _decode(head)
    if text is None:
        return Look.OTHER
    start = text.lstrip()
    if text.startswith("#!") or start[:5].lower() == "<?php":
        return Look.SCRIPT
    if _MARKUP.match(start):
        return Look.WEB_PAGE
    return Look.XML if start.startswith("<") else Look.TEXT


def _decode(head: bytes) -> str | None:
    """Text in Unicode or an old Vietnamese encoding; None where the bytes are no text."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "replace")
    if b"\x00" in head:
        return None
    return head.decode("latin-1")


def _fits(name: str, look: Look) -> bool:
    expected = OFFICE_TYPES.get(name)
    if look in RUNS:
        return name in RUNS[look] or expected is None
    return expected is None or look in expected


def _forbidden(what: Words) -> Words:
    return Words(f"Không nhận: {what.vi}", f"Not taken: {what.en}")
