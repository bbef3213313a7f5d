"""A recipient reads its inbox: step 4 of docs/way-of-a-document.md."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.messages.document import Lane
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.errors import CursorBeyondEnd
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.store import inboxes
from lienthong.exchange.store.inboxes import Behind
from lienthong.exchange.usecases.give_entries import FEW, GiveEntries, Given, Reader
from lienthong.exchange.usecases.inbox_bell import LOOK_AGAIN_SECONDS, InboxBell
from lienthong.exchange.usecases.note_visits import NoteVisits

Check = Callable[[Caller], None]
"""Raises LienthongError where a caller that was let in would not be any more."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Entries in their order and the signed head: the inbox after the last of them, or at the cursor."""

    entries: Given
    head: SignedBytes


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one answer holds at most, and how long it may be waited for, in seconds."""

    entries: int = 1000
    wait: float = 60.0


class ReadInbox:
    """Gives a recipient the entries behind its cursor; waits for them if asked to."""

    def __init__(
        self,
        database: Database,
        bell: InboxBell,
        statements: Statements,
        clock: Clock,
        limits: ReadingLimits,
        *,
        give: GiveEntries,
        check: Check,
        note_visit: NoteVisits,
    ) -> None:
        self._database = database
        self._bell = bell
        self._statements = statements
        self._clock = clock
        self._limits = limits
        self._give = give
        self._check = check
        self._note_visit = note_visit
        self._known: dict[InboxKey, int] = {}
        """Entries that are known to exist: readers come back with the numbers that they were given."""

    async def __call__(self, caller: Caller, lane: Lane, after: int, most: int, wait: float) -> InboxPage:
        """At most `most` entries behind `after`; where there are none, wait up to `wait` seconds for the first.

        Raises CursorBeyondEnd, TooManyRequests (too many wait), ClientNotActive, AgencyNotGranted (not any more).
        """
        # 4.1 The inbox is the caller's own: no other can be named.
        inbox = InboxKey(caller.agency_id, lane)
        await self._note_visit(inbox)
        # 4.2 Look, and if asked wait and look again.
        entries = await self._look_or_wait(Reader(caller, Behind(inbox, after, min(most, self._limits.entries))), wait)
        # Whoever was suspended, or lost its agency's consent, while it waited or looked gets nothing any more.
        self._check(caller)
        # 4.3 One signed head for the whole answer.
        link = entries[-1].link if entries else await self._link_at(inbox, after)
        self._known[inbox] = max(link.n, self._known.get(inbox, 0))
        now = self._clock.now()
        return InboxPage(entries, self._statements.inbox_head(inbox, link, now))

    async def _look_or_wait(self, reader: Reader, wait: float) -> Given:
        if wait <= 0:
            return await self._give.alone(reader)
        if entries := await self._look_if_needed(reader, woken=False):
            return entries
        with self._bell.listening(reader.inbox) as rung:
            deadline = asyncio.get_running_loop().time() + min(wait, self._limits.wait)
            while True:
                self._check(reader.caller)
                entries = await self._look_if_needed(reader, woken=True)
                left = deadline - asyncio.get_running_loop().time()
                if entries or left <= 0 or self._bell.is_closed:
                    return entries
                await _rung_within(rung, min(left, LOOK_AGAIN_SECONDS))

    async def _look_if_needed(self, reader: Reader, *, woken: bool) -> Given:
        """Whoever is known to have everything is spared the look; who is woken, or has little to read, has company."""
        inbox, after = reader.inbox, reader.behind.after
        behind = self._bell.behind(inbox, after)
        if behind == 0:
            return ()
        if behind is not None and behind <= FEW:
            return await self._give.together(reader)
        look = self._bell.looking(inbox)
        entries = await (self._give.together if woken and behind is None else self._give.alone)(reader)
        if not entries:
            if after > self._known.get(inbox, 0):
                await self._link_at(inbox, after)  # who would wait behind what does not exist is told at once
            self._bell.found_nothing(inbox, after, look)
        return entries

    async def _link_at(self, inbox: InboxKey, n: int) -> Link:
        async with self._database.connection() as connection:
            link = await inboxes.link_at(connection, inbox, n)
        if link is None:
            raise CursorBeyondEnd
        return link


async def _rung_within(rung: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await rung.wait()
    except TimeoutError:
        return
    rung.clear()
