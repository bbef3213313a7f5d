"""Where file contents lie: addressed by their SHA-256, written once, never changed.

Who may see an object, and whether it still waits in quarantine, stands in the database; a store only keeps bytes.
What `put` returned is on disk (or acknowledged by S3) and survives a power failure, so that a row may refer to it.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from typing import Protocol

from lienthong.common.errors import Kind, LienthongError, Words

CHUNK_BYTES = 1 << 18
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ObjectMissing(LienthongError):
    """No object with this SHA-256 is stored."""

    code = "object_missing"
    kind = Kind.NOT_FOUND
    title = Words("Không có tệp với mã băm này", "No object with this hash is stored")
    advice = Words("Tải tệp lên trước khi tham chiếu.", "Upload the object before you refer to it.")


class RangeNotThere(LienthongError):
    """The object ends before the range asked for begins."""

    code = "range_not_there"
    kind = Kind.OUTSIDE
    title = Words("Khoảng byte nằm ngoài tệp", "The range is outside the object")
    advice = Words("Hỏi kích thước của tệp rồi yêu cầu lại.", "Ask for the size of the object, then ask again.")


class StoreAway(LienthongError):
    """The store of files takes nothing at the moment: broken, or not to be reached. Nothing of the file is kept."""

    code = "file_store_away"
    kind = Kind.UNAVAILABLE
    title = Words("Kho tệp tạm thời không nhận tệp", "The store of files takes nothing at the moment")
    advice = Words(
        "Tải tệp lên lại sau ít phút; văn bản không kèm tệp mới vẫn gửi được.",
        "Upload the file again in some minutes; documents without new files go on.",
    )

    def __init__(self) -> None:
        super().__init__(retry_after=30)


class StoreFull(StoreAway):
    """The store of files has no room left. Nothing of the file is kept; documents without new files go on."""

    code = "file_store_full"
    title = Words("Kho tệp đã đầy", "The store of files is full")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What is stored: hash as 64 hexadecimal digits, size in bytes."""

    sha256: str
    size: int


class ObjectStore(Protocol):
    """Content-addressed storage. Two implementations, one contract suite."""

    async def put(self, content: AsyncIterable[bytes]) -> StoredObject:
        """Store a stream, hashing while it is written; the same content again is harmless.

        What `content` raises goes to the caller, and nothing of the stream stays. Raises StoreFull, StoreAway.
        """
        ...

    async def find(self, sha256: str) -> StoredObject | None:
        """The object's size, or None where there is none."""
        ...

    def read(self, sha256: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        """The bytes from `start` on, at most `length` of them, in pieces. Raises ObjectMissing, RangeNotThere."""
        ...

    async def delete(self, sha256: str) -> None:
        """Remove the object (deletion duties); harmless where there is none."""
        ...

    async def missing(self) -> str | None:
        """What keeps the store from being used, in words for operators; None when nothing does."""
        ...


def checked(sha256: str) -> str:
    """The hash, if it is one: it becomes part of a path. Raises ValueError."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("a SHA-256 is 64 lower-case hexadecimal digits")
    return sha256


def object_path(sha256: str) -> str:
    """`ab/cd/abcd…`: at most 65 536 folders of moderate size."""
    return f"{checked(sha256)[:2]}/{sha256[2:4]}/{sha256}"
