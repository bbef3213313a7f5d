"""What of all that was said about a document at one recipient belongs into evidence that the recipient asks for."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from lienthong.common.evidence.events import read_event
from lienthong.common.messages.exchange import ChangeAnswered, ChangeLapsed, ContentRemoved, DeliveryEnded
from lienthong.common.signing import SignedBytes


class Kept(Protocol):
    """A message that was accepted."""

    @property
    def message(self) -> SignedBytes:
        """Its bytes under their seal."""
        ...

    @property
    def message_id(self) -> UUID:
        """The id that its sender gave it."""
        ...

    @property
    def withheld(self) -> bool:
        """Whether its recipient may no longer read it."""
        ...


K = TypeVar("K", bound=Kept)


def said_to_both(document: UUID, kept: Sequence[K]) -> list[K]:
    """Without what the exchange told the sender alone, what was withdrawn, and answers to that."""
    open_to_both = [each for each in kept if not each.withheld]
    events = [read_event(each.message.payload) for each in open_to_both]
    known = {document, *(each.message_id for each in open_to_both)}
    return [
        each
        for each, event in zip(open_to_both, events, strict=True)
        if not isinstance(event, DeliveryEnded | ChangeLapsed)
        and not (isinstance(event, ChangeAnswered | ContentRemoved) and event.data.message_id not in known)
    ]
