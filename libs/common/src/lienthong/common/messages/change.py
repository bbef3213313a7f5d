"""Changes to documents that were sent: what a sender asks, what a recipient answers (Decision 28/2018 Art 8, 9).

A take-back (status 13 of the national axis) is a message of its own; a revocation, an update and a replacement are
documents (edXML `BussinessDocType` 1, 2, 3). All are answered alike: 15 agreed, 16 refused.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from lienthong.common.ids import Id
from lienthong.common.messages.document import Lane, LateEntry, ResponseFor, ReverseDnsKey, SealUse, StaffInfo
from lienthong.common.messages.parts import LongText, Organization, Part

_Extensions = Annotated[dict[ReverseDnsKey, JsonValue], Field(max_length=20, default_factory=dict)]


class Answer(StrEnum):
    """edXML `StatusCode` of an answer to a change request."""

    AGREED = "15"
    """Đồng ý cập nhật, lấy lại."""
    REFUSED = "16"
    """Từ chối cập nhật, lấy lại: the document goes on as it was."""


class TakeBack(Part):
    """What a sender asks of those it sent a document to by mistake: `data` of `take_back_requested`."""

    sender: Annotated[Organization, Field(alias="from", description="edXML From: the document's sender, who asks")]
    to: Annotated[
        tuple[Organization, ...],
        Field(min_length=1, max_length=1000, description="Those of its recipients that are asked"),
    ]
    lane: Annotated[Lane, Field(description="The document's lane: whatever concerns a document stays in it")]
    message_id: Annotated[Id, Field(description="The message that brought the document")]
    response_for: Annotated[ResponseFor, Field(description="edXML ResponseFor: the document in words")]
    status: Annotated[Literal["13"], Field(description="edXML StatusCode: yêu cầu lấy lại")] = "13"
    reason: Annotated[LongText, Field(description="edXML Description: why")]
    staff: Annotated[StaffInfo | None, Field(description="edXML StaffInfo: whom to ask")] = None
    sealed_by: Annotated[SealUse | None, Field(description="Who used the seal; absent where a system asks")] = None
    late_entry: LateEntry | None = None
    after: Annotated[Id | None, Field(description="A message of the same sender that must be accepted first")] = None
    extensions: _Extensions


class ChangeAnswer(Part):
    """What a recipient answers to a take-back, revocation, update or replacement: `data` of `change_answered`."""

    sender: Annotated[Organization, Field(alias="from", description="edXML From: the recipient, who answers")]
    to: Annotated[tuple[Organization, ...], Field(min_length=1, max_length=1, description="Who asked")]
    lane: Annotated[Lane, Field(description="The document's lane: whatever concerns a document stays in it")]
    message_id: Annotated[Id, Field(description="The message that asked: a take-back, or a document of type 1 to 3")]
    response_for: Annotated[ResponseFor, Field(description="edXML ResponseFor: the document in words")]
    status: Annotated[Answer, Field(description="edXML StatusCode")]
    description: Annotated[
        LongText | None, Field(description="edXML Description: comment; the reason of a refusal, demanded there")
    ] = None
    staff: Annotated[StaffInfo | None, Field(description="edXML StaffInfo: whom to ask")] = None
    sealed_by: Annotated[SealUse | None, Field(description="Who used the seal; absent where a system answers")] = None
    late_entry: LateEntry | None = None
    after: Annotated[Id | None, Field(description="A message of the same sender that must be accepted first")] = None
    extensions: _Extensions


class ContentRemoval(Part):
    """A recipient has removed what it agreed to give back (Decision 28/2018 Art 8.2, 9): `data` of `content_removed`.

    Metadata stay: number, symbol, subject, dates, statuses. When it was removed is the event's `time`.
    """

    sender: Annotated[Organization, Field(alias="from", description="The recipient, who removed it")]
    to: Annotated[tuple[Organization, ...], Field(min_length=1, max_length=1, description="Who asked")]
    lane: Annotated[Lane, Field(description="The document's lane: whatever concerns a document stays in it")]
    message_id: Annotated[Id, Field(description="The message that asked: a take-back or a revocation")]
    response_for: Annotated[ResponseFor, Field(description="The document in words")]
    note: Annotated[LongText | None, Field(description="How and where it was removed")] = None
    staff: Annotated[StaffInfo | None, Field(description="Whom to ask")] = None
    sealed_by: Annotated[SealUse | None, Field(description="Who used the seal; absent where a system reports")] = None
    late_entry: LateEntry | None = None
    after: Annotated[Id | None, Field(description="A message of the same sender that must be accepted first")] = None
    extensions: _Extensions
