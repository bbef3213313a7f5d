"""What passes through the exchange: the agencies' documents, and the exchange's own signed statements about them.

Statements are not events: they are answers, signed with the exchange's key over their exact bytes in the same way,
each with a `type` of its own so that one can never be taken for another.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id
from lienthong.common.messages.document import Document, Lane
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.parts import Sha256
from lienthong.common.messages.status import StatusReport
from lienthong.common.messages.topics import DOCUMENTS, STATUSES, TopicSpec

Environment = Literal["training", "production"]
Number = Annotated[int, Field(ge=0, le=2**53 - 1, description="Number of an entry in one recipient's inbox and lane")]


class DocumentSent(Event[Document]):
    """An agency sent a document: said and signed by the sender, published by the exchange after acceptance.

    `source` is `/agencies/<agency_id>` of the sender, `subject` the id of the document, the same through its
    updates. On the bus the record's headers `receipt` and `receipt-signature` carry the exchange's acceptance.
    """

    TYPE: ClassVar[str] = "vn.lienthong.exchange.document_sent.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:exchange.document_sent:1.0"
    TOPICS: ClassVar[tuple[TopicSpec, ...]] = tuple(DOCUMENTS.values())
    TOPIC: ClassVar[TopicSpec | None] = DOCUMENTS[Lane.ORDINARY]
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class StatusReported(Event[StatusReport]):
    """A recipient reported the status of a document: said and signed by it, published by the exchange.

    `source` is `/agencies/<agency_id>` of the recipient, `subject` the document's id, as in its `document_sent`, `time`
    when it happened. It is an entry of the inbox of the document's sender. On the bus the record's headers `receipt`
    and `receipt-signature` carry the exchange's acceptance.
    """

    TYPE: ClassVar[str] = "vn.lienthong.exchange.status_reported.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:exchange.status_reported:1.0"
    TOPICS: ClassVar[tuple[TopicSpec, ...]] = tuple(STATUSES.values())
    TOPIC: ClassVar[TopicSpec | None] = STATUSES[Lane.ORDINARY]
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class Scan(StrEnum):
    """What the exchange's virus scanner said of a file; one in which it found something is never kept."""

    CLEAN = "clean"
    NOT_SCANNED = "not_scanned"


class Statement(BaseModel):
    """A signed answer of the exchange, over compact UTF-8, members in the order declared, unset ones left out.

    `VERSION` is that of its published schema: the major one stands in `type`, a minor one has added optional members.
    Readers pass over members that they do not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    VERSION: ClassVar[str] = "1.0"


class SubmissionReceipt(Statement):
    """The exchange accepted a message: the platform's one signature per document.

    `sha256` is of the message's exact bytes, `jws_sha256` of its detached JWS as text. Everyone who verifies the
    message later does so as of `accepted_at`. `scan` is there where files are attached: `clean` says that the scanner
    has looked at every one of them; it was added by version 1.1.
    """

    VERSION: ClassVar[str] = "1.1"

    type: Literal["vn.lienthong.exchange.submission_receipt.v1"]
    environment: Environment
    source: str
    message_id: Id
    subject: Id
    sha256: Sha256
    jws_sha256: Sha256
    lane: Lane
    accepted_at: Timestamp
    scan: Scan | None = None


class InboxHead(Statement):
    """The state of one recipient's inbox in one lane after entry `n`: a gap, a change or a reorder shows."""

    type: Literal["vn.lienthong.exchange.inbox_head.v1"]
    environment: Environment
    recipient: Id
    lane: Lane
    n: Number
    chain: Sha256
    time: Timestamp


class DeliveryReceipt(Statement):
    """A recipient acknowledged everything up to entry `n` of its inbox in one lane."""

    type: Literal["vn.lienthong.exchange.delivery_receipt.v1"]
    environment: Environment
    recipient: Id
    lane: Lane
    n: Number
    chain: Sha256
    acknowledged_at: Timestamp


STATEMENTS: tuple[type[Statement], ...] = (SubmissionReceipt, InboxHead, DeliveryReceipt)


def chain_start(recipient: Id, lane: Lane) -> bytes:
    """Link 0 of an inbox's hash chain: it names the inbox, so that chains of two inboxes never agree."""
    return hashlib.sha256(f"/agencies/{recipient}/inbox/{lane}".encode()).digest()


def chain_next(previous: bytes, value_sha256: bytes, n: int) -> bytes:
    """chain_n = SHA-256(chain_{n-1} ‖ SHA-256(value) ‖ n), n as eight bytes, most significant first."""
    return hashlib.sha256(previous + value_sha256 + n.to_bytes(8, "big")).digest()
