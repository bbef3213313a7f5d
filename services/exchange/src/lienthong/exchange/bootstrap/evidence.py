"""Evidence, and the audit log that it rests on."""

import math
from contextlib import AbstractAsyncContextManager

from lienthong.common.audit_log import AuditRounds, open_audit_rounds
from lienthong.common.trust import open_trust_store
from lienthong.exchange.bootstrap.parts import Parts, open_signer
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.store import certificates
from lienthong.exchange.usecases.give_evidence import GiveEvidence


def open_give_evidence(parts: Parts, statements: Statements) -> GiveEvidence:
    """What is behind the route."""
    anchors = open_trust_store(parts.settings).anchors
    patience = math.ceil(min(parts.settings.audit_seconds, 30))
    return GiveEvidence(parts.database, statements, parts.clock, anchors, patience=patience)


def open_audit_log(parts: Parts) -> AbstractAsyncContextManager[AuditRounds]:
    """What makes blocks of the audit log and has them stamped. Raises SettingsError."""
    settings = parts.settings
    return open_audit_rounds(
        "exchange",
        settings,
        database=parts.database,
        signer=open_signer(parts),
        trust=open_trust_store(settings),
        newest_lists=certificates.newest_lists,
        clock=parts.clock,
        telemetry=parts.telemetry,
    )
