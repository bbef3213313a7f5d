"""Attempts of webhooks are kept for a while: so many of each, and none for longer than so many days."""

from datetime import timedelta

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.exchange.store import webhook_attempts


class ForgetAttempts:
    """Removes a portion each time it is called."""

    def __init__(self, database: Database, clock: Clock, *, most_of_one: int, kept: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._most_of_one = most_of_one
        self._kept = kept

    async def __call__(self) -> int:
        """How many were removed."""
        async with self._database.transaction() as connection:
            return await webhook_attempts.forget(
                connection, older_than=self._clock.now() - self._kept, most_of_one=self._most_of_one
            )
