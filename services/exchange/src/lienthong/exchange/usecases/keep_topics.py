"""Agencies' own topics at the broker: made, filled up, ended; and who may read them, at any time.

One process does this at a time, the holder of an advisory lock. What is to be done stands in the database before and
is tried again until it is done; all of it may be repeated at any point. Rights are not remembered but settled: a
list of what should be is compared with the broker's, at the start, after every change and every some minutes, so that
a right that was withdrawn goes, and one that was lost with a broker comes back.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidReplicationFactorError,
    InvalidTopicError,
    KafkaError,
    PolicyViolationError,
    TopicAuthorizationFailedError,
)

from lienthong.common.broker import Backoff, TopicMismatchError, TopicsUnavailableError
from lienthong.common.clock import Clock
from lienthong.common.database import AdvisoryLock, Database, DatabaseAway
from lienthong.common.messages.accounts import Client, ClientState
from lienthong.common.outbox import Outbox, Outgoing
from lienthong.common.pauses import wait_at_most
from lienthong.exchange.clients.agency_topics import AgencyTopics
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.own_topics import STANDING, EndCause, OwnTopic, TopicState
from lienthong.exchange.store import inboxes, own_topics

FindClient = Callable[[UUID], Client | None]
"""What accounts says of a machine client."""

_HOLD: Final = "SELECT pg_try_advisory_lock($1, 0)"
_STILL_THERE: Final = "SELECT 1"
_PAGE: Final = 2000
_SETTLE_SECONDS: Final = 300.0
_LAST_FLIGHT_SECONDS: Final = 2.0
_FOR_GOOD: Final = (
    TopicMismatchError,
    TopicAuthorizationFailedError,
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    InvalidReplicationFactorError,
    PolicyViolationError,
)
_FAILURES: Final = (KafkaError, TopicMismatchError, TopicsUnavailableError, OSError, TimeoutError)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class KeepTopics:
    """`find_client` tells of clients what accounts has said last; those that it does not know change nothing."""

    def __init__(
        self,
        database: Database,
        topics: AgencyTopics,
        outbox: Outbox,
        clock: Clock,
        *,
        find_client: FindClient,
        pause: float = 1.0,
    ) -> None:
        self._database = database
        self._topics = topics
        self._outbox = outbox
        self._clock = clock
        self._find_client = find_client
        self._pause = pause
        self._again = Backoff(first=1.0, cap=60.0)
        self._settled: frozenset[InboxKey] | None = None
        self._settled_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Keep them until `stop`; a process that does not hold the lock waits for it."""
        while not stop.is_set():
            try:
                async with self._database.session("own topics") as connection:
                    if await connection.fetchval(_HOLD, int(AdvisoryLock.OWN_TOPICS)):
                        self._settled = None
                        while not stop.is_set():
                            await connection.fetchval(_STILL_THERE)  # without the lock another one goes on
                            await self.look()
                            await wait_at_most(stop, self._pause)
            except DatabaseAway as away:
                log.warning("own topics wait for the database", exc_info=away)
            await wait_at_most(stop, self._pause)

    async def look(self) -> None:
        """One round: end what has no right to be, do what is due, settle rights where they should differ."""
        async with self._database.connection() as connection:
            known = await own_topics.find_all(connection)
            due = await own_topics.find_due(connection, self._clock.now())
        for topic, agency_active in known:
            cause = self._cause_to_end(topic, agency_active=agency_active)
            if cause is not None:
                await self._begin_end(topic, cause)
        for topic in due:
            await self._try(topic)
        try:
            await self._settle()
        except _FAILURES as error:
            log.warning("rights of agencies are not settled", exc_info=error)

    def _cause_to_end(self, topic: OwnTopic, *, agency_active: bool) -> EndCause | None:
        if topic.state not in STANDING:
            return None
        if not agency_active:
            return EndCause.AGENCY_NOT_ACTIVE
        client = self._find_client(topic.client_id)
        if client is None:
            return None
        granted = topic.inbox.agency_id in {grant.agency_id for grant in client.grants}
        return None if granted and client.state is not ClientState.ENDED else EndCause.CLIENT_WITHDRAWN

    async def _begin_end(self, topic: OwnTopic, cause: EndCause) -> None:
        async with self._database.transaction() as connection:
            link = (await inboxes.lock(connection, [topic.inbox]))[topic.inbox]
            found = await own_topics.lock(connection, topic.inbox)
            if found is not None and found.state in STANDING and found.client_id == topic.client_id:
                await own_topics.begin_end(connection, topic.inbox, link.n, cause, self._clock.now())
                log.warning("own topic ends", agency=str(topic.inbox.agency_id), lane=topic.inbox.lane, cause=cause)

    async def _try(self, topic: OwnTopic) -> None:
        try:
            await (self._open(topic) if topic.state is TopicState.ASKED else self._end(topic))
        except _FAILURES as error:
            for_good = isinstance(error, _FOR_GOOD) and topic.state is TopicState.ASKED
            state = TopicState.FAILED if for_good else topic.state
            retry_at = self._clock.now() + timedelta(seconds=self._again.delay(topic.attempts + 1))
            log.warning("own topic not done", agency=str(topic.inbox.agency_id), lane=topic.inbox.lane, exc_info=error)
            async with self._database.transaction() as connection:
                await own_topics.note_failure(connection, topic, state, f"{type(error).__name__}: {error}", retry_at)

    async def _open(self, topic: OwnTopic) -> None:
        # 10.2 The topic, then the right to read it: both can be repeated where this was broken off.
        await self._topics.make([topic.spec])
        await self._settle(also=topic.inbox)
        while not await self._fill_up(topic.inbox):
            pass
        await self._outbox.wake()

    async def _fill_up(self, inbox: InboxKey) -> bool:
        """Put what came since it was asked for; answers whether that is all, and the topic is open or ends."""
        async with self._database.transaction() as connection:
            # 10.3 The counter is locked: pages put what comes after, no entry is left out or put twice.
            counter = (await inboxes.lock(connection, [inbox]))[inbox]
            topic = await own_topics.lock(connection, inbox)
            if topic is None or topic.state is not TopicState.ASKED:
                return True
            entries = await own_topics.unput(connection, topic, _PAGE)
            last = entries[-1][0] if entries else topic.put_n
            await own_topics.note_put(connection, topic, last)
            if last == counter.n:
                await own_topics.open_(connection, topic, self._clock.now())
            await self._outbox.put(connection, _rows(topic, [message for _, message in entries]))
        return last == counter.n

    async def _end(self, topic: OwnTopic) -> None:
        await self._settle()
        async with self._database.transaction() as connection:
            await own_topics.drop_waiting(connection, topic)
        await asyncio.sleep(_LAST_FLIGHT_SECONDS)  # what the relay has in its hands arrives before the topic goes
        await self._topics.remove(topic.spec)
        async with self._database.connection() as connection:
            while await own_topics.forget_emitted(connection, topic):
                pass
        async with self._database.transaction() as connection:
            await own_topics.end(connection, topic, self._clock.now())

    async def _settle(self, *, also: InboxKey | None = None) -> None:
        """Give every agency that ever asked exactly the rights it should have now, if they may differ."""
        async with self._database.connection() as connection:
            known = [topic for topic, _ in await own_topics.find_all(connection)]
        wanted = frozenset(topic.inbox for topic in known if self._may_read(topic, also))
        now = asyncio.get_running_loop().time()
        old = self._settled is None or now - self._settled_at > _SETTLE_SECONDS
        if not known or (wanted == self._settled and not old):
            return
        if old:
            await self._topics.make([topic.spec for topic in known if topic.state is TopicState.OPEN])
        await self._topics.allow({topic.inbox.agency_id for topic in known}, wanted)
        self._settled, self._settled_at = wanted, now

    def _may_read(self, topic: OwnTopic, also: InboxKey | None) -> bool:
        """Who is suspended may not, until it is active again; what is unknown changes nothing."""
        if topic.state is not TopicState.OPEN and topic.inbox != also:
            return False
        client = self._find_client(topic.client_id)
        return client is None or client.state is ClientState.ACTIVE


def _rows(topic: OwnTopic, messages: Sequence[UUID]) -> list[Outgoing]:
    return [Outgoing(topic.spec.name, str(topic.inbox.agency_id), message) for message in messages]
