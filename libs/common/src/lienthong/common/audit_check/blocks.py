"""One block: its head, and what can be told of records that do not lead to its root."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from lienthong.common.audit_check.copy import CopiedBlock, CopiedRecord
from lienthong.common.audit_check.report import AuditFault, AuditFinding
from lienthong.common.clock import from_text
from lienthong.common.errors import LienthongError, Words
from lienthong.common.merkle import odd_leaf
from lienthong.common.messages.evidence import AUDIT_HEADS, AnyAuditHead
from lienthong.common.strict_json import MalformedJson, loads

_LATE_BY: Final = timedelta(hours=1)
"""A transaction lasts some minutes at most: a record of a time so long before the last block was written later."""


def read_head(block: CopiedBlock, service: str) -> AnyAuditHead | None:
    """What the service signed about the block; None where it cannot be read, or is another kind of statement."""
    try:
        loads(block.head)
        return AUDIT_HEADS[service].model_validate_json(block.head, strict=True, extra="ignore")
    except (MalformedJson, ValidationError, KeyError):
        return None


def explain_records(
    head: AnyAuditHead, records: Sequence[CopiedRecord], leaves: Sequence[bytes], earlier: Sequence[CopiedRecord]
) -> list[AuditFinding]:
    """Why these records do not lead to the root: by an earlier copy each one by its id, else as far as can be told."""
    if earlier and (known := _by_earlier(head, records, earlier)):
        return known
    more = len(records) - head.count
    if more == 1 and (odd := odd_leaf(leaves, bytes.fromhex(head.root))) is not None:
        words = Words("bản ghi bị chèn thêm sau khi khối đã lập", "it was added after the block was made")
        return [AuditFinding(AuditFault.RECORD_ADDED, words, head.block, records[odd].id)]
    if more > 0:
        words = Words(
            f"thừa {more} bản ghi so với {head.count} bản ghi đã ký",
            f"{more} records more than the {head.count} signed",
        )
        return [AuditFinding(AuditFault.RECORD_ADDED, words, head.block)]
    if more < 0:
        words = Words(
            f"thiếu {-more} trong {head.count} bản ghi đã ký", f"{-more} of the {head.count} signed records are missing"
        )
        return [AuditFinding(AuditFault.RECORD_MISSING, words, head.block)]
    words = Words(
        f"một hay nhiều trong {head.count} bản ghi đã bị sửa", f"one or more of the {head.count} records were changed"
    )
    return [AuditFinding(AuditFault.RECORDS_CHANGED, words, head.block)]


def look_at_records(
    head: AnyAuditHead, records: Sequence[CopiedRecord], before: datetime | None
) -> tuple[list[AuditFinding], list[AuditFinding]]:
    """Rows that say something else than their records; and, as remarks, records of a time long before `before`."""
    faults: list[AuditFinding] = []
    remarks: list[AuditFinding] = []
    for each in records:
        if each.differs:
            names = ", ".join(each.differs)
            words = Words(
                f"cột {names} không như bản ghi đã ký", f"the columns {names} do not say what the signed record says"
            )
            faults.append(AuditFinding(AuditFault.COLUMNS, words, head.block, each.id))
        at = _time_of(each.entry)
        if before is not None and at is not None and at < before - _LATE_BY:
            words = Words(
                f"ghi lúc {at:%Y-%m-%d %H:%MZ} nhưng chỉ vào nhật ký sau {before:%Y-%m-%d %H:%MZ}",
                f"it says {at:%Y-%m-%d %H:%MZ}, but came into the log after {before:%Y-%m-%d %H:%MZ}",
            )
            remarks.append(AuditFinding(AuditFault.BACKDATED, words, head.block, each.id))
    return faults, remarks


def _by_earlier(
    head: AnyAuditHead, records: Sequence[CopiedRecord], earlier: Sequence[CopiedRecord]
) -> list[AuditFinding]:
    now, was = {each.id: each.entry for each in records}, {each.id: each.entry for each in earlier}
    gone = Words("bị xóa: có trong bản trước, nay không còn", "removed: the earlier copy holds it")
    new = Words("bị chèn thêm: không có trong bản trước", "added: the earlier copy does not hold it")
    changed = Words("bị sửa: khác bản trước", "changed: not as the earlier copy holds it")
    return [
        *(AuditFinding(AuditFault.RECORD_MISSING, gone, head.block, each) for each in was if each not in now),
        *(AuditFinding(AuditFault.RECORD_ADDED, new, head.block, each) for each in now if each not in was),
        *(
            AuditFinding(AuditFault.RECORDS_CHANGED, changed, head.block, each)
            for each, entry in was.items()
            if now.get(each, entry) != entry
        ),
    ]


def _time_of(entry: bytes) -> datetime | None:
    """What a record says itself; a record that cannot be read says nothing."""
    try:
        members: Any = json.loads(entry)
        return from_text(members["at"])
    except (ValueError, KeyError, TypeError, LienthongError):
        return None
