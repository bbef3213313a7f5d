"""Audit records of what callers do."""

from dataclasses import replace
from datetime import datetime

from lienthong.common.audit import AuditRecord, Detail, Outcome
from lienthong.common.auth import Caller


def done_by(caller: Caller, act: str, object_path: str, at: datetime, **details: Detail) -> AuditRecord:
    """The caller did `act` to what `object_path` names below its agency."""
    return AuditRecord(
        at=at,
        who=caller.source,
        act=act,
        object=f"{caller.source}/{object_path}",
        outcome=Outcome.DONE,
        details={"client": str(caller.client_id), **details},
    )


def refused_to(caller: Caller, act: str, object_path: str, at: datetime, **details: Detail) -> AuditRecord:
    """The caller was refused `act` on what `object_path` names below its agency."""
    return replace(done_by(caller, act, object_path, at, **details), outcome=Outcome.REFUSED)
