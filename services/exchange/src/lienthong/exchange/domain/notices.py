"""What the exchange itself tells the sender of a document, because nobody else would: entries of its inbox."""

from typing import Final, TypeAlias
from uuid import UUID

from lienthong.common.ids import parse_id
from lienthong.common.messages.exchange import ChangeLapsed, DeliveryEnded
from lienthong.exchange.domain.numbers import InboxKey

EXCHANGE_ITSELF: Final = UUID(int=0)
"""Stands where the sender of a message is an agency's id. No agency has it: theirs are UUIDv7."""

Notice: TypeAlias = DeliveryEnded | ChangeLapsed
"""`subject` is the document's id (of a lapsed request, that of the message that asked), `data.lane` the document's."""


def inbox_of(notice: Notice) -> InboxKey:
    """Whose entry it is: `data.from` is who is told."""
    return InboxKey(notice.data.sender.agency_id, notice.data.lane)


def subject_of(notice: Notice) -> UUID:
    """What it is about. Raises MalformedId."""
    return parse_id(notice.subject or "")
