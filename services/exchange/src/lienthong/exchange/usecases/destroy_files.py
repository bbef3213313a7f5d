"""Removing files that nobody may have any more: after a refusal at once, else when timers come round."""

import structlog

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.objects import ObjectStore
from lienthong.exchange.store import uploads

_EXPIRED_AT_ONCE = 500

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class DestroyFiles:
    """Looks after every file that was asked to go. Safe to run in several processes, and after a crash at any point."""

    def __init__(self, database: Database, objects: ObjectStore, clock: Clock) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock

    async def __call__(self) -> int:
        """Empty the list; answers how many files were removed. What fails stays on the list for the next time."""
        removed = 0
        try:
            while (one := await self._next()) is not None:
                removed += one
        except Exception:
            log.exception("files not destroyed yet")
        return removed

    async def expire(self) -> int:
        """End uploads that no message adopted in time; answers how many."""
        async with self._database.transaction() as connection:
            expired = await uploads.expire(connection, self._clock.now(), _EXPIRED_AT_ONCE)
        if expired:
            log.info("uploads expired", uploads=expired)
        return expired

    async def _next(self) -> int | None:
        async with self._database.transaction() as connection:
            destruction = await uploads.next_destruction(connection)
            if destruction is None:
                return None
            # Under the lock of the hash nobody can begin to upload the same bytes between the look and the deletion.
            await uploads.lock_hash(connection, destruction.sha256)
            held = await uploads.is_held(connection, destruction.sha256)
            if not held:
                await self._objects.delete(destruction.sha256)
            await uploads.end_destruction(connection, destruction)
            return 0 if held else 1
