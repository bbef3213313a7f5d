"""Evidence, and the audit log that it rests on."""

import math
from contextlib import AbstractAsyncContextManager

from lienthong.common.audit_log import AuditRounds, open_audit_rounds
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.store import certificates
from lienthong.exchange.usecases.give_evidence import GiveEvidence


def open_give_evidence(parts: Parts) -> GiveEvidence:
    """What is behind the route."""
    patience = math.ceil(min(parts.settings.audit_seconds, 30))
    return GiveEvidence(parts.database, parts.statements, parts.clock, parts.anchors.anchors, patience=patience)


def open_audit_log(parts: Parts) -> AbstractAsyncContextManager[AuditRounds]:
    """What makes blocks of the audit log and has them stamped. Raises SettingsError."""
    return open_audit_rounds(
        "exchange",
        parts.settings,
        database=parts.database,
        signer=parts.signer,
        trust=parts.anchors,
        newest_lists=certificates.newest_lists,
        clock=parts.clock,
        telemetry=parts.telemetry,
    )
