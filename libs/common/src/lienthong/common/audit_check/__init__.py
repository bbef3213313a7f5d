"""Whether a service's audit log is whole: every block linked, signed and stamped, every record as it was signed.

    judge = AuditJudge(TrustStore.load(anchors))
    for line in read_copy(file):                # what `lienthong ops audit export` wrote
        judge.take(line)
    report = judge.report()                     # report.exit_code, report.findings, report.remarks

No service, no database and no network is needed. The format of a copy is in docs/audit-log.md.
"""

from lienthong.common.audit_check.copy import (
    CopiedBlock,
    CopiedRecord,
    CopyEnd,
    CopyLine,
    CopyStart,
    CopyUnreadable,
    Witness,
    line_of,
    read_copy,
)
from lienthong.common.audit_check.earlier import EarlierCopy
from lienthong.common.audit_check.judging import AuditJudge
from lienthong.common.audit_check.report import AuditFault, AuditFinding, AuditReport
from lienthong.common.audit_check.telling import as_json, as_lines

__all__ = [
    "AuditFault",
    "AuditFinding",
    "AuditJudge",
    "AuditReport",
    "CopiedBlock",
    "CopiedRecord",
    "CopyEnd",
    "CopyLine",
    "CopyStart",
    "CopyUnreadable",
    "EarlierCopy",
    "Witness",
    "as_json",
    "as_lines",
    "line_of",
    "read_copy",
]
