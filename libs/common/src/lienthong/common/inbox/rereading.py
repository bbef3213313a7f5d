"""Dead letters that an operator asked for are read again, one by one, through the same inbox as every record."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import asyncpg

from lienthong.common.broker import Record
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.inbox.causes import refusal_code
from lienthong.common.inbox.events import CannotTellYet, Effect, ReadRecord
from lienthong.common.inbox.letters import LetterState
from lienthong.common.inbox.pages import ArrivalWriter, PageResult
from lienthong.common.inbox.store import Arrival, record_of
from lienthong.common.messages.envelope import UnknownEventType

CANNOT_TELL: Final = "cannot_tell"
"""Dead-letter code: whether the record is good could not be told within the patience of the inbox."""

_NEXT: Final = """
    SELECT number, put_at, topic, partition, log_offset, recorded_at, key, value, header_names, header_values
    FROM dead_letter WHERE consumer = $1 AND state = 'asked'
    ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_DONE: Final = """
    UPDATE dead_letter
    SET (state, error, decided_at, topic, partition, log_offset, recorded_at, key, value, header_names, header_values) =
        ($4, $5, $6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    WHERE (consumer, number, put_at) = ($1, $2, $3)
"""
_FORGET: Final = "DELETE FROM dead_letter WHERE consumer = $1 AND decided_at < $2 AND state <> 'asked'"


class Rereading:
    """Reads what operators asked for; what is refused once more waits for them again."""

    def __init__(
        self,
        consumer: str,
        database: Database,
        pages: ArrivalWriter,
        *,
        effects: Mapping[str, Effect],
        read: ReadRecord,
        clock: Clock,
        account: Callable[[PageResult], None],
    ) -> None:
        self._consumer = consumer
        self._database = database
        self._pages = pages
        self._effects = effects
        self._read = read
        self._clock = clock
        self._account = account

    async def run_once(self) -> bool:
        """Read one; answers whether there was one. Raises DatabaseAway."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_NEXT, self._consumer)
            if row is None:
                return False
            arrival = self._arrival(record_of(row))
            result = PageResult()
            if isinstance(arrival, Arrival):
                result = await self._pages.write(connection, [arrival], one_by_one=True)
                state, error = _state_of(result)
            else:
                state, error = arrival
            await connection.execute(_DONE, self._consumer, *_place(row), state, error, self._clock.now())
        self._account(result)
        return True

    async def forget(self, before: datetime) -> None:
        """Forget decisions older than the topic keeps its letters."""
        async with self._database.connection() as connection:
            await connection.execute(_FORGET, self._consumer, before)

    def _arrival(self, record: Record) -> Arrival | tuple[LetterState, str | None]:
        try:
            verified = self._read(record)
        except CannotTellYet:
            return LetterState.REFUSED, CANNOT_TELL
        except UnknownEventType:
            return LetterState.PASSED_OVER, None
        except Exception as error:  # noqa: BLE001  whatever is wrong with it, the operator is told
            return LetterState.REFUSED, refusal_code(error)
        if verified.event.type not in self._effects:
            return LetterState.PASSED_OVER, None
        return Arrival.of(record, verified)


def _state_of(result: PageResult) -> tuple[LetterState, str | None]:
    if result.refused:
        return LetterState.REFUSED, result.refused[0].error
    if result.held:
        return LetterState.HELD, None
    return (LetterState.APPLIED if result.applied else LetterState.KNOWN), None


def _place(row: asyncpg.Record) -> tuple[object, object]:
    return row["number"], row["put_at"]
