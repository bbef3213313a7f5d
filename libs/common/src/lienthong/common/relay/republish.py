"""After the loss of a broker: what topics held goes back from `emitted` into the outbox, and the relay sends it again.

Rows move, they are not copied: `emitted` rows leave, outbox rows take new ids, and what waited in the outbox for the
same keys moves behind them. So every key keeps its one order and no row stands twice, however often this is run and
wherever it broke off. Of a key all from its first record since the given time moves, never one out of the middle.

No relay may hold a shard meanwhile, or it could send a later record of a key first: this takes the relays' own locks,
and is ended by a relay that starts (`holder.py`). What was moved by then stays moved; the rest moves at the next run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock, to_text
from lienthong.common.database import AdvisoryLock, Database, Limits, losses_named
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.outbox import SHARDS

_PATIENT: Final = Limits(statement=900.0, lock=30.0, idle_in_transaction=60.0)
_HOLD: Final = "SELECT pg_try_advisory_lock($1, $2)"
_LOCK_WRITERS: Final = "SELECT pg_advisory_xact_lock($1, bucket) FROM generate_series($2::integer, 255, $3) AS bucket"
_TOPICS: Final = "SELECT DISTINCT topic FROM emitted ORDER BY topic"
_CHOSEN: Final = """
    first AS (
        SELECT topic, key, min(id) AS id FROM emitted
        WHERE topic = ANY ($1) AND ($2::timestamptz IS NULL OR emitted_at >= $2)
        GROUP BY topic, key
    )
"""
_COUNT: Final = f"""
    WITH {_CHOSEN}
    SELECT count(*) AS rows, count(DISTINCT (e.topic, e.key)) AS keys, min(e.emitted_at) AS oldest,
           (SELECT count(*) FROM outbox AS o WHERE (o.topic, o.key) IN (SELECT topic, key FROM first)) AS behind
    FROM emitted AS e JOIN first ON (first.topic, first.key) = (e.topic, e.key)
    WHERE e.topic = ANY ($1) AND e.id >= first.id
"""  # noqa: S608  constants
_MOVE: Final = f"""
    WITH {_CHOSEN}, taken AS (
        DELETE FROM emitted AS e USING first
        WHERE e.topic = ANY ($1) AND (e.topic, e.key) = (first.topic, first.key) AND e.id >= first.id
              AND outbox_shard(e.key) = $3
        RETURNING e.id, e.topic, e.key, e.reference, e.emitted_at,
                  convert_from(e.header_values[array_position(e.header_names, 'traceparent')], 'UTF8') AS traceparent
    ), waiting AS (
        DELETE FROM outbox AS o WHERE (o.topic, o.key) IN (SELECT topic, key FROM taken)
        RETURNING o.id, o.topic, o.key, o.reference, o.traceparent
    ), put AS (
        INSERT INTO outbox (topic, key, reference, traceparent)
        SELECT topic, key, reference, traceparent
        FROM (SELECT id, topic, key, reference, traceparent FROM taken UNION ALL SELECT * FROM waiting) AS moved
        ORDER BY id
    )
    SELECT topic, count(*) AS rows, count(DISTINCT key) AS keys, min(emitted_at) AS oldest,
           (SELECT count(*) FROM waiting AS w WHERE w.topic = taken.topic) AS behind
    FROM taken GROUP BY topic ORDER BY topic
"""  # noqa: S608  constants


class RelayRuns(LienthongError):
    """A relay of this service holds shards: it could send a later record before an earlier one."""

    code = "relay_runs"
    kind = Kind.CONFLICT
    title = Words("Bộ chuyển tiếp của dịch vụ đang chạy", "A relay of the service is running")
    advice = Words(
        "Dừng mọi tiến trình có vai trò relay hoặc all, chạy lại lệnh này, rồi khởi động chúng.",
        "Stop every process with the role relay or all, run this command again, then start them.",
    )


@dataclass(frozen=True, slots=True)
class Republished:
    """How many records go out again, of how many keys, since when; `behind`: waiting ones that stay behind them."""

    rows: int = 0
    keys: int = 0
    oldest: datetime | None = None
    behind: int = 0

    def plus(self, row: asyncpg.Record) -> "Republished":
        """With those of one more topic in one more shard."""
        times = [time for time in (self.oldest, row["oldest"]) if time is not None]
        return Republished(
            self.rows + row["rows"], self.keys + row["keys"], min(times, default=None), self.behind + row["behind"]
        )


class Republisher:
    """The operators' way to build a topic again; `who` is the path of the person acting."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def topics(self) -> list[str]:
        """Every topic to which something was sent that is still known."""
        async with self._database.session("republish", _PATIENT) as connection, losses_named(connection):
            return [row["topic"] for row in await connection.fetch(_TOPICS)]

    async def preview(self, topics: Sequence[str], since: datetime | None) -> Republished:
        """What `republish` would move as things are."""
        async with self._database.session("republish", _PATIENT) as connection, losses_named(connection):
            row = await connection.fetchrow(_COUNT, topics, since)
        return Republished() if row is None else Republished().plus(row)

    async def republish(self, topics: Sequence[str], since: datetime | None, *, who: str) -> Republished:
        """Put the topics' records since a time, or all there are, back into the outbox. Audited. Raises RelayRuns."""
        moved = Republished()
        async with self._database.session("republish", _PATIENT) as connection, losses_named(connection):
            for shard in range(SHARDS):
                if not await connection.fetchval(_HOLD, int(AdvisoryLock.RELAY_SHARDS), shard):
                    raise RelayRuns
            for shard in range(SHARDS):
                async with connection.transaction():
                    await connection.execute(_LOCK_WRITERS, int(AdvisoryLock.OUTBOX_WRITERS), shard, SHARDS)
                    for row in await connection.fetch(_MOVE, topics, since, shard):
                        moved = moved.plus(row)
                        await write_audit(connection, self._record(since, shard, row, who))
        return moved

    def _record(self, since: datetime | None, shard: int, row: asyncpg.Record, who: str) -> AuditRecord:
        told = None if since is None else to_text(since)
        details = {"since": told, "shard": shard, "rows": row["rows"], "keys": row["keys"], "behind": row["behind"]}
        return AuditRecord(self._clock.now(), who, "outbox.republish", f"/topics/{row['topic']}", Outcome.DONE, details)
