"""Noting that an inbox was asked for, whether anything lay in it or not: senders want to know who still reads."""

from datetime import datetime, timedelta

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.store import visits

_OFTEN = timedelta(minutes=1)


class NoteVisits:
    """Writes at most once a minute for each inbox, however often it is asked for."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._noted: dict[InboxKey, datetime] = {}

    async def __call__(self, inbox: InboxKey) -> None:
        """The inbox is asked for now."""
        now = self._clock.now()
        last = self._noted.get(inbox)
        if last is not None and timedelta() <= now - last < _OFTEN:
            return
        self._noted[inbox] = now
        async with self._database.connection() as connection:
            await visits.note(connection, inbox, now)
