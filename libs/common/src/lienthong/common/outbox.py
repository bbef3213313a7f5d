"""What a service says leaves with the transaction that made it true: outbox rows, sent by the relay (`relay/`).

A row refers to what is sent (a stored document, an own event), it never copies it. Rows of one key leave in the order
of their ids, so `put` draws ids under a lock of the key: a lower id of a key is never committed after a higher one
was seen. The locks last until the commit; let `put` or `say` be the last thing a transaction does.

One key hashes to one of 256 buckets (first byte of SHA-256 of its UTF-8) and, by `outbox_shard` in the database, to
one of `SHARDS` shards (that byte modulo 8): the bucket is what writers lock, the shard what a relay holds.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from lienthong.common.database import AdvisoryLock, Connection, Database
from lienthong.common.messages.envelope import Event
from lienthong.common.signing import SignedBytes

SHARDS: Final = 8
ALL_SHARDS: Final = frozenset(range(SHARDS))
CHANNEL: Final = "lienthong_outbox"
CONTENT_TYPE: Final = b"application/cloudevents+json"

_LOCK_WRITERS = "SELECT pg_advisory_xact_lock($1, bucket) FROM unnest($2::integer[]) AS bucket"
_PUT = """
    INSERT INTO outbox (topic, key, reference, traceparent)
    SELECT topic, key, reference, traceparent
    FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[])
         WITH ORDINALITY AS row (topic, key, reference, traceparent, place)
    ORDER BY place
"""
_STORE_EVENT = """
    INSERT INTO event (id, source, type, subject, payload, jws, said_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_OWN_EVENTS = "SELECT id, payload, jws FROM event WHERE id = ANY($1::uuid[])"


class Sent(NamedTuple):
    """What a row stands for: the id of what is sent, and where it goes, which may decide what is sent with it."""

    topic: str
    key: str
    reference: UUID


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to send: where to, under which key, and the id of what is sent (found again by `Contents`)."""

    topic: str
    key: str
    reference: UUID
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a row stands for: the exact bytes and the headers of the record."""

    value: bytes
    headers: list[tuple[str, bytes]]


Contents: TypeAlias = Callable[[Connection, Sequence[Sent]], Awaitable[Mapping[Sent, Content]]]
"""Finds what rows stand for; one that it does not know is left out of the answer."""


class Ear:
    """One listener of a bell: made by `Bell.ear`."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def hear(self) -> None:
        """The bell was rung."""
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Return when rung, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return

    def quiet(self) -> None:
        """Forget earlier rings: called before the outbox is read."""
        self._rung.clear()


class Bell:
    """Wakes the relay of the same process without a round trip to the database.

    Each of its lanes has an ear of its own: what one has heard and forgotten, the other still hears.
    """

    def __init__(self) -> None:
        self._ears: list[Ear] = []
        self.held: frozenset[int] = frozenset()  # shards the relay of this process holds

    @property
    def reaches_everything(self) -> bool:
        """Whether the relay of this process holds every shard, so that no other one needs to be told."""
        return self.held == ALL_SHARDS

    def ear(self) -> Ear:
        """A new listener, who hears every ring from now on."""
        ear = Ear()
        self._ears.append(ear)
        return ear

    def ring(self) -> None:
        """Something waits in the outbox."""
        for ear in self._ears:
            ear.hear()


class Outbox:
    """Where a use case puts what it says. `bell` is shared with the relay of this process, if it has one."""

    def __init__(self, database: Database, bell: Bell | None = None) -> None:
        self._database = database
        self._bell = bell

    async def put(self, connection: Connection, rows: Sequence[Outgoing]) -> None:
        """Add rows to the transaction, in this order. Waits for other writers of the same keys to end theirs."""
        if not rows:
            return
        await lock_writers(connection, (row.key for row in rows))
        await connection.execute(
            _PUT,
            [row.topic for row in rows],
            [row.key for row in rows],
            [row.reference for row in rows],
            [row.traceparent for row in rows],
        )

    async def say(
        self,
        connection: Connection,
        topic: str,
        key: str,
        signed: SignedBytes,
        event: Event[Any],
        *,
        traceparent: str | None = None,
    ) -> None:
        """Store an own event, the exact bytes that were signed, and its outbox row."""
        await connection.execute(
            _STORE_EVENT, event.id, event.source, event.type, event.subject, signed.payload, signed.jws, event.time
        )
        await self.put(connection, [Outgoing(topic, key, event.id, traceparent)])

    async def wake(self) -> None:
        """Tell the relay, after the commit and once per page. Lost calls cost only the relay's slow poll.

        NOTIFY takes a lock of the whole database at its commit, so it is left out where the relay is in this process.
        """
        if self._bell is not None:
            self._bell.ring()
            if self._bell.reaches_everything:
                return
        async with self._database.connection() as connection:
            await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


async def lock_writers(connection: Connection, keys: Iterable[str]) -> None:
    """Lock the buckets of the keys until the end of the transaction; sorted, so that two writers never deadlock."""
    await connection.execute(_LOCK_WRITERS, int(AdvisoryLock.OUTBOX_WRITERS), sorted({bucket_of(key) for key in keys}))


def bucket_of(key: str) -> int:
    """First byte of SHA-256 of the key; the shard is this modulo `SHARDS`, as `outbox_shard` computes it."""
    return hashlib.sha256(key.encode()).digest()[0]


async def own_events(connection: Connection, sent: Sequence[Sent]) -> Mapping[Sent, Content]:
    """The `Contents` of the service's own signed events."""
    rows = await connection.fetch(_OWN_EVENTS, [one.reference for one in sent])
    found = {row["id"]: Content(row["payload"], event_headers(row["jws"])) for row in rows}
    return {one: found[one.reference] for one in sent if one.reference in found}


def event_headers(jws: str) -> list[tuple[str, bytes]]:
    """Kafka headers of a signed event: its detached signature and its content type."""
    return [("jws-signature", jws.encode("ascii")), ("content-type", CONTENT_TYPE)]
