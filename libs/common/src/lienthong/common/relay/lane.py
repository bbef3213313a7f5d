"""One lane of a relay: its pages, its producer, its pauses. Nothing of it waits for the other lane."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter

from lienthong.common.database import Database, DatabaseAway
from lienthong.common.messages.document import Lane
from lienthong.common.outbox import Content, Contents, Ear, Sent
from lienthong.common.pauses import wait_at_most
from lienthong.common.relay import store
from lienthong.common.relay.holder import Holder
from lienthong.common.relay.publisher import Handover, Parcel, Publisher
from lienthong.common.relay.settings import RelaySettings
from lienthong.common.relay.store import OutboxRow, Refused

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class PageFailed(Exception):
    """Kafka did not take all of a page; its cause tells why. The rows are in the outbox still."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What both lanes of a relay use. `doubtful`: sent, but whether the shard was still ours is not known."""

    database: Database
    contents: Sequence[Contents]
    settings: RelaySettings
    published: Counter
    refusals: Counter
    doubtful: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


class LaneRelay:
    """Sends the rows of one lane while a holder holds their shards. `page_under_way` is locked as long as one is."""

    def __init__(self, lane: Lane, shared: Shared, publisher: Publisher, ear: Ear) -> None:
        self.page_under_way = asyncio.Lock()
        self._lane = lane
        self._shared = shared
        self._settings = shared.settings
        self._publisher = publisher
        self._ear = ear

    async def send(self, holder: Holder, over: asyncio.Event) -> None:
        """Send page after page until `over`, then finish the one under way. Raises DatabaseAway."""
        failures = 0
        while not over.is_set():
            await holder.assert_current()
            self._ear.quiet()
            try:
                async with self.page_under_way:
                    sent = await self._send_page(holder)
                failures = 0
            except PageFailed as error:
                failures += 1
                pause = self._settings.away_pause.delay(failures)
                log.warning("relay page failed", lane=self._lane, attempt=failures, pause=round(pause, 2),
                            exc_info=error.__cause__)  # fmt: skip
                await wait_at_most(over, pause)
                continue
            if not sent:
                await self._ear.wait(self._settings.poll)

    async def close(self) -> None:
        """End the producer; unsent records stay in the outbox."""
        await self._publisher.close()

    async def _send_page(self, holder: Holder) -> bool:
        """Send one page; answers whether there was one. Raises PageFailed, DatabaseAway."""
        if not holder.held:
            return False
        async with holder.transaction() as connection:
            rows = await store.read_page(connection, self._lane, holder.held, self._settings.page)
        for start in range(0, len(rows), self._settings.slice):
            parcels, lacking = await self._pack(rows[start : start + self._settings.slice])
            handover = await self._publisher.publish(parcels, holder.assert_current)
            handover.refused += lacking
            await self._settle(holder, handover)
            if handover.failure is not None:
                raise PageFailed from handover.failure
            if handover.refused:
                break  # later rows of those keys may stand in this page: the next one is read without them
        return bool(rows)

    async def _pack(self, rows: Sequence[OutboxRow]) -> tuple[list[Parcel], list[Refused]]:
        """Rows with their contents; a row that refers to nothing is refused, and those behind it of its key wait."""
        found = await self._find(rows)
        parcels: list[Parcel] = []
        lacking: dict[tuple[str, str], Refused] = {}
        for row in rows:
            content = found.get(row.sent)
            if content is None:
                lacking.setdefault((row.topic, row.key), Refused(row, "what it refers to is not there"))
            elif (row.topic, row.key) not in lacking:
                parcels.append(Parcel.of(row, content))
        return parcels, list(lacking.values())

    async def _find(self, rows: Sequence[OutboxRow]) -> dict[Sent, Content]:
        found: dict[Sent, Content] = {}
        sought = [row.sent for row in rows]
        async with self._shared.database.connection() as connection:
            for contents in self._shared.contents:
                found |= await contents(connection, sought)
                sought = [one for one in sought if one not in found]
                if not sought:
                    break
        return found

    async def _settle(self, holder: Holder, handover: Handover) -> None:
        """Write down what became of the parcels, on the connection that holds their shards."""
        try:
            async with holder.transaction() as connection:
                await store.clear(connection, handover.emitted)
                if handover.refused:
                    await store.refuse(connection, handover.refused, self._settings)
        except DatabaseAway:
            self._shared.doubtful.update((one.row.topic, one.row.key) for one in handover.emitted)
            raise
        self._shared.published.inc(len(handover.emitted))
        self._shared.refusals.inc(len(handover.refused))
        for refused in handover.refused:
            log.error("relay: a record is refused, its key waits", topic=refused.row.topic, row=refused.row.id,
                      cause=refused.cause)  # fmt: skip
