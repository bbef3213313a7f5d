"""What messages say and edXML does not (`table.LACKING`): asked of the caller, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from lienthong.common.messages.document import (
    AttachmentRole,
    ComplaintClass,
    DocumentKind,
    Lane,
    LateEntry,
    Purpose,
    SealUse,
    Secrecy,
)
from lienthong.common.messages.parts import Organization


class Stored(NamedTuple):
    """A file whose content is kept elsewhere."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a document says and edXML does not. `agency_ids` by OrganId, `subjects` by DocumentId, the rest by cid."""

    agency_ids: Mapping[str, UUID]
    purpose: Purpose
    sealed_by: SealUse
    kind: DocumentKind | None = None
    """None: by TypeName; `other` where that is no kind of Decree 30/2020."""
    secrecy: Secrecy = Secrecy.NONE
    complaint_class: ComplaintClass = ComplaintClass.NONE
    circulation: str | None = None
    language: str = "vi"
    late_entry: LateEntry | None = None
    after: UUID | None = None
    extensions: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    subjects: Mapping[str, UUID] = field(default_factory=dict[str, UUID])
    roles: Mapping[str, AttachmentRole] = field(default_factory=dict[str, AttachmentRole])
    files: Mapping[str, Stored] = field(default_factory=dict[str, Stored])


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusBeside:
    """What a status message says and edXML does not; `to` is to whom it is said, `subject` the event's.

    `message_id` is the message that brought the document; of an answer (15, 16) that which asked.
    """

    agency_ids: Mapping[str, UUID]
    to: Organization
    lane: Lane
    message_id: UUID
    subject: UUID | None = None
    sealed_by: SealUse | None = None
    late_entry: LateEntry | None = None
    after: UUID | None = None
    extensions: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
