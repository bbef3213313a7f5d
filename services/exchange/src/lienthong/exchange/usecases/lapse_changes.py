"""Requests to change documents that nobody answers in time lapse: step 9.7 of docs/way-of-a-document.md.

Done as deliveries expire: a deadline's row in hand, the deliveries locked, and what the sender is told in one
transaction with it.
"""

from collections.abc import Sequence

import structlog

from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.exchange import ChangeLapsed
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.domain.notices import Lapsed, lapsed
from lienthong.exchange.store import agencies, deliveries, due, lapses
from lienthong.exchange.store.due import DueKind
from lienthong.exchange.usecases.inbox_bell import Ring
from lienthong.exchange.usecases.say_to_sender import SayToSender

LAPSED = MetricSpec(
    "lienthong_exchange_lapsed_changes_total", MetricKind.COUNTER, "Requests to change a document that nobody answered"
)

_MOST_MESSAGES = 500
_MOST_REQUESTS = 100

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class LapseChanges:
    """Safe in several processes, and after a crash at any point."""

    def __init__(
        self, database: Database, say_to_sender: SayToSender, ring: Ring, clock: Clock, telemetry: Telemetry
    ) -> None:
        self._database = database
        self._say_to_sender = say_to_sender
        self._ring = ring
        self._clock = clock
        self._lapsed = telemetry.metrics.counter(LAPSED)

    async def __call__(self) -> int:
        """Let lapse what is over by now, page by page; answers how many requests."""
        number = 0
        while (page := await self._page()) is not None:
            number += page
        if number:
            log.info("change requests lapsed", requests=number)
        return number

    async def _page(self) -> int | None:
        async with self._database.transaction() as connection:
            messages = await due.lock_ended(connection, DueKind.ANSWER, self._clock.now(), _MOST_MESSAGES)
            if not messages:
                return None
            asked = await lapses.lock_unanswered(connection, messages, _MOST_REQUESTS)
            # 9.7 The document goes on as it was; its sender is told, in the same transaction.
            over = await lapses.lapse(connection, asked, self._clock.now())
            await lapses.close_answers(connection, messages)
            told = await self._say_to_sender(connection, await self._notices(connection, over))
        if told:
            self._lapsed.inc(len(over))
            await self._ring(told)
        return len(over)

    async def _notices(self, connection: Connection, over: Sequence[Lapsed]) -> list[ChangeLapsed]:
        officers = await agencies.find_officers(connection, {each.recipient for each in over})
        documents = await deliveries.read_documents(connection, {each.row for each in over})
        now = self._clock.now()
        return [lapsed(documents[each.row], each, officers.get(each.recipient), now) for each in over]
