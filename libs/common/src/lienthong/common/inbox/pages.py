"""The transaction of one page: remember, tell what is new, apply in order, hold what fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.broker import DeadLetter
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, DatabaseAway, is_lost
from lienthong.common.inbox import store
from lienthong.common.inbox.events import Effect
from lienthong.common.inbox.held import HeldState
from lienthong.common.inbox.settings import InboxSettings
from lienthong.common.inbox.store import Arrival, Verdict

ID_REUSED: Final = "id_reused"
"""Dead-letter code: the same (source, id) came before with other bytes."""


@dataclass(slots=True)
class PageResult:
    """What became of the events of a page."""

    applied: int = 0
    duplicates: int = 0
    failed: int = 0
    held: int = 0
    refused: list[DeadLetter] = field(default_factory=list[DeadLetter])


class ArrivalWriter:
    """Writes what came to one consumer, a page at a time; the transaction is the caller's."""

    def __init__(self, consumer: str, effects: Mapping[str, Effect], clock: Clock, settings: InboxSettings) -> None:
        self._consumer = consumer
        self._effects = effects
        self._clock = clock
        self._settings = settings

    async def write(self, connection: Connection, arrivals: Sequence[Arrival], *, one_by_one: bool) -> PageResult:
        """Do the page. An effect that fails raises, or with `one_by_one` undoes and holds its own event only."""
        now = self._clock.now()
        result = PageResult()
        fresh = await self._sift(connection, arrivals, result, now)
        blocked = await store.held_scopes(connection, self._consumer, sorted({arrival.scope for arrival in fresh}))
        for arrival in fresh:
            if arrival.scope in blocked:
                verdict = Verdict(HeldState.WAITING, 0, None, now)
            else:
                verdict = await self._apply(connection, arrival, now, one_by_one=one_by_one)
            if verdict is None:
                result.applied += 1
                continue
            await store.hold(connection, self._consumer, arrival, verdict, now)
            blocked.add(arrival.scope)
            result.held += 1
            result.failed += verdict.attempts
        return result

    async def _sift(
        self, connection: Connection, arrivals: Sequence[Arrival], result: PageResult, now: datetime
    ) -> list[Arrival]:
        """Remember the page; answers the new events in their order, counts known ones, refuses reused ids."""
        first: dict[tuple[str, UUID], Arrival] = {}
        for arrival in arrivals:
            first.setdefault(arrival.identity, arrival)
        new = await store.remember(connection, self._consumer, list(first.values()), now)
        known = await store.digests_of(connection, self._consumer, sorted(first.keys() - new))
        for arrival in arrivals:
            original = first[arrival.identity]
            if arrival.digest != known.get(arrival.identity, original.digest):
                result.refused.append(DeadLetter(arrival.record, ID_REUSED))
            elif arrival is not original or arrival.identity in known:
                result.duplicates += 1
        return [arrival for identity, arrival in first.items() if identity in new]

    async def _apply(
        self, connection: Connection, arrival: Arrival, now: datetime, *, one_by_one: bool
    ) -> Verdict | None:
        effect = self._effects[arrival.verified.event.type]
        if not one_by_one:
            await effect(connection, arrival.verified)
            return None
        try:
            async with connection.transaction():
                await effect(connection, arrival.verified)
        except DatabaseAway:
            raise
        except Exception as error:
            if is_lost(connection):
                raise
            return self._settings.after_failure(1, error, now)
        return None
