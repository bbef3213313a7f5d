"""What evidence of one document at one recipient is made of, before it is a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import Environment
from lienthong.common.signing import SignedBytes

MOST_LINKS: Final = 10_000
"""Links of an inbox that are carried along from a document to the delivery receipt that covers it."""


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """A record of the audit log and what proves it: its place in a block, a path of hashes, the block's head.

    `stamp` is the time-stamp token over the head; None as long as it waits for one.
    """

    entry: bytes
    block: int
    position: int
    path: tuple[bytes, ...]
    head: SignedBytes
    stamp: bytes | None


@dataclass(frozen=True, slots=True)
class ProvenMessage:
    """A message byte for byte, the exchange's receipt for it, and the record of its acceptance."""

    message: SignedBytes
    receipt: SignedBytes
    record: ProvenRecord


@dataclass(frozen=True, slots=True)
class InboxPart:
    """The document's link in its recipient's inbox, and whether it was acknowledged.

    `before` is the link in front of it, `head` the signed link made by it. The delivery receipt may cover later
    entries: `after` are the hashes of those up to its own, None where they are more than `MOST_LINKS`.
    """

    before: bytes
    head: SignedBytes
    delivery_receipt: SignedBytes | None = None
    after: Sequence[bytes] | None = ()


@dataclass(frozen=True, slots=True)
class RevocationPart:
    """One list of an authority, DER; issuer and number only give it its name in the file."""

    issuer: str
    number: int
    der: bytes


@dataclass(frozen=True, slots=True)
class Subject:
    """Which document, at whom, for whom, when."""

    environment: Environment
    sender: UUID
    message_id: UUID
    subject: UUID
    recipient: UUID
    lane: Lane
    n: int
    made_for: UUID
    made_at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceParts:
    """Everything that goes in. `certificates` are what accounts said of them, by fingerprint."""

    subject: Subject
    document: ProvenMessage
    messages: Sequence[ProvenMessage]
    inbox: InboxPart
    certificates: dict[str, SignedBytes]
    lists: Sequence[RevocationPart]
