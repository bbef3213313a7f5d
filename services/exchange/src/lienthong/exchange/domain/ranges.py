"""One range of a file, as RFC 9110 section 14 asks for it; what is not understood is passed over, as it allows."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(?P<first>\d{0,19})-(?P<last>\d{0,19})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `start`, `length` bytes of a file of `size`."""

    start: int
    length: int
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the file."""
        return self.length == self.size

    def to_header(self) -> str:
        """`Content-Range`."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def read_range(header: str | None, size: int) -> ByteRange | None:
    """The range asked for; the whole file where none or a malformed one is, None where it lies outside."""
    found = _RANGE.fullmatch(header or "")
    if found is None or not (found["first"] or found["last"]):
        return ByteRange(0, size, size)
    if not found["first"]:
        length = min(int(found["last"]), size)
        return ByteRange(size - length, length, size) if length else None
    start = int(found["first"])
    last = min(int(found["last"]) if found["last"] else size - 1, size - 1)
    if start >= size:
        return None
    return ByteRange(start, last - start + 1, size) if last >= start else ByteRange(0, size, size)
