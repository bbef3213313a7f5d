"""What every use case is given: the database, the voice of the service, the time, and what it trusts."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from lienthong.accounts.store.announcements import Announcements
from lienthong.common.audit import AuditRecord, Detail, Outcome
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.pki import Authority, TrainingAuthority
from lienthong.common.signing import TrustStore


@dataclass(frozen=True, slots=True)
class Rules:
    """Durations an installation may choose; the rest stands beside the rule in `domain`."""

    overlap: timedelta
    """How long a renewed certificate stays good beside its successor."""
    list_lifetime: timedelta
    """From a revocation list's making to its `nextUpdate`."""
    request_age: timedelta
    """How long ago a request under a seal may have been signed."""


@dataclass(frozen=True, slots=True)
class Context:
    """Built once by `bootstrap`. `authority` is None where certificates come from a real authority."""

    database: Database
    announcements: Announcements
    clock: Clock
    trust: TrustStore
    rules: Rules
    authority: TrainingAuthority | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        """One transaction; once it is committed, what it said is on its way."""
        async with self.database.transaction() as connection:
            yield connection
        await self.announcements.wake()

    def issuers(self) -> tuple[Authority, ...]:
        """The authorities whose keys are here: their revocation lists are made here."""
        return () if self.authority is None else (self.authority.issuing, self.authority.root)


def done(at: datetime, who: str, act: str, thing: str, **details: Detail) -> AuditRecord:
    """The audit record of something that was done."""
    return AuditRecord(at, who, act, thing, Outcome.DONE, details)


def refused(at: datetime, who: str, act: str, thing: str, **details: Detail) -> AuditRecord:
    """The audit record of something that was refused."""
    return AuditRecord(at, who, act, thing, Outcome.REFUSED, details)
