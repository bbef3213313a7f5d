"""What passes through the exchange: the agencies' documents, and the exchange's own signed statements about them.

Statements are not events: they are answers, signed with the exchange's key over their exact bytes in the same way,
each with a `type` of its own so that one can never be taken for another.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id
from lienthong.common.messages.change import ChangeAnswer, ContentRemoval, TakeBack
from lienthong.common.messages.document import Document, Lane
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.notice import EndedDelivery, LapsedChange
from lienthong.common.messages.parts import Sha256
from lienthong.common.messages.registration import Registration
from lienthong.common.messages.status import StatusReport
from lienthong.common.messages.topics import CHANGES, DELIVERIES, DOCUMENTS, REGISTRATIONS, STATUSES, TopicSpec

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


class TakeBackRequested(Event[TakeBack]):
    """The sender of a document asks for it back: said and signed by it, published by the exchange after acceptance.

    `subject` is the document's id. It is an entry of the inboxes of those that are asked. Where the document has not
    arrived yet, the exchange grants it at once (`delivery_ended`); else the recipient answers (`change_answered`).
    """

    TYPE: ClassVar[str] = "vn.lienthong.exchange.take_back_requested.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:exchange.take_back_requested:1.0"
    TOPICS: ClassVar[tuple[TopicSpec, ...]] = tuple(CHANGES.values())
    TOPIC: ClassVar[TopicSpec | None] = CHANGES[Lane.ORDINARY]
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class ChangeAnswered(Event[ChangeAnswer]):
    """A recipient agreed to a change of a document (15) or refused it (16): said and signed by the recipient.

    `subject` is that of the message that asked, `time` when it was decided. It is an entry of the inbox of who asked.
    """

    TYPE: ClassVar[str] = "vn.lienthong.exchange.change_answered.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:exchange.change_answered:1.0"
    TOPICS: ClassVar[tuple[TopicSpec, ...]] = tuple(CHANGES.values())
    TOPIC: ClassVar[TopicSpec | None] = CHANGES[Lane.ORDINARY]
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class ContentRemoved(Event[ContentRemoval]):
    """A recipient removed the content of a document that was taken back or revoked: said and signed by the recipient.

    `subject` is that of the message that asked, `time` when it was removed. It is an entry of the inbox of who asked.
    """

    TYPE: ClassVar[str] = "vn.lienthong.exchange.content_removed.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:exchange.content_removed:1.0"
    TOPICS: ClassVar[tuple[TopicSpec, ...]] = tuple(CHANGES.values())
    TOPIC: ClassVar[TopicSpec | None] = CHANGES[Lane.ORDINARY]
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


Exchanged: TypeAlias = DocumentSent | StatusReported | TakeBackRequested | ChangeAnswered | ContentRemoved
"""What agencies say to each other: sealed, receipted, numbered into inboxes, ordered in their lane."""

EXCHANGED: tuple[type[Exchanged], ...] = (
    DocumentSent,
    StatusReported,
    TakeBackRequested,
    ChangeAnswered,
    ContentRemoved,
)


class DeliveryEnded(Event[EndedDelivery]):
    """A delivery ended without its recipient: withdrawn before arrival, or expired. Said by the exchange.

    `subject` is the document's id. It is an entry of the inbox of the document's sender.
    """

    TYPE: ClassVar[str] = "vn.lienthong.exchange.delivery_ended.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:exchange.delivery_ended:1.0"
    TOPICS: ClassVar[tuple[TopicSpec, ...]] = tuple(DELIVERIES.values())
    TOPIC: ClassVar[TopicSpec | None] = DELIVERIES[Lane.ORDINARY]
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


class ChangeLapsed(Event[LapsedChange]):
    """A change request was not answered in time; the document goes on as it was. Said by the exchange.

    `subject` is that of the message that asked. It is an entry of the inbox of who asked.
    """

    TYPE: ClassVar[str] = "vn.lienthong.exchange.change_lapsed.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:exchange.change_lapsed:1.0"
    TOPICS: ClassVar[tuple[TopicSpec, ...]] = tuple(DELIVERIES.values())
    TOPIC: ClassVar[TopicSpec | None] = DELIVERIES[Lane.ORDINARY]
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


class DocumentRegistered(Event[Registration]):
    """An agency registered a document that came by e-mail, other software, post or hand (N7): said and signed by it.

    `subject` is the document's id, made by who registers it.
    """

    TYPE: ClassVar[str] = "vn.lienthong.exchange.document_registered.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:exchange.document_registered:1.0"
    TOPIC: ClassVar[TopicSpec | None] = REGISTRATIONS
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class Scan(StrEnum):
    """What the exchange's virus scanner said of a file; one in which it found something is never kept."""

    CLEAN = "clean"
    NOT_SCANNED = "not_scanned"


class Statement(BaseModel):
    """A signed answer of the exchange, over compact UTF-8, members in the order declared, unset ones left out.

    `SAID_BY` is who signs it where that is not the exchange. `VERSION` is that of its published schema: the major one
    stands in `type`, a minor one has added optional members. Readers pass over members that they do not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    VERSION: ClassVar[str] = "1.0"
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


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
