"""What the exchange itself tells the sender of a document, because nobody else would: entries of its inbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from lienthong.common.ids import parse_id
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.messages.document import Document, Lane
from lienthong.common.messages.exchange import ChangeLapsed, DeliveryEnded
from lienthong.common.messages.notice import EndedDelivery, Ending, LapsedChange
from lienthong.common.messages.parts import Organization
from lienthong.common.sources import EXCHANGE
from lienthong.exchange.domain.deliveries import DeliveredDocument, DeliveryKey
from lienthong.exchange.domain.numbers import InboxKey

EXCHANGE_ITSELF: Final = UUID(int=0)
"""Stands where the sender of a message is an agency's id. No agency has it: theirs are UUIDv7."""

Notice: TypeAlias = DeliveryEnded | ChangeLapsed
"""`subject` is the document's id (of a lapsed request, that of the message that asked), `data.lane` the document's."""


@dataclass(frozen=True, slots=True)
class OpenDelivery:
    """A document (by the id of its row) at a recipient that has neither received nor refused it."""

    message: UUID
    recipient: UUID
    message_id: UUID
    subject: UUID
    lane: Lane


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A request of which nothing came: who did not answer what, about which document."""

    recipient: UUID
    message_id: UUID
    subject: UUID
    row: UUID
    """Of the document's message."""
    document: UUID
    lane: Lane


def inbox_of(notice: Notice) -> InboxKey:
    """Whose entry it is: `data.from` is who is told."""
    return InboxKey(notice.data.sender.agency_id, notice.data.lane)


def subject_of(notice: Notice) -> UUID:
    """What it is about. Raises MalformedId."""
    return parse_id(notice.subject or "")


def named_in(document: Document, recipient: UUID) -> Organization:
    """A recipient as its document names it: the register may call it otherwise by now."""
    return next(each for each in document.to if each.agency_id == recipient)


def withdrawn(
    document: Document, key: DeliveryKey, delivery: DeliveredDocument, request: UUID, at: datetime
) -> DeliveryEnded:
    """A delivery ended because its sender asked (in `request`) before the document had arrived."""
    recipient, _, message_id = key
    return DeliveryEnded.new(
        source=EXCHANGE,
        time=at,
        subject=str(delivery.subject),
        data=EndedDelivery(
            sender=document.sender,
            recipient=named_in(document, recipient),
            lane=delivery.lane,
            message_id=message_id,
            document_id=document.document_id,
            how=Ending.WITHDRAWN,
            request=request,
        ),
    )


def expired(document: Document, delivery: OpenDelivery, officer: ContactOfficer | None, at: datetime) -> DeliveryEnded:
    """A delivery ended because its recipient neither received nor refused it in time; `officer` may be asked there."""
    return DeliveryEnded.new(
        source=EXCHANGE,
        time=at,
        subject=str(delivery.subject),
        data=EndedDelivery(
            sender=document.sender,
            recipient=named_in(document, delivery.recipient),
            lane=delivery.lane,
            message_id=delivery.message_id,
            document_id=document.document_id,
            how=Ending.EXPIRED,
            contact_officer=officer,
        ),
    )


def lapsed(document: Document, request: Lapsed, officer: ContactOfficer | None, at: datetime) -> ChangeLapsed:
    """Nobody answered a request in time: the document goes on as it was; `officer` may be asked there."""
    return ChangeLapsed.new(
        source=EXCHANGE,
        time=at,
        subject=str(request.subject),
        data=LapsedChange(
            sender=document.sender,
            recipient=named_in(document, request.recipient),
            lane=request.lane,
            message_id=request.message_id,
            document_message_id=request.document,
            document_id=document.document_id,
            contact_officer=officer,
        ),
    )
