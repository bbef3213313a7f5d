"""An exchange that has been at work for years: documents that were sent, received and handled, written by COPY."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.bench.stage import Stage

from lienthong.common.audit import AuditRecord, Outcome
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import DOCUMENTS
from lienthong.exchange.domain.numbers import Link

PAGE = 5_000
_PAYLOAD, _RECEIPT, _SEAL = 2048, 430, 250
_HEADERS = ["jws-signature", "content-type", "receipt", "receipt-signature"]
_COLUMNS = {
    "message": "id sender message_id subject lane accepted_at size sha256 payload jws receipt receipt_jws",
    "delivery": "recipient lane n message chain state",
    "document": "message sender year symbol",
    "due": "message kind sender due_at ends_at over",
    "audit": "id at who act object outcome entry",
    "emitted": "id topic key reference header_names header_values partition log_offset",
}
_LINKS = "SELECT agency_id, n, chain FROM agency_inbox WHERE lane = 'ordinary' AND agency_id = ANY($1::uuid[])"
_MOVE = "UPDATE agency_inbox SET n = $2, chain = $3 WHERE agency_id = $1 AND lane = 'ordinary'"

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Past:
    """One document of the past: its place in all, who sent it to whom."""

    place: int
    sender: UUID
    recipient: UUID


async def store_past(stage: Stage, number: int) -> None:
    """Store so many documents, all done, each agency's to the next; inboxes stand behind them with whole chains."""
    agencies = [agency.id for agency in stage.agencies]
    found = await stage.database.fetch(_LINKS, agencies)
    links = {row["agency_id"]: Link(row["n"], row["chain"]) for row in found}
    for start in range(0, number, PAGE):
        rows = _rows(list(_documents(agencies, start, min(PAGE, number - start))), links)
        async with stage.database.transaction():
            for table, columns in _COLUMNS.items():
                await stage.database.copy_records_to_table(table, records=rows[table], columns=columns.split())
            moved = [(agency, link.n, link.chain) for agency, link in links.items()]
            await stage.database.executemany(_MOVE, moved)
    await stage.database.execute("VACUUM (ANALYZE)", timeout=1800)


def _documents(agencies: Sequence[UUID], start: int, number: int) -> Iterator[Past]:
    for place in range(start, start + number):
        yield Past(place, agencies[place % len(agencies)], agencies[(place + 1) % len(agencies)])


def _rows(documents: Sequence[Past], links: dict[UUID, Link]) -> Rows:
    rows: Rows = {table: [] for table in _COLUMNS}
    for one in documents:
        _add(rows, one, links)
    return rows


def _add(rows: Rows, one: Past, links: dict[UUID, Link]) -> None:
    row, message_id, sha256 = new_id(), new_id(), os.urandom(32)
    at = datetime.now(UTC) - timedelta(days=400, seconds=-one.place)
    seal = f"{os.urandom(_SEAL // 2).hex()}..{os.urandom(43).hex()}"
    payload, receipt = _text(_PAYLOAD), _text(_RECEIPT)
    link = links[one.recipient] = links[one.recipient].next(sha256)
    lane, who = Lane.ORDINARY.value, f"/agencies/{one.sender}"
    record = AuditRecord(at, who, "message.accept", f"{who}/messages/{message_id}", Outcome.DONE, {"lane": lane})
    headers = [seal.encode(), b"application/cloudevents+json", receipt, seal.encode()]
    rows["message"].append(
        (row, one.sender, message_id, new_id(), lane, at, _PAYLOAD, sha256, payload, seal, receipt, seal)
    )
    rows["delivery"].append((one.recipient, lane, link.n, row, link.chain, "done"))
    rows["document"].append((row, one.sender, at.year, f"{one.place}/BC-SNV"))
    rows["due"].append((row, "delivery", one.sender, at, at + timedelta(days=7), True))
    rows["audit"].append((record.id, at, who, record.act, record.object, record.outcome.value, record.to_bytes()))
    # Far below the ids that the outbox will give out: identities begin at 1.
    rows["emitted"].append(
        (-1 - one.place, DOCUMENTS[Lane.ORDINARY].name, str(one.sender), row, _HEADERS, headers, 0, one.place)
    )


def _text(size: int) -> bytes:
    return b'"%s"' % os.urandom(size // 2 - 1).hex().encode()
