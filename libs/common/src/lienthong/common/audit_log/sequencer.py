"""Putting audit records into blocks, in one order for ever.

The order is that of the numbers of their transactions, then of their ids. A transaction that is older than every one
that still runs has ended, so nothing can come in front of what it wrote: up to there blocks are made. Any number of
processes may try; one at a time does it. Signed, then stored, then stamped: a crash leaves a block that waits for its
stamp, or none.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

from lienthong.common.clock import Clock
from lienthong.common.database import AdvisoryLock, Connection, Database
from lienthong.common.merkle import root_of
from lienthong.common.messages.evidence import AUDIT_HEADS, audit_next, audit_start, stamped_digest
from lienthong.common.signing import SignedBytes
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry

MOST_RECORDS: Final = 16_384
"""In one block: whoever proves a record reads the leaves of its block."""
MOST_BLOCKS: Final = 64
"""Made in one go, and stamped in one go; then other duties have their turn."""

Stamper = Callable[[bytes], Awaitable[bytes]]
"""A verified time-stamp token over a SHA-256."""

_LOCK: Final = "SELECT pg_try_advisory_xact_lock($1, 0)"
_LAST: Final = """
    SELECT block, first + count AS next, last_tx::text AS last_tx, last_id, chain,
           last_tx >= pg_snapshot_xmax(pg_current_snapshot()) AS beyond
    FROM audit_block ORDER BY block DESC LIMIT 1
"""
# Ordered by the number, not by its text, which is why the two have different names.
_WAITING: Final = """
    SELECT a.tx::text AS written, a.id, a.leaf FROM audit AS a
    WHERE (a.tx, a.id) > ($1::text::xid8, $2::uuid) AND a.tx < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY a.tx, a.id LIMIT $3
"""
_ADD: Final = """
    INSERT INTO audit_block (block, first, count, last_tx, last_id, chain, made_at, head, head_jws)
    VALUES ($1, $2, $3, $4::text::xid8, $5, $6, $7, $8, $9)
"""
_UNSTAMPED: Final = "SELECT block, made_at, head, head_jws FROM audit_block WHERE stamp IS NULL ORDER BY block LIMIT $1"
_STAMP: Final = "UPDATE audit_block SET stamp = $2, stamped_at = $3 WHERE block = $1 AND stamp IS NULL"

UNSTAMPED_AGE = MetricSpec(
    "lienthong_audit_unstamped_seconds",
    MetricKind.GAUGE,
    "Age of the oldest block of the audit log that waits for its time stamp; 0 where none does",
)
AUDIT_LOG_METRICS = (UNSTAMPED_AGE,)


class AuditLogOutOfOrder(Exception):
    """The database numbers its transactions anew, as after the restore of a dump: no block may be made any more."""


@dataclass(frozen=True, slots=True)
class _Last:
    """Where the log stands."""

    block: int
    next: int
    tx: str
    id: UUID
    chain: bytes


class AuditSequencer:
    """Makes blocks and has them stamped; for a timer's rounds."""

    def __init__(
        self,
        database: Database,
        sign: Callable[[bytes], SignedBytes],
        stamper: Stamper | None,
        clock: Clock,
        telemetry: Telemetry,
        *,
        service: str,
        environment: Literal["training", "production"],
        most_records: int = MOST_RECORDS,
    ) -> None:
        """Without a `stamper` blocks are made and signed, and wait for one."""
        self._database = database
        self._sign = sign
        self._stamper = stamper
        self._clock = clock
        self._age = telemetry.metrics.gauge(UNSTAMPED_AGE)
        self._service = service
        self._environment: Literal["training", "production"] = environment
        self._most = most_records

    async def __call__(self) -> None:
        """Put what there is into blocks, then have stamped what waits. Raises AuditLogOutOfOrder."""
        try:
            for _ in range(MOST_BLOCKS):
                if not await self.make_block():
                    break
        finally:
            await self.stamp()

    async def make_block(self) -> bool:
        """One block of what waits; False if nothing does, or another process is at it. Raises AuditLogOutOfOrder."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval(_LOCK, AdvisoryLock.AUDIT):
                return False
            last = await self._last(connection)
            rows = await connection.fetch(_WAITING, last.tx, last.id, self._most)
            if not rows:
                return False
            await self._add(connection, last, rows)
        return True

    async def stamp(self) -> None:
        """Have waiting blocks stamped, oldest first, until one cannot be; what was stamped stays."""
        async with self._database.connection() as connection:
            waiting = await connection.fetch(_UNSTAMPED, MOST_BLOCKS)
        now = self._clock.now()
        self._age.set(0 if not waiting else max(0.0, (now - waiting[0]["made_at"]).total_seconds()))
        if self._stamper is None:
            return
        for row in waiting:
            token = await self._stamper(stamped_digest(row["head"], row["head_jws"]))
            async with self._database.connection() as connection:
                await connection.execute(_STAMP, row["block"], token, self._clock.now())
        if len(waiting) < MOST_BLOCKS:
            self._age.set(0)

    async def _last(self, connection: Connection) -> _Last:
        row = await connection.fetchrow(_LAST)
        if row is None:
            return _Last(0, 1, "0", UUID(int=0), audit_start(self._service))
        if row["beyond"]:
            raise AuditLogOutOfOrder("transactions are numbered anew: see Backup and restore in docs/operations")
        return _Last(row["block"], row["next"], row["last_tx"], row["last_id"], row["chain"])

    async def _add(self, connection: Connection, last: _Last, rows: Sequence[asyncpg.Record]) -> None:
        root, block, now = root_of([row["leaf"] for row in rows]), last.block + 1, self._clock.now()
        chain = audit_next(last.chain, root, block, len(rows))
        head = self._sign(self._head(last, root, chain, len(rows), now))
        end = rows[-1]
        await connection.execute(
            _ADD, block, last.next, len(rows), end["written"], end["id"], chain, now, head.payload, head.jws
        )

    def _head(self, last: _Last, root: bytes, chain: bytes, count: int, now: datetime) -> bytes:
        head = AUDIT_HEADS[self._service].model_validate(
            {
                "type": f"vn.lienthong.{self._service}.audit_head.v1",
                "environment": self._environment,
                "service": self._service,
                "block": last.block + 1,
                "first": last.next,
                "count": count,
                "root": root.hex(),
                "previous": last.chain.hex(),
                "chain": chain.hex(),
                "time": now,
            }
        )
        return head.model_dump_json(exclude_none=True).encode("utf-8")
