"""Operators keep the ledger of outages; everybody reads it (N4)."""

from collections.abc import Sequence
from datetime import datetime

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.exchange.domain.outages import NoOutage, OutageClosed, check_times
from lienthong.exchange.store import outages
from lienthong.exchange.store.outages import Outage, OutageOrigin


class KeepOutages:
    """`who` is the path of the operator acting. Every act is audited."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read(self, most: int = 100) -> Sequence[Outage]:
        """The outages, the latest first."""
        async with self._database.connection() as connection:
            return await outages.read_last(connection, most)

    async def open(
        self, cause: str, *, began_at: datetime | None = None, ended_at: datetime | None = None, who: str
    ) -> Outage:
        """Write down an outage that goes on, or one that is over. Raises OutageTimesRefused."""
        now = self._clock.now()
        began = began_at or now
        check_times(began, ended_at, now)
        async with self._database.transaction() as connection:
            opened = await outages.add(
                connection, OutageOrigin.DECLARED, began_at=began, ended_at=ended_at, cause=cause, recorded_at=now
            )
            await self._audit(connection, "outage.open", opened.number, who)
        return opened

    async def close(self, number: int, *, ended_at: datetime | None = None, who: str) -> Outage:
        """Write down that it is over. Raises NoOutage, OutageClosed, OutageTimesRefused."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            outage = await _locked(connection, number)
            if outage.ended_at is not None:
                raise OutageClosed
            check_times(outage.began_at, ended_at or now, now)
            closed = await outages.change(connection, number, ended_at=ended_at or now, cause=outage.cause)
            await self._audit(connection, "outage.close", number, who)
        return closed

    async def explain(self, number: int, cause: str, *, who: str) -> Outage:
        """Name its cause, once it is known. Raises NoOutage."""
        async with self._database.transaction() as connection:
            outage = await _locked(connection, number)
            explained = await outages.change(connection, number, ended_at=outage.ended_at, cause=cause)
            await self._audit(connection, "outage.explain", number, who, before=(outage.cause or "")[:200])
        return explained

    async def _audit(self, connection: Connection, act: str, number: int, who: str, **details: str) -> None:
        record = AuditRecord(self._clock.now(), who, act, f"/outages/{number}", Outcome.DONE, details)
        await write_audit(connection, record)


async def _locked(connection: Connection, number: int) -> Outage:
    outage = await outages.lock(connection, number)
    if outage is None:
        raise NoOutage
    return outage
