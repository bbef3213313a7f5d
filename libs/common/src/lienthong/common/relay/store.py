"""The outbox as the relay sees it: pages out, acknowledged rows into `emitted`, refused ones kept with their cause."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.common.outbox import Sent, lock_writers
from lienthong.common.relay.settings import RelaySettings

# A statement for each lane: only a condition without parameters leads to the index of the urgent rows.
_PAGE: Final = {
    lane: f"""
    SELECT o.id, o.topic, o.key, o.reference, o.traceparent
    FROM outbox AS o
    WHERE {condition} AND o.shard = ANY($1::smallint[])
      AND NOT EXISTS (
          SELECT FROM outbox_refusal AS r WHERE r.topic = o.topic AND r.key = o.key AND r.retry_at > clock_timestamp()
      )
    ORDER BY o.id
    LIMIT $2
"""  # noqa: S608  constants
    for lane, condition in ((Lane.URGENT, "o.urgent"), (Lane.ORDINARY, "NOT o.urgent"))
}
_CLEAR = "DELETE FROM outbox WHERE id = ANY($1::bigint[]) RETURNING id"
_EMITTED_COLUMNS: Final = (
    "id", "topic", "key", "reference", "header_names", "header_values", "partition", "log_offset"
)  # fmt: skip
_REFUSE = """
    INSERT INTO outbox_refusal AS known (outbox_id, topic, key, cause, retry_at)
    SELECT o.id, o.topic, o.key, refused.cause, clock_timestamp() + make_interval(secs => $3::float8)
    FROM unnest($1::bigint[], $2::text[]) AS refused (id, cause) JOIN outbox AS o ON o.id = refused.id
    ON CONFLICT (topic, key) DO UPDATE SET
        outbox_id = excluded.outbox_id,
        cause = excluded.cause,
        attempts = CASE WHEN known.outbox_id = excluded.outbox_id THEN known.attempts + 1 ELSE 1 END,
        retry_at = clock_timestamp()
            + make_interval(secs => least($4::float8, $3 * 2 ^ least(known.attempts, 20)) * (0.5 + random() / 2))
"""
_SAY_AGAIN = """
    INSERT INTO outbox (topic, key, reference, traceparent)
    SELECT said.topic, said.key, newest.reference, newest.traceparent
    FROM unnest($1::text[], $2::text[]) AS said (topic, key)
    CROSS JOIN LATERAL (
        SELECT id, reference, traceparent FROM outbox AS o WHERE o.topic = said.topic AND o.key = said.key
        UNION ALL
        (SELECT id, reference, convert_from(header_values[array_position(header_names, 'traceparent')], 'UTF8')
         FROM emitted AS e WHERE e.topic = said.topic AND e.key = said.key
         ORDER BY id DESC LIMIT 1)
        ORDER BY id DESC
        LIMIT 1
    ) AS newest
"""
_STATE = """
    SELECT (SELECT extract(epoch FROM clock_timestamp() - put_at)
            FROM outbox WHERE urgent ORDER BY id LIMIT 1)::float8 AS urgent,
           (SELECT extract(epoch FROM clock_timestamp() - put_at)
            FROM outbox WHERE NOT urgent ORDER BY id LIMIT 1)::float8 AS ordinary,
           (SELECT count(*) FROM outbox_refusal) AS refused
"""
_PRUNE = """
    DELETE FROM emitted WHERE id IN (
        SELECT id FROM emitted AS e
        WHERE emitted_at < clock_timestamp() - $1::interval
          AND EXISTS (SELECT FROM emitted AS n WHERE n.topic = e.topic AND n.key = e.key AND n.id > e.id)
        ORDER BY emitted_at LIMIT 5000
    )
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row to send."""

    id: int
    topic: str
    key: str
    reference: UUID
    traceparent: str | None

    @property
    def sent(self) -> Sent:
        """What it stands for."""
        return Sent(self.topic, self.key, self.reference)


@dataclass(frozen=True, slots=True)
class Emitted:
    """A row that Kafka acknowledged; the offset is not known where Kafka had the record already."""

    row: OutboxRow
    headers: list[tuple[str, bytes]]
    partition: int
    offset: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that Kafka will not take as things are."""

    row: OutboxRow
    cause: str


@dataclass(frozen=True, slots=True)
class OutboxState:
    """`oldest` is the age in seconds of each lane's oldest row, 0 when there is none; `refused` counts blocked keys."""

    oldest: Mapping[Lane, float]
    refused: int


async def read_page(connection: Connection, lane: Lane, shards: Iterable[int], most: int) -> list[OutboxRow]:
    """The lane's next rows of these shards in the order of their ids, without keys that wait after a refusal."""
    rows = await connection.fetch(_PAGE[lane], sorted(shards), most)
    return [OutboxRow(*row) for row in rows]


async def clear(connection: Connection, emitted: Sequence[Emitted]) -> None:
    """Acknowledged rows leave the outbox and are remembered. The transaction is the caller's."""
    gone = {row["id"] for row in await connection.fetch(_CLEAR, [one.row.id for one in emitted])}
    records = [
        (
            one.row.id,
            one.row.topic,
            one.row.key,
            one.row.reference,
            [name for name, _ in one.headers],
            [value for _, value in one.headers],
            one.partition,
            one.offset,
        )
        for one in emitted
        if one.row.id in gone
    ]
    await connection.copy_records_to_table("emitted", records=records, columns=_EMITTED_COLUMNS)


async def refuse(connection: Connection, refused: Sequence[Refused], settings: RelaySettings) -> None:
    """Let the keys of these rows wait, longer each time."""
    await connection.execute(
        _REFUSE,
        [one.row.id for one in refused],
        [one.cause for one in refused],
        settings.refusal_first,
        settings.refusal_cap,
    )


async def say_again(connection: Connection, keys: Sequence[tuple[str, str]]) -> None:
    """Put the newest record of each (topic, key) into the outbox once more. The transaction is the caller's."""
    await lock_writers(connection, (key for _, key in keys))
    await connection.execute(_SAY_AGAIN, [topic for topic, _ in keys], [key for _, key in keys])


async def measure(connection: Connection) -> OutboxState:
    """How late the outbox is."""
    row = await connection.fetchrow(_STATE)
    if row is None:
        raise LookupError("an aggregate always has a row")
    return OutboxState({lane: row[lane] or 0.0 for lane in Lane}, row["refused"])


async def prune(connection: Connection, settings: RelaySettings) -> int:
    """Remove some thousand `emitted` rows that are older than they are kept; answers how many.

    The newest of each key stays: from it a compacted topic is built again, however long ago it was said.
    """
    status = await connection.execute(_PRUNE, settings.emitted_kept)
    return int(status.removeprefix("DELETE "))
