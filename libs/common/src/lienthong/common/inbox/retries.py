"""Held events are tried again, key by key, each key in its order."""

from collections.abc import Mapping
from dataclasses import dataclass

from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database, DatabaseAway, is_lost
from lienthong.common.inbox import store
from lienthong.common.inbox.events import Effect, ReadRecord
from lienthong.common.inbox.held import HeldState
from lienthong.common.inbox.settings import InboxSettings
from lienthong.common.inbox.store import HeldRow, Verdict

_KEYS_AT_ONCE = 100
_EVENTS_AT_ONCE = 100


@dataclass(slots=True)
class RetryResult:
    """What a round of retries came to."""

    applied: int = 0
    failed: int = 0
    dead: int = 0

    def add(self, verdict: Verdict | None) -> None:
        self.applied += verdict is None
        self.failed += verdict is not None
        self.dead += verdict is not None and verdict.state == HeldState.DEAD


class Retries:
    """Tries the held events of one consumer again."""

    def __init__(
        self,
        consumer: str,
        database: Database,
        *,
        effects: Mapping[str, Effect],
        read: ReadRecord,
        clock: Clock,
        settings: InboxSettings,
    ) -> None:
        self._consumer = consumer
        self._database = database
        self._effects = effects
        self._read = read
        self._clock = clock
        self._settings = settings

    async def run_once(self) -> RetryResult:
        """Try every key whose pause is over until it fails or is empty. Raises DatabaseAway."""
        result = RetryResult()
        async with self._database.connection() as connection:
            heads = await store.due_heads(connection, self._consumer, self._clock.now(), _KEYS_AT_ONCE)
        for head in heads:
            following: int | None = head
            while following is not None:
                following = await self._retry_key(following, result)
        return result

    async def _retry_key(self, head: int, result: RetryResult) -> int | None:
        """Some events of one key in one transaction; answers the next head where more of the key may be tried."""
        tried = RetryResult()
        async with self._database.transaction() as connection:
            scope = await store.lock_head(connection, head, self._clock.now())
            if scope is None:
                return None
            queue = await store.queue_of(connection, self._consumer, scope, _EVENTS_AT_ONCE + 1)
            for row in queue[:_EVENTS_AT_ONCE]:
                verdict = await self._retry(connection, row)
                tried.add(verdict)
                if verdict is not None:
                    await store.failed_again(connection, row.position, verdict, self._clock.now())
                    break
                await store.release(connection, row.position)
        result.applied += tried.applied
        result.failed += tried.failed
        result.dead += tried.dead
        more = len(queue) > _EVENTS_AT_ONCE and not tried.failed
        return queue[_EVENTS_AT_ONCE].position if more else None

    async def _retry(self, connection: Connection, row: HeldRow) -> Verdict | None:
        try:
            async with connection.transaction():
                verified = self._read(row.record)
                await self._effects[verified.event.type](connection, verified)
        except DatabaseAway:
            raise
        except Exception as error:
            if is_lost(connection):
                raise
            return self._settings.after_failure(row.attempts + 1, error, self._clock.now())
        return None
