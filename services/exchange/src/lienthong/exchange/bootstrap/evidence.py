"""Evidence, and the audit log that it rests on."""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from lienthong.common.audit_log import AuditSequencer
from lienthong.common.settings import SettingsError
from lienthong.common.signing import SigningError, open_key
from lienthong.common.timestamps import TrainingTimeStamper
from lienthong.common.trust import open_trust_store
from lienthong.exchange.bootstrap.parts import Parts, open_signer
from lienthong.exchange.clients.time_stamp_authority import open_authority
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.usecases.give_evidence import GiveEvidence
from lienthong.exchange.usecases.stamp_heads import Ask, StampHeads


def open_give_evidence(parts: Parts, statements: Statements) -> GiveEvidence:
    """What is behind the route."""
    anchors = open_trust_store(parts.settings).anchors
    patience = math.ceil(min(parts.settings.exchange_audit_seconds, 30))
    return GiveEvidence(parts.database, statements, parts.clock, anchors, patience=patience)


@asynccontextmanager
async def open_sequencer(parts: Parts) -> AsyncGenerator[AuditSequencer]:
    """What makes blocks of the audit log and has them stamped. Raises SettingsError."""
    settings = parts.settings
    async with _open_asking(parts) as ask:
        stamper = None if ask is None else StampHeads(parts.database, ask, open_trust_store(settings))
        yield AuditSequencer(
            parts.database,
            open_signer(parts).sign,
            stamper,
            parts.clock,
            parts.telemetry,
            service="exchange",
            environment=settings.environment,
        )


@asynccontextmanager
async def _open_asking(parts: Parts) -> AsyncGenerator[Ask | None]:
    """The authority: that of the setting, else the training one, else none."""
    settings = parts.settings
    if settings.tsa is not None:
        async with open_authority(settings.tsa, settings.exchange_tsa_seconds) as authority:
            yield authority.ask
    elif settings.tsa_key is not None:
        yield _training(parts, settings.tsa_key)
    else:
        yield None


def _training(parts: Parts, uri: str) -> Ask:
    try:
        authority = TrainingTimeStamper(open_key(uri), parts.clock.now)
    except SigningError as refused:
        raise SettingsError(f"LIENTHONG_TSA_KEY: {refused}") from refused

    async def ask(query: bytes) -> bytes:
        return authority.answer(query)

    return ask
