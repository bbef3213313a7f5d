"""The audit log as something that strangers can check: records in blocks, linked, signed, time-stamped, provable.

`audit.py` writes records, unlinked, in the transaction of their act. A sequencer (`sequencer.py`) puts them into
blocks, in front of which nothing can come any more, and has a time-stamping authority stamp the heads; `running.py`
does so in a process of role `timers`. `proofs.py` finds what proves one record: a path of hashes to such a head.
"""

from typing import TYPE_CHECKING

from lienthong.common.lazily import lazily

if TYPE_CHECKING:
    from lienthong.common.audit_log.proofs import prove
    from lienthong.common.audit_log.running import AuditRounds, open_audit_rounds
    from lienthong.common.audit_log.sequencer import AUDIT_LOG_METRICS, AuditLogOutOfOrder, AuditSequencer, Stamper
else:
    __getattr__ = lazily(
        __name__,
        {
            "proofs": "prove",
            "running": "AuditRounds open_audit_rounds",
            "sequencer": "AUDIT_LOG_METRICS AuditLogOutOfOrder AuditSequencer Stamper",
        },
    )

__all__ = [
    "AUDIT_LOG_METRICS",
    "AuditLogOutOfOrder",
    "AuditRounds",
    "AuditSequencer",
    "Stamper",
    "open_audit_rounds",
    "prove",
]
