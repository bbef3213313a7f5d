"""Accepted messages, byte for byte, with the receipts given for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.errors import Violation
from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import is_own_topic
from lienthong.common.outbox import Content, Sent, event_headers
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.answers import FirstAnswer
from lienthong.exchange.domain.submission import MessageKey
from lienthong.exchange.store.violations import violations_from_json, violations_to_json

_ADD: Final = """
    INSERT INTO message (id, sender, message_id, subject, lane, accepted_at, size, sha256, payload, jws,
                         receipt, receipt_jws, warnings)
    SELECT id, sender, message_id, subject, lane, $12, size, sha256, payload, jws, receipt, receipt_jws, warnings
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::integer[], $7::bytea[], $8::bytea[],
                $9::text[], $10::bytea[], $11::text[], $13::bytea[])
         AS new (id, sender, message_id, subject, lane, size, sha256, payload, jws, receipt, receipt_jws, warnings)
    ORDER BY sender, message_id  -- two pages with the same ids wait for each other, never in a circle
    ON CONFLICT (sender, message_id) DO NOTHING
    RETURNING id
"""
_FIND: Final = """
    SELECT m.sender, m.message_id, m.sha256, m.jws, m.receipt, m.receipt_jws, m.warnings
    FROM message AS m JOIN unnest($1::uuid[], $2::uuid[]) AS asked (sender, message_id) USING (sender, message_id)
"""
_CONTENTS: Final = "SELECT id, payload, jws, receipt, receipt_jws FROM message WHERE id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that is being accepted, of an agency or of the exchange itself; `id` names its row."""

    id: UUID
    sender: UUID
    message_id: UUID
    subject: UUID
    lane: Lane
    signed: SignedBytes
    sha256: bytes
    receipt: SignedBytes
    warnings: tuple[Violation, ...] = ()


async def add(connection: Connection, messages: Sequence[NewMessage], accepted_at: datetime) -> set[UUID]:
    """Store messages; answers which rows are new. The others lost a race with the same (source, id)."""
    rows = await connection.fetch(
        _ADD,
        [message.id for message in messages],
        [message.sender for message in messages],
        [message.message_id for message in messages],
        [message.subject for message in messages],
        [message.lane for message in messages],
        [len(message.signed.payload) for message in messages],
        [message.sha256 for message in messages],
        [message.signed.payload for message in messages],
        [message.signed.jws for message in messages],
        [message.receipt.payload for message in messages],
        [message.receipt.jws for message in messages],
        accepted_at,
        [violations_to_json(message.warnings) for message in messages],
    )
    return {row["id"] for row in rows}


async def find_first_answers(connection: Connection, keys: Iterable[MessageKey]) -> Mapping[MessageKey, FirstAnswer]:
    """The first answers to those of the messages that were accepted."""
    asked = sorted(set(keys))
    rows = await connection.fetch(_FIND, [sender for sender, _ in asked], [message_id for _, message_id in asked])
    return {(row["sender"], row["message_id"]): _first_answer(row) for row in rows}


async def contents(connection: Connection, sent: Sequence[Sent]) -> Mapping[Sent, Content]:
    """5.1 What the relay sends for a message: its exact bytes; signature and receipt as headers."""
    asked = [one for one in sent if not is_own_topic(one.topic)]
    rows = await connection.fetch(_CONTENTS, [one.reference for one in asked])
    found = {row["id"]: Content(row["payload"], message_headers(row)) for row in rows}
    return {one: found[one.reference] for one in asked if one.reference in found}


def message_headers(row: asyncpg.Record) -> list[tuple[str, bytes]]:
    """Headers of every record that carries a message."""
    receipt = [("receipt", row["receipt"]), ("receipt-signature", row["receipt_jws"].encode("ascii"))]
    return [*event_headers(row["jws"]), *receipt]


def _first_answer(row: asyncpg.Record) -> FirstAnswer:
    return FirstAnswer(
        sha256=row["sha256"],
        jws=row["jws"],
        receipt=SignedBytes(row["receipt"], row["receipt_jws"]),
        warnings=violations_from_json(row["warnings"]),
    )
