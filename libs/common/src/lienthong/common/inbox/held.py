"""Held events as operators see them: list, find, show, replay, skip. Each look at content and each act is audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.errors import Kind, LienthongError, Words

_COLUMNS: Final = """position, consumer, source, id, type, state, attempts, cause, retry_at, received_at,
    topic, partition, log_offset, key,
    (SELECT count(*) FROM inbox_held AS later
     WHERE (later.consumer, later.topic, later.key) = (held.consumer, held.topic, held.key)
       AND later.position > held.position) AS behind"""
_LIST: Final = f"""
    SELECT {_COLUMNS} FROM inbox_held AS held
    WHERE ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR state = $2)
    ORDER BY position LIMIT $3
"""  # noqa: S608  constants
_FIND: Final = f"SELECT {_COLUMNS} FROM inbox_held AS held WHERE position = $1"  # noqa: S608  constants
_ATTEMPTS: Final = "SELECT number, tried_at, cause FROM inbox_attempt WHERE held = $1 ORDER BY number"
_ONE: Final = f"SELECT {_COLUMNS}, value FROM inbox_held AS held WHERE position = $1 FOR UPDATE"  # noqa: S608  constants
_DEAD: Final = f"""
    SELECT {_COLUMNS} FROM inbox_held AS held
    WHERE state = 'dead' AND ($1::text IS NULL OR consumer = $1)
    ORDER BY position FOR UPDATE
"""  # noqa: S608  constants
_REPLAY: Final = """
    UPDATE inbox_held SET state = 'waiting', attempts = 0, retry_at = $2 WHERE position = ANY($1::bigint[])
"""
_SKIP: Final = "DELETE FROM inbox_held WHERE position = $1"


class HeldState(StrEnum):
    """`waiting`: tried again, or queued behind such an event. `dead`: tried often enough, blocks its key."""

    WAITING = "waiting"
    DEAD = "dead"


class NoHeldEvent(LienthongError):
    """No held event has this position: it was applied or skipped meanwhile."""

    code = "no_held_event"
    kind = Kind.NOT_FOUND
    title = Words("Không có sự kiện đang giữ ở vị trí này", "No held event has this position")
    advice = Words("Xem lại danh sách sự kiện đang giữ.", "Look at the list of held events again.")


class NotDead(LienthongError):
    """The held event is still tried again by itself; only a dead one is replayed or skipped by hand."""

    code = "held_event_not_dead"
    kind = Kind.CONFLICT
    title = Words("Sự kiện vẫn đang được thử lại", "The event is still being tried again")
    advice = Words("Chờ đến khi sự kiện chuyển sang trạng thái dead.", "Wait until the event is dead.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that failed. `number` counts on over replays."""

    number: int
    tried_at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """One held event without its content; `origin` is `topic-partition@offset`, `behind` counts those its key holds up.

    Where it was not tried itself, because an earlier event of its key is held, `cause` is None. `attempts` counts those
    since the last replay, `failed` are the first and the latest of all; where events are listed it is empty.
    """

    position: int
    consumer: str
    source: str
    id: UUID
    type: str
    state: HeldState
    attempts: int
    cause: str | None
    retry_at: datetime
    received_at: datetime
    origin: str
    topic: str
    key: str
    behind: int
    failed: "tuple[Attempt, ...]" = ()


class HeldEvents:
    """The operators' desk for held events of all consumers of a database; `who` is the path of the person acting."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(
        self, *, consumer: str | None = None, state: HeldState | None = None, most: int = 100
    ) -> "list[HeldEvent]":
        """Held events in the order they came, without content."""
        async with self._database.connection() as connection:
            return [_held_event(row) for row in await connection.fetch(_LIST, consumer, state, most)]

    async def find(self, position: int) -> HeldEvent:
        """One held event without content, with its attempts. Raises NoHeldEvent."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_FIND, position)
            failed = await connection.fetch(_ATTEMPTS, position)
        if row is None:
            raise NoHeldEvent
        return _held_event(row, failed)

    async def show(self, position: int, *, who: str) -> tuple[HeldEvent, bytes]:
        """One held event with the exact bytes that came. Audited. Raises NoHeldEvent."""
        async with self._database.transaction() as connection:
            row = await _one(connection, position)
            await write_audit(connection, self._record("held_event.show", who, _held_event(row)))
        return _held_event(row), row["value"]

    async def replay(self, position: int, *, who: str, reason: str) -> HeldEvent:
        """Let a dead event be tried again, at once and from the first attempt. Audited. Raises NoHeldEvent, NotDead."""
        return await self._act(position, "held_event.replay", who, reason)

    async def replay_all(self, *, who: str, reason: str, consumer: str | None = None) -> "list[HeldEvent]":
        """Let every dead event, or every one of a consumer, be tried again; answers which. Each is audited."""
        async with self._database.transaction() as connection:
            dead = [_held_event(row) for row in await connection.fetch(_DEAD, consumer)]
            await connection.execute(_REPLAY, [held.position for held in dead], self._clock.now())
            records = [self._record("held_event.replay", who, held, reason) for held in dead]
            await write_audit(connection, *records)
        return dead

    async def skip(self, position: int, *, who: str, reason: str) -> HeldEvent:
        """Give a dead event up and let its key go on; its content is removed. Audited. Raises NoHeldEvent, NotDead."""
        return await self._act(position, "held_event.skip", who, reason)

    async def _act(self, position: int, act: str, who: str, reason: str) -> HeldEvent:
        async with self._database.transaction() as connection:
            held = _held_event(await _one(connection, position))
            if held.state is not HeldState.DEAD:
                raise NotDead
            if act == "held_event.skip":
                await connection.execute(_SKIP, position)
            else:
                await connection.execute(_REPLAY, [position], self._clock.now())
            await write_audit(connection, self._record(act, who, held, reason))
        return held

    def _record(self, act: str, who: str, held: HeldEvent, reason: str | None = None) -> AuditRecord:
        details = {"consumer": held.consumer, "type": held.type, "origin": held.origin, "attempts": held.attempts}
        if reason is not None:
            details["reason"] = reason
        return AuditRecord(self._clock.now(), who, act, f"{held.source}/events/{held.id}", Outcome.DONE, details)


async def _one(connection: Connection, position: int) -> asyncpg.Record:
    row = await connection.fetchrow(_ONE, position)
    if row is None:
        raise NoHeldEvent
    return row


def _held_event(row: asyncpg.Record, failed: Sequence[asyncpg.Record] = ()) -> HeldEvent:
    return HeldEvent(
        position=row["position"],
        consumer=row["consumer"],
        source=row["source"],
        id=row["id"],
        type=row["type"],
        state=HeldState(row["state"]),
        attempts=row["attempts"],
        cause=row["cause"],
        retry_at=row["retry_at"],
        received_at=row["received_at"],
        origin=f"{row['topic']}-{row['partition']}@{row['log_offset']}",
        topic=row["topic"],
        key=row["key"].decode("utf-8", "replace"),
        behind=row["behind"],
        failed=tuple(Attempt(each["number"], each["tried_at"], each["cause"]) for each in failed),
    )
