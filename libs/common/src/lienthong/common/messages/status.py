"""The status that a recipient reports of a document (Decision 28/2018; codes of the national axis): edXML's status
message, and beside it what names the document without doubt.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from lienthong.common.ids import Id
from lienthong.common.messages.document import Lane, LateEntry, ResponseFor, ReverseDnsKey, SealUse, StaffInfo
from lienthong.common.messages.parts import LongText, Organization, Part


class StatusCode(StrEnum):
    """edXML `StatusCode`, as far as it tells how a document is handled; change requests have events of their own."""

    ARRIVED = "01"
    """Đã đến: in the recipient's software, not yet touched."""
    REFUSED = "02"
    """Từ chối tiếp nhận: sent back, with the reason."""
    RECEIVED = "03"
    """Đã tiếp nhận: accepted, entered in the register."""
    ASSIGNED = "04"
    """Phân công."""
    PROCESSING = "05"
    """Đang xử lý."""
    DONE = "06"
    """Hoàn thành."""


class StatusReport(Part):
    """What a recipient says of a document it was sent: `data` of `status_reported`.

    When it happened (edXML `Timestamp`) is the event's `time`.
    """

    sender: Annotated[Organization, Field(alias="from", description="edXML From: the recipient, who reports")]
    to: Annotated[
        tuple[Organization, ...],
        Field(min_length=1, max_length=1, description="The document's sender, who gets the report"),
    ]
    lane: Annotated[Lane, Field(description="The document's lane: whatever concerns a document stays in it")]
    message_id: Annotated[Id, Field(description="The message that brought the document")]
    response_for: Annotated[ResponseFor, Field(description="edXML ResponseFor: the document in words")]
    status: Annotated[StatusCode, Field(description="edXML StatusCode")]
    description: Annotated[
        LongText | None, Field(description="edXML Description: comment; the reason of a refusal, demanded there")
    ] = None
    staff: Annotated[StaffInfo | None, Field(description="edXML StaffInfo: whom to ask")] = None
    sealed_by: Annotated[SealUse | None, Field(description="Who used the seal; absent where a system reports")] = None
    late_entry: LateEntry | None = None
    after: Annotated[Id | None, Field(description="A message of the same sender that must be accepted first")] = None
    extensions: Annotated[dict[ReverseDnsKey, JsonValue], Field(max_length=20, default_factory=dict)]
