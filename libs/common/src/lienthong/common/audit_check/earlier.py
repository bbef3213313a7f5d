"""An earlier copy of the same log: what it holds must still be there, and it knows each record by its bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lienthong.common.audit_check.copy import CopiedBlock, CopiedRecord, CopyLine, CopyStart, CopyUnreadable
from lienthong.common.errors import Words


@dataclass(frozen=True, slots=True)
class EarlierBlock:
    """A block of the earlier copy, with its records."""

    block: CopiedBlock
    records: tuple[CopiedRecord, ...]


@dataclass(slots=True)
class EarlierCopy:
    """Read block by block, as the later one is."""

    lines: Iterator[CopyLine]
    start: CopyStart = field(init=False)
    waiting: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """Entries of records that were in no block then, by their ids."""
    _next: CopiedBlock | None = None

    def __post_init__(self) -> None:
        first = next(self.lines)
        if not isinstance(first, CopyStart):
            raise CopyUnreadable(Words("tệp không có gì", "there is nothing in it"))
        self.start = first
        self._read_records()

    def blocks_up_to(self, number: int | None) -> Iterator[EarlierBlock]:
        """The blocks not read yet up to this one; all that are left for None."""
        while self._next is not None and (number is None or self._next.block <= number):
            block = self._next
            yield EarlierBlock(block, self._read_records())

    def _read_records(self) -> tuple[CopiedRecord, ...]:
        """Up to the next block."""
        self._next, records = None, list[CopiedRecord]()
        for line in self.lines:
            if isinstance(line, CopiedBlock):
                self._next = line
                break
            if isinstance(line, CopiedRecord):
                if line.waiting:
                    self.waiting[line.id] = line.entry
                else:
                    records.append(line)
        return tuple(records)
