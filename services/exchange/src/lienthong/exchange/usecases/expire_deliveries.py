"""Deliveries that nobody received or refused in time come to their end: step 9 of docs/way-of-a-document.md.

A deadline's row is locked by one process at a time and passed over by the others; whether a delivery is still open is
asked under the lock that statuses and changes of it take too. Everything of a page is one transaction: a delivery has
expired when, and only when, its sender has been told.
"""

from collections.abc import Sequence

import structlog

from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.exchange import DeliveryEnded
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.domain.deadlines import DeadlinePolicy
from lienthong.exchange.domain.notices import OpenDelivery, expired
from lienthong.exchange.store import agencies, deliveries, due
from lienthong.exchange.store.due import DueKind, NewDue
from lienthong.exchange.usecases.inbox_bell import Ring
from lienthong.exchange.usecases.say_to_sender import SayToSender

EXPIRED = MetricSpec(
    "lienthong_exchange_expired_total", MetricKind.COUNTER, "Deliveries that were neither received nor refused in time"
)

_MOST_MESSAGES = 500
_MOST_DELIVERIES = 100
"""Of one page. Each is two signatures, which keep a process that does other things too from doing them."""
_MOST_WITHOUT = 500

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class ExpireDeliveries:
    """Safe in several processes, and after a crash at any point."""

    def __init__(
        self,
        database: Database,
        say_to_sender: SayToSender,
        ring: Ring,
        clock: Clock,
        telemetry: Telemetry,
        *,
        policy: DeadlinePolicy,
    ) -> None:
        self._database = database
        self._say_to_sender = say_to_sender
        self._ring = ring
        self._clock = clock
        self._policy = policy
        self._expired = telemetry.metrics.counter(EXPIRED)

    async def __call__(self) -> int:
        """End what is over by now, page by page; answers how many deliveries expired."""
        number = 0
        while (page := await self._page()) is not None:
            number += page
        if number:
            log.info("deliveries expired", deliveries=number)
        return number

    async def set_missing(self) -> int:
        """Set deadlines of open documents that have none: a version that set none accepted them. Answers how many."""
        async with self._database.transaction() as connection:
            found = await due.find_without(connection, _MOST_WITHOUT)
            now = self._clock.now()
            new: list[NewDue] = []
            for each in found:
                # However long ago it came, its recipients have the whole time from now on.
                deadline = self._policy.delivery(now, each.lane, each.priority)
                new.append(NewDue(each.message, DueKind.DELIVERY, each.sender, deadline))
            await due.add(connection, new)
        return len(new)

    async def _page(self) -> int | None:
        async with self._database.transaction() as connection:
            # 9.2 What another process has in hand is left to it.
            messages = await due.lock_ended(connection, DueKind.DELIVERY, self._clock.now(), _MOST_MESSAGES)
            if not messages:
                return None
            ended = await due.lock_open(connection, messages, _MOST_DELIVERIES)
            # 9.3 The deliveries end. Messages of which nothing is open any more need no look again.
            await due.expire(connection, ended, self._clock.now())
            await due.close_deliveries(connection, messages)
            # 9.4 Their senders are told: entries of their inboxes, in the same transaction.
            told = await self._say_to_sender(connection, await self._notices(connection, ended))
        # 9.5 After the commit: readers and the relay are woken.
        if told:
            self._expired.inc(len(ended))
            await self._ring(told)
        return len(ended)

    async def _notices(self, connection: Connection, ended: Sequence[OpenDelivery]) -> list[DeliveryEnded]:
        officers = await agencies.find_officers(connection, {each.recipient for each in ended})
        documents = await deliveries.read_documents(connection, {each.message for each in ended})
        now = self._clock.now()
        return [expired(documents[each.message], each, officers.get(each.recipient), now) for each in ended]
