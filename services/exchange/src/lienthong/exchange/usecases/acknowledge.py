"""A recipient acknowledges what it has: step 6 of docs/way-of-a-document.md."""

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.document import Lane
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.errors import NotGivenYet
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.store import acknowledgements, inboxes, own_topics
from lienthong.exchange.usecases.records import done_by


class Acknowledge:
    """Cumulative: everything up to `n`. What was acknowledged before gets the receipt it got then."""

    def __init__(self, database: Database, statements: Statements, clock: Clock) -> None:
        self._database = database
        self._statements = statements
        self._clock = clock

    async def __call__(self, caller: Caller, lane: Lane, n: int) -> SignedBytes:
        """The signed delivery receipt. Raises NotGivenYet for an entry that does not exist or was never read."""
        inbox = InboxKey(caller.agency_id, lane)
        async with self._database.transaction() as connection:
            # 6.3 Only what was given out; acknowledgements of one inbox come one after another.
            if n > await self._given(connection, inbox, n):
                raise NotGivenYet
            # 6.4 What an earlier receipt covers is not said twice.
            earlier = await acknowledgements.find_covering(connection, inbox, n)
            if earlier is not None:
                return earlier
            return await self._acknowledge(connection, caller, inbox, n)

    async def _given(self, connection: Connection, inbox: InboxKey, n: int) -> int:
        """How far the inbox was given out, over HTTP or by the agency's own topic."""
        given = await acknowledgements.lock_given(connection, inbox)
        if n <= given:
            return given
        sent = await own_topics.last_sent(connection, inbox)
        if sent > given:
            await acknowledgements.note_given(connection, inbox, sent)
        return max(given, sent)

    async def _acknowledge(self, connection: Connection, caller: Caller, inbox: InboxKey, n: int) -> SignedBytes:
        link = await inboxes.link_at(connection, inbox, n)
        if link is None:
            raise NotGivenYet
        # 6.5 The receipt is signed, then stored, and given out after the commit.
        now = self._clock.now()
        receipt = self._statements.delivery_receipt(inbox, link, now)
        await acknowledgements.add(connection, inbox, n, now, receipt)
        await write_audit(connection, done_by(caller, "inbox.acknowledge", f"inbox/{inbox.lane}", now, n=n))
        return receipt
