"""An agency looks up what is late: what it owes itself, or what others owe it."""

from collections.abc import Sequence
from dataclasses import dataclass

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.exchange.store import overdue
from lienthong.exchange.store.overdue import START, OverdueCursor, Owed, Side
from lienthong.exchange.usecases.records import done_by


@dataclass(frozen=True, slots=True)
class OverduePage:
    """What is owed, the oldest first; `following` is where the next page begins, None at the end."""

    owed: Sequence[Owed]
    following: OverdueCursor | None


class ReadOverdue:
    """No other agency can be named: the question is made from the caller."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, caller: Caller, side: Side, after: OverdueCursor | None, most: int) -> OverduePage:
        """One page."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            found = await overdue.page(connection, side, caller.agency_id, now=now, after=after or START, most=most + 1)
            shown = found[:most]
            if shown:
                # Numbers and subjects of documents are content: who read them is known (N5).
                record = done_by(caller, "overdue.read", f"overdue/{side}", now, entries=len(shown))
                await write_audit(connection, record)
        return OverduePage(shown, shown[-1].cursor if len(found) > most else None)
