"""Entries are given to readers, as step 4 of docs/way-of-a-document.md asks for.

What a reader gets is put on record before it gets it, in the transaction that read it. Where many readers wait, each
for an entry or two, one transaction serves all who were woken while the one before was under way, lane by lane.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import structlog

from lienthong.common.audit import AuditRecord, write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.store import acknowledgements, inboxes
from lienthong.exchange.store.inboxes import Behind, Entry, Withheld
from lienthong.exchange.usecases.records import done_by
from lienthong.exchange.usecases.until_stopped import until_stopped

FEW = 8
"""Entries that a reader gets at most together with others; whoever has more to read reads alone."""

_READERS_AT_ONCE = 32
_BYTES_OF_ONE = 64 << 10

Given = Sequence[Entry | Withheld]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, and where it is in its inbox."""

    caller: Caller
    behind: Behind

    @property
    def inbox(self) -> InboxKey:
        """Its inbox."""
        return self.behind.inbox


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    reader: Reader
    given: "asyncio.Future[Given | None]"


class GiveEntries:
    """Reads entries and puts on record that they were given. `most_bytes` is what one reader gets at most."""

    def __init__(self, database: Database, clock: Clock, *, most_bytes: int) -> None:
        self._database = database
        self._clock = clock
        self._most_bytes = most_bytes
        self._queues = {lane: asyncio.Queue[_Waiting]() for lane in Lane}

    async def alone(self, reader: Reader) -> Given:
        """What lies behind the reader's cursor. Raises DatabaseAway."""
        async with self._database.transaction() as connection:
            [entries] = await inboxes.read(connection, [reader.behind], most_bytes=self._most_bytes)
            if entries:
                await acknowledgements.note_given(connection, reader.inbox, entries[-1].link.n)
                await write_audit(connection, self._record(reader, entries))
        return entries

    async def together(self, reader: Reader) -> Given:
        """The first few of them, with whoever else is served at the same time. Raises DatabaseAway."""
        waiting = _Waiting(reader, asyncio.get_running_loop().create_future())
        self._queues[reader.inbox.lane].put_nowait(waiting)
        given = await waiting.given
        return await self.alone(reader) if given is None else given

    async def run(self, stop: asyncio.Event) -> None:
        """Serve those who read together until `stop`."""
        await until_stopped(stop, *map(self._serve, self._queues.values()))

    async def _serve(self, queue: "asyncio.Queue[_Waiting]") -> NoReturn:
        while True:
            waiting = [await queue.get()]
            while len(waiting) < _READERS_AT_ONCE and not queue.empty():
                waiting.append(queue.get_nowait())
            await self._give([each for each in waiting if not each.given.done()])

    async def _give(self, waiting: Sequence[_Waiting]) -> None:
        given: Sequence[Given | None] = [None] * len(waiting)
        try:
            given = await self._read_for_all([each.reader for each in waiting])
        except Exception as error:
            # Each of them tries alone now, and is told itself what is wrong.
            log.warning("entries not given together", readers=len(waiting), exc_info=error)
        for each, entries in zip(waiting, given, strict=True):
            if not each.given.done():
                each.given.set_result(entries)

    async def _read_for_all(self, readers: Sequence[Reader]) -> list[Given | None]:
        """What each of them gets; None for those whose inboxes somebody else holds, who are not waited for."""
        if not readers:
            return []
        async with self._database.transaction() as connection:
            cursors = [reader.behind.at_most(FEW) for reader in readers]
            pages = await inboxes.read(connection, cursors, most_bytes=min(self._most_bytes, _BYTES_OF_ONE))
            pairs = list(zip(readers, pages, strict=True))
            noted = await self._note(connection, _last_of(pairs))
            on_record = [(reader, page) for reader, page in pairs if page and reader.inbox in noted]
            if on_record:
                await write_audit(connection, *(self._record(reader, page) for reader, page in on_record))
        return [page if not page or reader.inbox in noted else None for reader, page in pairs]

    async def _note(self, connection: Connection, last: Mapping[InboxKey, int]) -> frozenset[InboxKey]:
        return await acknowledgements.note_given_where_free(connection, last) if last else frozenset()

    def _record(self, reader: Reader, entries: Given) -> AuditRecord:
        """Content is read: it can be acknowledged from now on, and who read it is known (N5)."""
        first, last, lane = entries[0].link.n, entries[-1].link.n, reader.inbox.lane
        return done_by(reader.caller, "inbox.read", f"inbox/{lane}", self._clock.now(), first=first, last=last)


def _last_of(pairs: Iterable[tuple[Reader, Given]]) -> Mapping[InboxKey, int]:
    """How far each inbox is given out: two who read the same one may be given different numbers."""
    last = dict[InboxKey, int]()
    for reader, page in pairs:
        if page:
            last[reader.inbox] = max(page[-1].link.n, last.get(reader.inbox, 0))
    return last
