"""Changes that were asked of documents, and what was answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.changes import ChangeKind, RequestState
from lienthong.exchange.domain.deliveries import AskedChange, DeliveryKey

_FIND: Final = """
    SELECT r.recipient, r.kind, r.state, r.removal, m.sender, m.message_id, m.id, m.subject, m.lane, m.accepted_at,
           d.message_id AS document
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (recipient, sender, message_id)
    JOIN message AS m USING (sender, message_id)
    JOIN change_request AS r ON (r.message, r.recipient) = (m.id, asked.recipient)
    JOIN message AS d ON d.id = r.document
    ORDER BY r.document
"""
_ADD: Final = """
    INSERT INTO change_request (message, document, recipient, kind, state, reason)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[])
"""
_ANSWER: Final = """
    UPDATE change_request AS r SET state = answered.state, answer = answered.answer, description = answered.description
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[])
         AS answered (message, recipient, state, answer, description)
    WHERE (r.message, r.recipient, r.state) = (answered.message, answered.recipient, 'asked')
"""
_REMOVE: Final = """
    UPDATE change_request AS r SET removal = removed.removal
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS removed (message, recipient, removal)
    WHERE (r.message, r.recipient) = (removed.message, removed.recipient)
"""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A change that is asked, or granted at once: the rows of the message that asks and of the document."""

    message: UUID
    document: UUID
    recipient: UUID
    kind: ChangeKind
    state: RequestState
    reason: str | None


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What a recipient answers: the rows of the message that asked and of the answer."""

    request: UUID
    recipient: UUID
    state: RequestState
    answer: UUID
    description: str | None


@dataclass(frozen=True, slots=True)
class NewRemoval:
    """Content was removed: the rows of the message that asked and of the report."""

    request: UUID
    recipient: UUID
    removal: UUID


async def find(connection: Connection, keys: Iterable[DeliveryKey]) -> dict[DeliveryKey, AskedChange]:
    """What these messages have asked of these recipients. The deliveries concerned are locked."""
    recipients, senders, message_ids = zip(*sorted(set(keys)), strict=True)
    found: dict[DeliveryKey, AskedChange] = {}
    for row in await connection.fetch(_FIND, recipients, senders, message_ids):
        key = row["recipient"], row["sender"], row["message_id"]
        before = found[key].documents if key in found else ()
        found[key] = AskedChange(
            message=row["id"],
            subject=row["subject"],
            lane=Lane(row["lane"]),
            accepted_at=row["accepted_at"],
            kind=ChangeKind(row["kind"]),
            state=RequestState(row["state"]),
            documents=(*before, (row["recipient"], row["sender"], row["document"])),
            removed=row["removal"] is not None,
        )
    return found


async def add(connection: Connection, requests: Sequence[NewRequest]) -> None:
    """Store what is asked. The deliveries concerned are locked."""
    await connection.execute(
        _ADD,
        [each.message for each in requests],
        [each.document for each in requests],
        [each.recipient for each in requests],
        [each.kind for each in requests],
        [each.state for each in requests],
        [each.reason for each in requests],
    )


async def answer(connection: Connection, answers: Sequence[NewAnswer]) -> None:
    """Requests are settled."""
    await connection.execute(
        _ANSWER,
        [each.request for each in answers],
        [each.recipient for each in answers],
        [each.state for each in answers],
        [each.answer for each in answers],
        [each.description for each in answers],
    )


async def note_removals(connection: Connection, removals: Sequence[NewRemoval]) -> None:
    """What was owed after requests is done."""
    await connection.execute(
        _REMOVE,
        [each.request for each in removals],
        [each.recipient for each in removals],
        [each.removal for each in removals],
    )
