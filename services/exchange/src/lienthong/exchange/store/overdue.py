"""What is owed: receipt that is late, answers, removals; as seen by who owes it and by who waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.messages.document import Lane
from lienthong.exchange.store.agencies import read_officer


class Side(StrEnum):
    """From which side one looks."""

    OWN = "own"
    """What the agency itself owes to others."""
    OTHERS = "others"
    """What others owe to it."""


class OwedKind(StrEnum):
    """What is owed."""

    RECEIVE = "receive"
    """A document that came and should have been received or refused by now."""
    ANSWER = "answer"
    """A request to take back, revoke, update or replace a document waits for its answer, late or not."""
    REMOVAL = "removal"
    """Agreed to a take-back or revocation: the content is to be removed, and that to be reported."""


_OWED: Final = """
    SELECT d.message, d.recipient, 'receive' AS kind, due.due_at, due.ends_at
    FROM delivery AS d JOIN due ON due.message = d.message AND due.kind = 'delivery'
    WHERE {whose_receipt} AND d.state IN ('sent', 'arrived') AND due.due_at <= $2 AND NOT due.over
    UNION
    SELECT r.message, r.recipient, 'answer', due.due_at, due.ends_at
    FROM change_request AS r JOIN due ON due.message = r.message AND due.kind = 'answer'
    WHERE {whose_answer} AND r.state = 'asked' AND NOT due.over
    UNION
    SELECT r.message, r.recipient, 'removal', answer.accepted_at, NULL
    FROM change_request AS r
         JOIN message AS answer ON answer.id = r.answer JOIN message AS asking ON asking.id = r.message
    WHERE {whose_removal} AND r.state = 'agreed' AND r.kind IN ('take_back', 'revoke') AND r.removal IS NULL
"""
_WHOSE: Final = {
    Side.OWN: ("d.recipient = $1", "r.recipient = $1", "r.recipient = $1"),
    Side.OTHERS: ("due.sender = $1", "due.sender = $1", "asking.sender = $1"),
}
# Ids of rows grow with time: the oldest is first. Contents are looked at only in the rows that are answered; as json,
# not jsonb, which has limits of its own (of numbers) that what was accepted need not keep.
_PAGE: Final = """
    SELECT owed.*, m.sender, m.message_id, m.lane, m.accepted_at, who.name, who.contact_officer,
           coalesce(said.data ->> 'document_id', said.data -> 'response_for' ->> 'document_id') AS document_id,
           said.data ->> 'subject' AS title
    FROM (
        SELECT * FROM ({owed}) AS owed
        WHERE (message, recipient, kind) > ($3, $4, $5)
        ORDER BY message, recipient, kind LIMIT $6
    ) AS owed
    JOIN message AS m ON m.id = owed.message
    CROSS JOIN LATERAL (SELECT convert_from(m.payload, 'UTF8')::json -> 'data') AS said (data)
    LEFT JOIN agency AS who ON who.agency_id = owed.recipient
    ORDER BY owed.message, owed.recipient, owed.kind
"""
_PAGES: Final = {
    side: _PAGE.format(owed=_OWED.format(whose_receipt=receipt, whose_answer=answer, whose_removal=removal))
    for side, (receipt, answer, removal) in _WHOSE.items()
}
_COUNT: Final = """
    SELECT count(*) FROM delivery AS d JOIN due ON due.message = d.message AND due.kind = 'delivery'
    WHERE d.state IN ('sent', 'arrived') AND due.due_at <= $1
"""


class OverdueCursor(NamedTuple):
    """The last one of the page before."""

    message: UUID
    recipient: UUID
    kind: str

    @classmethod
    def parse(cls, text: str) -> "OverdueCursor":
        """As `text` wrote it. Raises ValueError."""
        message, recipient, kind = text.split(".")
        return cls(UUID(message), UUID(recipient), kind)

    @property
    def text(self) -> str:
        """For the client, who gives it back."""
        return f"{self.message}.{self.recipient}.{self.kind}"


START: Final = OverdueCursor(UUID(int=0), UUID(int=0), "")


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing that is owed, by whom (`name` as the register tells it), about which message of `sender`."""

    cursor: OverdueCursor
    kind: OwedKind
    recipient: UUID
    name: str | None
    contact_officer: ContactOfficer | None
    sender: UUID
    message_id: UUID
    lane: Lane
    document_id: str | None
    title: str | None
    accepted_at: datetime
    due_at: datetime
    ends_at: datetime | None


async def page(
    connection: Connection, side: Side, agency_id: UUID, *, now: datetime, after: OverdueCursor, most: int
) -> Sequence[Owed]:
    """What the agency owes, or is owed, behind a cursor: the oldest first."""
    return [_owed(row) for row in await connection.fetch(_PAGES[side], agency_id, now, *after, most)]


async def count(connection: Connection, now: datetime) -> int:
    """How many deliveries are late, of all agencies."""
    return await connection.fetchval(_COUNT, now) or 0


def _owed(row: asyncpg.Record) -> Owed:
    return Owed(
        cursor=OverdueCursor(row["message"], row["recipient"], row["kind"]),
        kind=OwedKind(row["kind"]),
        recipient=row["recipient"],
        name=row["name"],
        contact_officer=read_officer(row["contact_officer"]),
        sender=row["sender"],
        message_id=row["message_id"],
        lane=Lane(row["lane"]),
        document_id=row["document_id"],
        title=row["title"],
        accepted_at=row["accepted_at"],
        due_at=row["due_at"],
        ends_at=row["ends_at"],
    )
