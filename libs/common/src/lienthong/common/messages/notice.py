"""What the exchange itself tells the sender of a document, because nobody else would: entries of its inbox."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from lienthong.common.ids import Id
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.messages.document import DocumentCode, Lane
from lienthong.common.messages.parts import Organization, Part


class Ending(StrEnum):
    """How a delivery ended without its recipient."""

    WITHDRAWN = "withdrawn"
    """The sender asked before the document had arrived (01, or an acknowledgement): granted at once."""
    EXPIRED = "expired"
    """The recipient neither received nor refused the document in time."""


class EndedDelivery(Part):
    """A delivery that ended without its recipient: `data` of `delivery_ended`. When it ended is the event's `time`."""

    sender: Annotated[Organization, Field(alias="from", description="The document's sender, who is told")]
    recipient: Annotated[Organization, Field(description="As the document names it")]
    lane: Lane
    message_id: Annotated[Id, Field(description="The message that brought the document")]
    document_id: DocumentCode
    how: Ending
    request: Annotated[Id | None, Field(description="The sender's message that withdrew it")] = None
    contact_officer: Annotated[ContactOfficer | None, Field(description="The recipient's, to be asked (N9)")] = None


class LapsedChange(Part):
    """A change request that nobody answered in time: `data` of `change_lapsed`. The document goes on as it was."""

    sender: Annotated[Organization, Field(alias="from", description="Who asked, and is told")]
    recipient: Annotated[Organization, Field(description="As the document names it")]
    lane: Lane
    message_id: Annotated[Id, Field(description="The message that asked")]
    document_message_id: Annotated[Id, Field(description="The message that brought the document")]
    document_id: DocumentCode
    contact_officer: Annotated[ContactOfficer | None, Field(description="The recipient's, to be asked (N9)")] = None
