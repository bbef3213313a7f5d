"""Deliveries that hang, each with the place where: for operators, and as a gauge."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.stuck import Hanging, Patience, Place, where_it_hangs
from lienthong.exchange.store import agencies, stuck
from lienthong.exchange.store.stuck import WatchedDelivery

_PAGE = 5000
_MOST_CLOSED = 10_000
_MOST_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class StuckDelivery:
    """A delivery at a place where it hangs; `last_read_at` is when its recipient's system last got anything."""

    delivery: WatchedDelivery
    hanging: Hanging
    sender_name: str | None
    recipient_name: str | None
    last_read_at: datetime | None

    @property
    def lane(self) -> Lane:
        """The lane of the inbox it hangs in front of."""
        return self.delivery.inbox.lane


class FindStuck:
    """Looks at every open delivery, page by page: no lock, no long transaction."""

    def __init__(self, database: Database, clock: Clock, patience: Patience) -> None:
        self._database = database
        self._clock = clock
        self._patience = patience

    async def __call__(self, most: int, patience: Patience | None = None) -> Sequence[StuckDelivery]:
        """Those that have hung the longest, at most so many."""
        found: list[tuple[WatchedDelivery, Hanging]] = []
        async for delivery in self._all():
            found += [(delivery, each) for each in self._where(delivery, patience or self._patience)]
            if len(found) > _MOST_KEPT:
                found = _oldest(found, most)
        async with self._database.connection() as connection:
            return await _named(connection, _oldest(found, most))

    async def count(self) -> Mapping[Place, int]:
        """How many hang at each place."""
        counted = Counter[Place]()
        async for delivery in self._all():
            counted.update(hanging.place for hanging in self._where(delivery, self._patience))
        return {place: counted[place] for place in Place}

    def _where(self, delivery: WatchedDelivery, patience: Patience) -> Sequence[Hanging]:
        return where_it_hangs(delivery.facts, self._clock.now(), patience)

    async def _all(self) -> AsyncIterator[WatchedDelivery]:
        last: WatchedDelivery | None = None
        while True:
            async with self._database.connection() as connection:
                page = await stuck.open_deliveries(connection, last, _PAGE)
            for delivery in page:
                yield delivery
            if len(page) < _PAGE:
                break
            last = page[-1]
        async with self._database.connection() as connection:
            page = await stuck.closed_deliveries(connection, _MOST_CLOSED)
        for delivery in page:
            yield delivery


def _oldest(found: list[tuple[WatchedDelivery, Hanging]], most: int) -> list[tuple[WatchedDelivery, Hanging]]:
    return sorted(found, key=lambda each: (each[1].since, each[0].message, each[0].inbox))[:most]


async def _named(connection: Connection, found: Sequence[tuple[WatchedDelivery, Hanging]]) -> Sequence[StuckDelivery]:
    concerned = {each.sender for each, _ in found} | {each.inbox.agency_id for each, _ in found}
    names = await agencies.find_names(connection, sorted(concerned))
    read = await stuck.last_read(connection, sorted({each.inbox for each, _ in found}))
    return [
        StuckDelivery(
            delivery, hanging, names.get(delivery.sender), names.get(delivery.inbox.agency_id), read[delivery.inbox]
        )
        for delivery, hanging in found
    ]
