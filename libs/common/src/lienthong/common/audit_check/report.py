"""What judging an audit log finds: what is wrong, with its block and record, and what deserves a look."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lienthong.common.errors import Words


class AuditFault(StrEnum):
    """Stable names of what is found."""

    COPY = "audit.copy"
    """The copy is not whole, or contradicts itself."""
    REGISTER = "audit.register"
    """What speaks for the keys cannot be believed, so that no signature can be judged."""
    ENVIRONMENT = "audit.environment"
    """A log of production by an anchor of training, or a head of another environment or service."""
    HEAD = "audit.head"
    """A signed head cannot be read, or the block's row does not say what its head says."""
    BLOCK_MISSING = "audit.block_missing"
    CHAIN = "audit.chain"
    """A block does not follow the one before it."""
    SIGNATURE = "audit.signature"
    STAMP = "audit.stamp"
    UNSTAMPED = "audit.unstamped"
    """No block is stamped: nothing says when any of them was made."""
    EMPTY = "audit.empty"
    """There is no block."""
    RECORDS_CHANGED = "audit.records_changed"
    RECORD_MISSING = "audit.record_missing"
    RECORD_ADDED = "audit.record_added"
    COLUMNS = "audit.columns"
    """A row says beside its record what the record does not say: whoever searches the table is misled."""
    REWRITTEN = "audit.rewritten"
    """An earlier copy of the log holds another block, or one that is no longer there."""
    STAMPED_LATE = "audit.stamped_late"
    BACKDATED = "audit.backdated"
    """A record says a time long before it can have been written."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """`record` is the id of a row where one is known; `unknown`: what would clear it is not there."""

    fault: AuditFault
    words: Words
    block: int | None = None
    record: str | None = None
    reason: str | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`stamped_block` is the last stamped one: it covers all before it. `waiting` records are in no block yet."""

    service: str
    environment: str
    at: datetime
    blocks: int
    records: int
    waiting: int
    stamped_block: int
    stamped_at: datetime | None
    findings: tuple[AuditFinding, ...]
    remarks: tuple[AuditFinding, ...]
    left_out: int
    """Findings and remarks beyond those that are listed."""
    compared_to: datetime | None
    """When the earlier copy was made that this one was compared with."""

    @property
    def exit_code(self) -> int:
        """0 whole, 1 something is wrong, 2 cannot tell."""
        if any(not each.unknown for each in self.findings):
            return 1
        return 2 if self.findings else 0
