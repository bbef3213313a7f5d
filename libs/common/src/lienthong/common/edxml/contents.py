"""The attached files inside an edXML message: Base64 of the file itself, or of a ZIP that holds it."""

import binascii
import hashlib
import mimetypes
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Final, Protocol

_IN_MEMORY: Final = 1 << 20
_CHUNK: Final = 57 * 1024  # whole lines of Base64, so that pieces join
_ZIP: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
_LARGE: Final = b"PK\x06\x07"
_TAIL: Final = struct.Struct("<4s16x4s6xHI4xH")
"""The last bytes of a ZIP (APPNOTE 4.3.15, 4.3.16): locator of a ZIP64, end record, entries, directory, comment."""
_MAX_DIRECTORY: Final = 1 << 16
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that zipfile unpacks piece by piece; of others a few bytes may become gigabytes at once."""
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError, LookupError)
"""What zipfile raises for an entry that it cannot read."""
ZIP_TYPE: Final = "application/zip"

_TYPES: Final = mimetypes.MimeTypes(filenames=())  # the table of Python alone: the same on every machine
for _ending, _type in (
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
):
    _TYPES.add_type(_type, f".{_ending}")


class Source(Protocol):
    """Where bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many, none at the end."""
        ...


class FileContent:
    """A file's bytes with size and SHA-256; beyond a megabyte they lie in a temporary file, gone with it."""

    def __init__(self) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it lives as long as the content
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """In lower-case hexadecimal."""
        return self._digest.hexdigest()

    def add(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def open(self) -> IO[bytes]:
        """The file, at its beginning; one reader at a time."""
        self._file.seek(0)
        return self._file


class Base64Decoder:
    """Decodes text that comes in pieces, with line breaks where the writer liked them; `broken` if it is not Base64."""

    def __init__(self) -> None:
        self.content = FileContent()
        self.broken = False
        self._rest = ""
        self._ended = False

    def feed(self, text: str) -> None:
        """Take the next piece."""
        if self.broken:
            return
        self._rest += "".join(text.split())
        whole = len(self._rest) // 4 * 4
        self._decode(self._rest[:whole])
        self._rest = self._rest[whole:]

    def finish(self) -> None:
        """No more comes."""
        if not self.broken:
            self._decode(self._rest)

    def _decode(self, text: str) -> None:
        try:
            self.content.add(binascii.a2b_base64(text, strict_mode=True))
        except ValueError:  # as binascii.Error is, and what it says of a letter that is not ASCII
            self.broken = True
        self.broken = self.broken or (self._ended and text != "")
        self._ended = self._ended or text.endswith("=")


def chunks_of(file: Source) -> Iterator[bytes]:
    """A file in pieces of bounded size whose Base64 may be joined."""
    pending = b""
    while data := file.read(_CHUNK):
        pending += data  # a raw stream may give less than was asked for
        whole = len(pending) // 3 * 3
        yield pending[:whole]
        pending = pending[whole:]
    yield pending


def unpacked(content: FileContent, name: str, max_bytes: int) -> FileContent:
    """The file that is meant: out of the ZIP where the bytes are one of a single entry, else the content as it stands.

    The content type does not tell: the axis packs files and calls the ZIP `application/zip` or what the file is. Office
    files are ZIPs of many entries, and a file that is called `.zip` is meant itself. Raises ValueError for a ZIP whose
    entry is damaged, encrypted, packed in another way than the axis packs, or larger than `max_bytes`.
    """
    if name.lower().endswith(".zip") or not _is_zip_of_one(content.open(), content.size):
        return content
    try:
        with zipfile.ZipFile(content.open()) as archive:
            return _entry(archive, archive.infolist()[0], max_bytes)
    except _UNREADABLE as error:
        raise ValueError(str(error)) from error


def _is_zip_of_one(file: IO[bytes], size: int) -> bool:
    """Told by the first bytes and the last: zipfile would take a directory of any size into memory."""
    if size < len(_ZIP) + _TAIL.size or file.read(len(_ZIP)) != _ZIP:
        return False
    file.seek(-_TAIL.size, os.SEEK_END)
    large, end, entries, directory, comment = _TAIL.unpack(file.read())
    return (end, entries, comment) == (_END, 1, 0) and large != _LARGE and directory <= _MAX_DIRECTORY


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_bytes: int) -> FileContent:
    if entry.compress_type not in _METHODS:
        raise ValueError("another way of packing")
    inner = FileContent()
    with archive.open(entry) as file:
        for data in chunks_of(file):
            inner.add(data)
            if inner.size > max_bytes:
                raise ValueError("larger than allowed")
    return inner


def media_type_of(name: str) -> str:
    """The media type that a file's name promises."""
    return _TYPES.guess_type(name)[0] or "application/octet-stream"
