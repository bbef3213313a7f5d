"""The container of evidence: a zip file that can be written in one way only, read front to back in bounded memory.

Everybody's programs open it, and nothing hides in it: entries are stored as they are, every field that is not a name, a
size or a checksum has one value, the directory at the end is what the entries make it, and after it the file is over.
So every byte is either content, whose hash somebody has signed, or can be derived from it. What does not fit is
refused: compression, encryption, extra fields, comments, gaps, a second directory, zip64, bytes in front or behind.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from lienthong.common.errors import Words
from lienthong.common.evidence.faults import EvidenceRefused, Fault
from lienthong.common.messages.evidence import MOST_ENTRIES, MOST_ENTRY_BYTES

MOST_BYTES: Final = 96 << 20
"""Of all entries but the attachments together: what a reader holds in memory."""
MOST_ATTACHMENTS: Final = 200
MOST_FILE_BYTES: Final = 2**32 - 1
"""Of the whole file; larger ones would need zip64, a second way of writing sizes. Then attachments stay outside."""
ATTACHMENTS: Final = "attachments/"

_NAME: Final = re.compile(rb"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*\.[a-z]{2,4}")
_ATTACHMENT: Final = re.compile(rb"attachments/([0-9a-f]{64})")
_LONGEST_NAME: Final = 120
_CHUNK: Final = 1 << 20

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_CENTRAL_SIGNATURE: Final = b"PK\x01\x02"
_END_SIGNATURE: Final = b"PK\x05\x06"
_VERSION: Final = 20
_UTF8_NAMES: Final = 0x0800
_STORED: Final = 0
_MIDNIGHT, _FIRST_OF_1980 = 0, 0x21


@dataclass(frozen=True, slots=True)
class _Written:
    name: bytes
    crc: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Container:
    """What was read: entries by name in their order, and the attachments, of which only hash and size are kept."""

    entries: Mapping[str, bytes]
    attachments: Mapping[str, int]


@dataclass(slots=True)
class ContainerWriter:
    """Writes entries one after the other, attachments last; `finish` writes the directory."""

    out: BinaryIO
    _written: list[_Written] = field(default_factory=list[_Written])
    _offset: int = 0

    def add(self, name: str, content: bytes) -> None:
        """An entry, whole."""
        self._begin(name, zlib.crc32(content), len(content))
        self._put(content)

    def add_attachment(self, sha256: str, file: BinaryIO) -> None:
        """An attachment, read twice: its checksum stands before its bytes. Raises EvidenceRefused for another."""
        crc, size, digest = 0, 0, hashlib.sha256()
        while chunk := file.read(_CHUNK):
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
            digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise _refused("tệp đính kèm không đúng băm", "an attachment is not the file of this hash")
        self._begin(ATTACHMENTS + sha256, crc, size)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            self._put(chunk)

    def finish(self) -> None:
        """The directory and the end."""
        self._put(_directory(self._written, self._offset))

    def _begin(self, name: str, crc: int, size: int) -> None:
        if self._offset + size + (len(self._written) + 2) * 400 > MOST_FILE_BYTES:
            raise _refused("tệp bằng chứng quá lớn", "the evidence file would be too large")
        written = _Written(name.encode("ascii"), crc, size, self._offset)
        self._written.append(written)
        self._put(_local(written))

    def _put(self, data: bytes) -> None:
        self.out.write(data)
        self._offset += len(data)


def read_container(file: BinaryIO) -> Container:
    """Read a container to its last byte. Raises EvidenceRefused(CONTAINER)."""
    return _Reader(file).read()


@dataclass(slots=True)
class _Reader:
    file: BinaryIO
    entries: dict[str, bytes] = field(default_factory=dict[str, bytes])
    attachments: dict[str, int] = field(default_factory=dict[str, int])
    seen: list[_Written] = field(default_factory=list[_Written])
    offset: int = 0
    held: int = 0

    def read(self) -> Container:
        while True:
            signature = self._take(4)
            if signature != _LOCAL_SIGNATURE:
                break
            self._entry()
        if not self.seen and signature != _END_SIGNATURE:
            raise _refused("đây không phải là tệp bằng chứng", "this is no file of evidence")
        if self.offset > MOST_FILE_BYTES:
            raise _refused("tệp quá lớn", "the file is too large")
        expected = _directory(self.seen, self.offset - 4)
        if signature + self._take(len(expected) - 4) != expected:
            raise _refused("mục lục không khớp các mục", "the directory is not what the entries make it")
        if self.file.read(1):
            raise _refused("có dữ liệu thừa ở cuối tệp", "there are bytes behind the end")
        return Container(self.entries, self.attachments)

    def _entry(self) -> None:
        begin = self.offset - 4
        if begin > MOST_FILE_BYTES:
            raise _refused("tệp quá lớn", "the file is too large")
        rest = self._take(_LOCAL.size - 4)
        *_, crc, _, size, name_length, _ = _LOCAL.unpack(_LOCAL_SIGNATURE + rest)
        if name_length > _LONGEST_NAME:
            raise _refused("tên mục quá dài", "the name of an entry is too long")
        name = self._take(name_length)
        written = _Written(name, crc, size, begin)
        if _LOCAL_SIGNATURE + rest + name != _local(written):
            raise _refused("đầu mục viết không đúng dạng duy nhất", "an entry does not begin in the one form allowed")
        self.seen.append(written)
        attached = _ATTACHMENT.fullmatch(name)
        checked = self._attachment(attached[1].decode(), size) if attached else self._held(name, size)
        if checked != crc:
            raise _refused("mã kiểm tra của mục sai", "the checksum of an entry is wrong")

    def _held(self, name: bytes, size: int) -> int:
        text = name.decode("ascii", "replace")
        if not _NAME.fullmatch(name) or text in self.entries or self.attachments:
            raise _refused("mục lạ, lặp hoặc sai chỗ", "an entry is unknown, there twice or out of place")
        self.held += size
        if size > MOST_ENTRY_BYTES or self.held > MOST_BYTES or len(self.entries) > MOST_ENTRIES + 2:
            raise _refused("mục quá lớn hoặc quá nhiều", "entries are too large or too many")
        self.entries[text] = self._take(size)
        return zlib.crc32(self.entries[text])

    def _attachment(self, sha256: str, size: int) -> int:
        if sha256 in self.attachments or len(self.attachments) >= MOST_ATTACHMENTS:
            raise _refused("tệp đính kèm lặp hoặc quá nhiều", "an attachment is there twice, or too many are")
        crc, digest, left = 0, hashlib.sha256(), size
        while left:
            chunk = self._take(min(left, _CHUNK))
            crc, left = zlib.crc32(chunk, crc), left - len(chunk)
            digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise _refused("tệp đính kèm đã bị sửa", "an attachment was changed")
        self.attachments[sha256] = size
        return crc

    def _take(self, size: int) -> bytes:
        found = self.file.read(size)
        if len(found) != size:
            raise _refused("tệp bị cắt ngắn", "the file is cut short")
        self.offset += size
        return found


def _local(entry: _Written) -> bytes:
    fixed = (_VERSION, _UTF8_NAMES, _STORED, _MIDNIGHT, _FIRST_OF_1980)
    return _LOCAL.pack(_LOCAL_SIGNATURE, *fixed, entry.crc, entry.size, entry.size, len(entry.name), 0) + entry.name


def _directory(entries: list[_Written], offset: int) -> bytes:
    listed = b"".join(_central(entry) for entry in entries)
    count = len(entries)
    return listed + _END.pack(_END_SIGNATURE, 0, 0, count, count, len(listed), offset, 0)


def _central(entry: _Written) -> bytes:
    fixed = (_VERSION, _VERSION, _UTF8_NAMES, _STORED, _MIDNIGHT, _FIRST_OF_1980)
    sizes = (entry.crc, entry.size, entry.size, len(entry.name), 0, 0, 0, 0, 0, entry.offset)
    return _CENTRAL.pack(_CENTRAL_SIGNATURE, *fixed, *sizes) + entry.name


def _refused(vi: str, en: str) -> EvidenceRefused:
    return EvidenceRefused(Fault.CONTAINER, Words(vi, en))
