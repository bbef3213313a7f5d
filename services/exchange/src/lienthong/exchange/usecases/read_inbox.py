"""A recipient reads its inbox: step 4 of docs/way-of-a-document.md."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller, ClientNotActive
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.document import Lane
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.errors import CursorBeyondEnd
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.store import acknowledgements, inboxes
from lienthong.exchange.store.inboxes import Entry, Withheld
from lienthong.exchange.usecases.inbox_bell import InboxBell
from lienthong.exchange.usecases.note_visits import NoteVisits
from lienthong.exchange.usecases.records import done_by

MayAct = Callable[[UUID, UUID], bool]
"""Whether a client acts for an agency, as far as is known at this moment."""

_LOOK_AGAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Entries in their order and the signed head: the inbox after the last of them, or at the cursor."""

    entries: Sequence[Entry | Withheld]
    head: SignedBytes


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one answer holds at most, and how long it may be waited for, in seconds."""

    entries: int = 1000
    bytes: int = 8 << 20
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
        may_act: MayAct,
        note_visit: NoteVisits,
    ) -> None:
        self._database = database
        self._bell = bell
        self._statements = statements
        self._clock = clock
        self._limits = limits
        self._may_act = may_act
        self._note_visit = note_visit

    async def __call__(self, caller: Caller, lane: Lane, after: int, most: int, wait: float) -> InboxPage:
        """At most `most` entries behind `after`; where there are none, wait up to `wait` seconds for the first.

        Raises CursorBeyondEnd, TooManyRequests (too many wait), ClientNotActive (no more, since it began to wait).
        """
        # 4.1 The inbox is the caller's own: no other can be named.
        inbox = InboxKey(caller.agency_id, lane)
        await self._note_visit(inbox)
        # 4.2 Look, and if asked wait and look again.
        entries = await self._look_or_wait(caller, inbox, after, min(most, self._limits.entries), wait)
        # 4.3 One signed head for the whole answer.
        link = entries[-1].link if entries else await self._link_at(inbox, after)
        now = self._clock.now()
        return InboxPage(entries, self._statements.inbox_head(inbox, link, now))

    async def _look_or_wait(
        self, caller: Caller, inbox: InboxKey, after: int, most: int, wait: float
    ) -> Sequence[Entry | Withheld]:
        entries = await self._look(caller, inbox, after, most)
        if entries or wait <= 0:
            return entries
        with self._bell.listening(inbox) as rung:
            deadline = asyncio.get_running_loop().time() + min(wait, self._limits.wait)
            while True:
                # Whoever was suspended, or lost its agency's consent, while it waited gets nothing any more.
                if not self._may_act(caller.client_id, caller.agency_id):
                    raise ClientNotActive
                entries = await self._look(caller, inbox, after, most)
                left = deadline - asyncio.get_running_loop().time()
                if entries or left <= 0:
                    return entries
                await _rung_within(rung, min(left, _LOOK_AGAIN_SECONDS))

    async def _look(self, caller: Caller, inbox: InboxKey, after: int, most: int) -> Sequence[Entry | Withheld]:
        async with self._database.transaction() as connection:
            entries = await inboxes.read(connection, inbox, after, most=most, most_bytes=self._limits.bytes)
            if entries:
                await self._put_on_record(connection, caller, inbox, entries)
        return entries

    async def _put_on_record(
        self, connection: Connection, caller: Caller, inbox: InboxKey, entries: Sequence[Entry | Withheld]
    ) -> None:
        """Content is read: it can be acknowledged from now on, and who read it is known (N5)."""
        first, last = entries[0].link.n, entries[-1].link.n
        await acknowledgements.note_given(connection, inbox, last)
        record = done_by(caller, "inbox.read", f"inbox/{inbox.lane}", self._clock.now(), first=first, last=last)
        await write_audit(connection, record)

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
