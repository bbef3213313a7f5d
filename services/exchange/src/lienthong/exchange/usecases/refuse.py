"""Keeping what may be kept of a refused message (N3): source, id, hash, rules, time. Its forbidden uploads go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.database import Connection
from lienthong.common.errors import LienthongError
from lienthong.exchange.domain.rules.content import is_forbidden
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.domain.submission import Submission
from lienthong.exchange.store import refusals, uploads

_MOST_RULES = 20


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that was refused, by whom it was posted, and which files it names."""

    agency_id: UUID
    client_id: UUID
    message_id: UUID | None
    sha256: bytes
    hashes: Sequence[str]
    error: LienthongError

    @classmethod
    def submission(cls, submission: Submission, error: LienthongError) -> Self:
        """A message that was read and judged."""
        return cls(
            agency_id=submission.agency_id,
            client_id=submission.client_id,
            message_id=submission.event.id,
            sha256=submission.sha256,
            hashes=submission.hashes,
            error=error,
        )

    @property
    def rules(self) -> list[str]:
        """The rules broken; where none is behind a fault, its code."""
        named = [violation.rule or violation.code for violation in self.error.violations] or [self.error.code]
        return list(dict.fromkeys(named))[:_MOST_RULES]


async def keep_refusals(connection: Connection, refused: Sequence[Refused], now: datetime) -> None:
    """Keep the records; the uploads of forbidden messages are lost to their sender with the commit."""
    await refusals.add(
        connection,
        [refusals.KeptRefusal(each.agency_id, each.message_id, each.sha256, each.rules, now) for each in refused],
    )
    for each in refused:
        if is_forbidden(each.error.violations) and each.hashes:
            await uploads.forget(connection, each.agency_id, each.hashes, now)
    await write_audit(connection, *(_record(each, now) for each in refused))


def _record(refused: Refused, now: datetime) -> AuditRecord:
    name = refused.message_id or refused.sha256.hex()
    return AuditRecord(
        at=now,
        who=source_of(refused.agency_id),
        act="message.accept",
        object=f"{source_of(refused.agency_id)}/messages/{name}",
        outcome=Outcome.REFUSED,
        details={
            "client": str(refused.client_id),
            "sha256": refused.sha256.hex(),
            "code": refused.error.code,
            "rules": " ".join(refused.rules)[:300],
        },
    )
