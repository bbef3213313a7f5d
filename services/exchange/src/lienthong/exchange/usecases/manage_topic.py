"""An agency asks for a topic of its own, looks how far it is, and ends it. The broker learns of it later."""

from dataclasses import dataclass

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.errors import OwnTopicEnding, OwnTopicNotAsked, OwnTopicsNotOffered
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.own_topics import STANDING, EndCause, OwnTopic, TopicState
from lienthong.exchange.store import inboxes, own_topics
from lienthong.exchange.usecases.records import done_by


@dataclass(frozen=True, slots=True)
class ManageTopic:
    """The topic is the caller's own: no other can be named. `bootstrap` is where agencies reach the broker."""

    database: Database
    clock: Clock
    bootstrap: str | None

    async def open(self, caller: Caller, lane: Lane) -> OwnTopic:
        """Ask for the topic; the same again where it stands. Raises OwnTopicsNotOffered, OwnTopicEnding."""
        if self.bootstrap is None:
            raise OwnTopicsNotOffered
        inbox = InboxKey(caller.agency_id, lane)
        async with self.database.transaction() as connection:
            # 10.1 The intent is stored, and the first number that will be there: whatever comes from now on.
            link = (await inboxes.lock(connection, [inbox]))[inbox]
            known = await own_topics.lock(connection, inbox)
            if known is not None and known.state is TopicState.ENDING:
                raise OwnTopicEnding
            if known is not None and known.state in STANDING:
                await self._take_over(connection, caller, known)
            else:
                await own_topics.ask(connection, inbox, caller.client_id, link.n + 1, self.clock.now())
                await self._record(connection, caller, "own_topic.ask", lane, from_n=link.n + 1)
            return await _found(connection, inbox)

    async def show(self, caller: Caller, lane: Lane) -> OwnTopic:
        """How far it is. Raises OwnTopicNotAsked."""
        async with self.database.connection() as connection:
            return await _found(connection, InboxKey(caller.agency_id, lane))

    async def close(self, caller: Caller, lane: Lane) -> OwnTopic:
        """End it with all that it holds; the same again where it ends. Raises OwnTopicNotAsked."""
        inbox = InboxKey(caller.agency_id, lane)
        async with self.database.transaction() as connection:
            link = (await inboxes.lock(connection, [inbox]))[inbox]
            known = await own_topics.lock(connection, inbox)
            if known is not None and known.state not in {TopicState.ENDING, TopicState.ENDED}:
                await own_topics.begin_end(connection, inbox, link.n, EndCause.CLOSED, self.clock.now())
                await self._record(connection, caller, "own_topic.close", lane, last_n=link.n)
            return await _found(connection, inbox)

    async def _take_over(self, connection: Connection, caller: Caller, known: OwnTopic) -> None:
        if known.client_id != caller.client_id:
            await own_topics.take_over(connection, known.inbox, caller.client_id)
            await self._record(connection, caller, "own_topic.take_over", known.inbox.lane, before=str(known.client_id))

    async def _record(self, connection: Connection, caller: Caller, act: str, lane: Lane, **details: int | str) -> None:
        """Content will be read, or not any more, without asking the exchange: who wanted it is known (N5)."""
        await write_audit(connection, done_by(caller, act, f"inbox/{lane}/topic", self.clock.now(), **details))


async def _found(connection: Connection, inbox: InboxKey) -> OwnTopic:
    found = await own_topics.find(connection, inbox)
    if found is None:
        raise OwnTopicNotAsked
    return found
