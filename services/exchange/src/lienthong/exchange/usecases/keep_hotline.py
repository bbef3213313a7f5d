"""The hotline: agencies tell operators what goes wrong or could be better, and read the answers (N9).

What was said stands in this table alone: neither logs nor the audit repeat it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.exchange.domain.hotline import (
    MOST_ANSWERS,
    HotlineEntryClosed,
    HotlineEntryReused,
    HotlineFull,
    HotlineKind,
    HotlineState,
    NoHotlineEntry,
)
from lienthong.exchange.store import hotline
from lienthong.exchange.store.hotline import HotlineAnswer, HotlineEntry, HotlineReport
from lienthong.exchange.usecases.records import done_by

_DAY: Final = timedelta(days=1)


class KeepHotline:
    """An agency sees its own entries; `who` is the path of the operator acting."""

    def __init__(self, database: Database, clock: Clock, *, most_a_day: int) -> None:
        self._database = database
        self._clock = clock
        self._most_a_day = most_a_day

    async def report(self, caller: Caller, report_id: UUID, kind: HotlineKind, text: str, contact: str) -> HotlineEntry:
        """Keep what an agency tells; a repeat gets the same entry. Raises HotlineFull, HotlineEntryReused."""
        now = self._clock.now()
        told = HotlineReport(caller.agency_id, report_id, caller.client_id, kind, text, contact)
        async with self._database.transaction() as connection:
            await hotline.take_turn(connection, caller.agency_id)
            before = await hotline.find_report(connection, caller.agency_id, report_id)
            if before is not None:
                if (before.report.kind, before.report.text, before.report.contact) != (kind, text, contact):
                    raise HotlineEntryReused
                return before
            if await hotline.count_since(connection, caller.agency_id, now - _DAY) >= self._most_a_day:
                raise HotlineFull(retry_after=int(_DAY.total_seconds()) // 24)
            await hotline.add(connection, told, now)
            entry = await hotline.find_report(connection, caller.agency_id, report_id)
            if entry is None:
                raise LookupError("a report that was kept is found")
            await write_audit(
                connection, done_by(caller, "hotline.report", f"hotline/{entry.number}", now, kind=kind.value)
            )
        return entry

    async def own(self, caller: Caller, before: int | None, most: int) -> Sequence[HotlineEntry]:
        """The agency's entries, the latest first."""
        async with self._database.connection() as connection:
            return await hotline.read_page(connection, agency_id=caller.agency_id, before=before, most=most)

    async def find_all(
        self, state: HotlineState | None = None, before: int | None = None, most: int = 100
    ) -> Sequence[HotlineEntry]:
        """Entries of all agencies, the latest first."""
        async with self._database.connection() as connection:
            return await hotline.read_page(connection, state=state, before=before, most=most)

    async def find(self, number: int) -> HotlineEntry:
        """One entry. Raises NoHotlineEntry."""
        async with self._database.connection() as connection:
            return _found(await hotline.find(connection, number))

    async def answer(self, number: int, text: str, *, who: str) -> HotlineEntry:
        """Answer an entry. Audited. Raises NoHotlineEntry, HotlineEntryClosed."""
        async with self._database.transaction() as connection:
            entry = await self._not_closed(connection, number)
            if len(entry.answers) >= MOST_ANSWERS:
                raise HotlineEntryClosed
            await hotline.answer(connection, number, HotlineAnswer(text, self._clock.now(), who))
            await hotline.change_state(connection, number, HotlineState.ANSWERED, None)
            await self._audit(connection, "hotline.answer", number, who)
            return _found(await hotline.find(connection, number))

    async def close(self, number: int, *, who: str) -> HotlineEntry:
        """Close an entry for good. Audited. Raises NoHotlineEntry, HotlineEntryClosed."""
        async with self._database.transaction() as connection:
            await self._not_closed(connection, number)
            await hotline.change_state(connection, number, HotlineState.CLOSED, self._clock.now())
            await self._audit(connection, "hotline.close", number, who)
            return _found(await hotline.find(connection, number))

    async def _not_closed(self, connection: Connection, number: int) -> HotlineEntry:
        entry = _found(await hotline.find(connection, number, lock=True))
        if entry.state is HotlineState.CLOSED:
            raise HotlineEntryClosed
        return entry

    async def _audit(self, connection: Connection, act: str, number: int, who: str) -> None:
        record = AuditRecord(self._clock.now(), who, act, f"/hotline/{number}", Outcome.DONE)
        await write_audit(connection, record)


def _found(entry: HotlineEntry | None) -> HotlineEntry:
    if entry is None:
        raise NoHotlineEntry
    return entry
