"""Counters of inboxes, and the entries under their numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.states import WITHHELD, DeliveryState
from lienthong.exchange.domain.submission import MessageKey

# ORDER BY below FOR: rows are locked in this order, so that two pages never wait for each other in a circle.
_LOCK: Final = """
    SELECT i.agency_id, i.lane, i.n, i.chain
    FROM agency_inbox AS i
    JOIN unnest($1::uuid[], $2::text[]) AS asked (agency_id, lane) USING (agency_id, lane)
    ORDER BY i.agency_id, i.lane
    FOR NO KEY UPDATE OF i
"""
_ADVANCE: Final = """
    UPDATE agency_inbox AS i SET n = moved.n, chain = moved.chain
    FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bytea[]) AS moved (agency_id, lane, n, chain)
    WHERE i.agency_id = moved.agency_id AND i.lane = moved.lane
"""
_DELIVER: Final = """
    INSERT INTO delivery (recipient, lane, n, message, chain, state)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], $5::bytea[], $6::text[])
"""
# What was taken back or revoked is not even read, in no version: of it, only by whom and with which message.
_PAGES: Final = """
    SELECT place, n, chain, sha256, withheld, payload, jws, receipt, receipt_jws, asker, request
    FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::int[])
        WITH ORDINALITY AS reader (recipient, lane, after, most, place)
    CROSS JOIN LATERAL (
        SELECT d.n, d.chain, d.withheld, m.sha256, m.jws, m.receipt, m.receipt_jws, asked.sender AS asker,
               asked.message_id AS request, CASE WHEN d.withheld IS NULL THEN m.payload END AS payload,
               sum(m.size) OVER (ORDER BY d.n) AS total
        FROM (
            SELECT d.n, d.chain, d.message, d.recipient, w.request,
                   coalesce(w.state, CASE WHEN d.state = ANY($6::text[]) THEN d.state END) AS withheld
            FROM (
                SELECT n, chain, message, recipient, state FROM delivery
                WHERE recipient = reader.recipient AND lane = reader.lane AND n > reader.after
                ORDER BY n LIMIT reader.most
            ) AS d
            LEFT JOIN withheld_version AS w ON (w.message, w.recipient) = (d.message, d.recipient)
        ) AS d
        JOIN message AS m ON m.id = d.message
        LEFT JOIN LATERAL (
            SELECT d.request AS message WHERE d.request IS NOT NULL
            UNION ALL
            SELECT r.message FROM change_request AS r
            WHERE d.withheld IS NOT NULL AND d.request IS NULL
              AND (r.document, r.recipient) = (d.message, d.recipient) AND r.state IN ('granted', 'agreed')
        ) AS ended ON true
        LEFT JOIN message AS asked ON asked.id = ended.message
    ) AS entry
    WHERE total <= $5 OR n = after + 1
    ORDER BY place, n
"""
_LINK: Final = "SELECT n, chain FROM delivery WHERE recipient = $1 AND lane = $2 AND n = $3"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One new entry: the message (by the id of its row), the link it makes, and its state if it is a document."""

    inbox: InboxKey
    link: Link
    message: UUID
    state: DeliveryState | None


@dataclass(frozen=True, slots=True)
class Behind:
    """What a reader asks for: at most so many entries of an inbox behind entry `after`."""

    inbox: InboxKey
    after: int
    most: int

    def at_most(self, most: int) -> "Behind":
        """The same, but no more than `most`."""
        return replace(self, most=min(self.most, most))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its recipient reads it."""

    link: Link
    message: SignedBytes
    receipt: SignedBytes


@dataclass(frozen=True, slots=True)
class Withheld:
    """An entry whose content its recipient may no longer read: its hash keeps the chain, `request` ended it."""

    link: Link
    sha256: bytes
    state: DeliveryState
    request: MessageKey


async def lock(connection: Connection, inboxes: Iterable[InboxKey]) -> dict[InboxKey, Link]:
    """Lock the counters until the end of the transaction, sorted; their present links.

    Raises LookupError where an inbox was never opened: rules admit known agencies only, and those have inboxes.
    """
    asked = sorted(set(inboxes))
    rows = await connection.fetch(_LOCK, *_columns(asked))
    if len(rows) != len(asked):
        raise LookupError("an agency without an inbox was admitted as sender or recipient")
    return {InboxKey(row["agency_id"], Lane(row["lane"])): Link(row["n"], row["chain"]) for row in rows}


async def deliver(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Write new entries and move the counters behind them. The counters are locked."""
    await connection.execute(
        _DELIVER,
        *_columns([delivery.inbox for delivery in deliveries]),
        [delivery.link.n for delivery in deliveries],
        [delivery.message for delivery in deliveries],
        [delivery.link.chain for delivery in deliveries],
        [delivery.state for delivery in deliveries],
    )
    await _advance(connection, {delivery.inbox: delivery.link for delivery in deliveries})


async def _advance(connection: Connection, links: Mapping[InboxKey, Link]) -> None:
    await connection.execute(
        _ADVANCE, *_columns(list(links)), [link.n for link in links.values()], [link.chain for link in links.values()]
    )


async def read(
    connection: Connection, readers: Sequence[Behind], *, most_bytes: int
) -> Sequence[Sequence[Entry | Withheld]]:
    """For each reader its entries in order: of at most `most_bytes`, and never none for its size."""
    rows = await connection.fetch(
        _PAGES,
        *_columns([reader.inbox for reader in readers]),
        [reader.after for reader in readers],
        [reader.most for reader in readers],
        most_bytes,
        sorted(WITHHELD),
    )
    pages = [list[Entry | Withheld]() for _ in readers]
    for row in rows:
        pages[row["place"] - 1].append(_entry(row))
    return pages


def _entry(row: asyncpg.Record) -> Entry | Withheld:
    link = Link(row["n"], row["chain"])
    if row["withheld"] is not None:
        return Withheld(link, row["sha256"], DeliveryState(row["withheld"]), (row["asker"], row["request"]))
    return Entry(link, SignedBytes(row["payload"], row["jws"]), SignedBytes(row["receipt"], row["receipt_jws"]))


async def link_at(connection: Connection, inbox: InboxKey, n: int) -> Link | None:
    """The link after entry `n`; None beyond the end."""
    if n == 0:
        return Link.first(inbox)
    row = await connection.fetchrow(_LINK, *inbox, n)
    return None if row is None else Link(row["n"], row["chain"])


def _columns(inboxes: Sequence[InboxKey]) -> tuple[list[UUID], list[Lane]]:
    return [inbox.agency_id for inbox in inboxes], [inbox.lane for inbox in inboxes]
