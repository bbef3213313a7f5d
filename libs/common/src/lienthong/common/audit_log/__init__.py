"""The audit log as something that strangers can check: records in blocks, linked, signed, time-stamped, provable.

`audit.py` writes records, unlinked, in the transaction of their act. A sequencer (`sequencer.py`) puts them into
blocks, in front of which nothing can come any more, and has a time-stamping authority stamp the heads; `proofs.py`
finds what proves one record: a path of hashes to a signed and stamped head.
"""

from lienthong.common.audit_log.proofs import prove
from lienthong.common.audit_log.sequencer import AUDIT_LOG_METRICS, AuditLogOutOfOrder, AuditSequencer, Stamper

__all__ = ["AUDIT_LOG_METRICS", "AuditLogOutOfOrder", "AuditSequencer", "Stamper", "prove"]
