"""Documents that reached an agency by another way than the exchange: registered with their origin (N7)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from lienthong.common.clock import Timestamp
from lienthong.common.messages.document import (
    Attachment,
    CodeNumber,
    DocumentCode,
    DocumentType,
    Lane,
    LateEntry,
    Priority,
    Promulgation,
    Purpose,
    ReverseDnsKey,
    SealUse,
    SignerInfo,
)
from lienthong.common.messages.parts import Code, LongText, Organization, Part, ShortText


class Channel(StrEnum):
    """The way a document came."""

    EMAIL = "email"
    SOFTWARE = "software"
    """Another program, named in `reference`."""
    POST = "post"
    BY_HAND = "by_hand"
    OTHER = "other"


class Origin(Part):
    """Where a document came from, as the agency that registers it saw it."""

    channel: Channel
    received_at: Annotated[Timestamp, Field(description="When it came")]
    sender_name: Annotated[ShortText, Field(description="Who sent it, as it says itself")]
    sender_code: Annotated[Code | None, Field(description="Code of the sending agency, where known")] = None
    reference: Annotated[LongText | None, Field(description="Message-ID, name of the program, number of the post")] = (
        None
    )


class Registration(Part):
    """A document that came by another way: `data` of `document_registered`. It is sent to nobody."""

    sender: Annotated[Organization, Field(alias="from", description="The agency that received and registers it")]
    origin: Origin
    document_id: DocumentCode | None = None
    code: CodeNumber | None = None
    promulgation: Promulgation | None = None
    document_type: DocumentType
    subject: Annotated[LongText, Field(description="Trích yếu")]
    signer: SignerInfo | None = None
    priority: Priority = Priority.NORMAL
    purpose: Purpose
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=200)] = ()
    sealed_by: SealUse
    late_entry: LateEntry | None = None
    extensions: Annotated[dict[ReverseDnsKey, JsonValue], Field(max_length=20, default_factory=dict)]

    @property
    def lane(self) -> Lane:
        """That of its priority: it stands in the receipt, and the document travels in none."""
        return self.priority.lane
