"""Whether a message belongs to the document at this recipient: who said it, to whom, about what."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from lienthong.common.messages.document import BusinessType
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.evidence import EvidenceManifest
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ChangeLapsed,
    ContentRemoved,
    DeliveryEnded,
    DocumentSent,
    StatusReported,
    TakeBackRequested,
)
from lienthong.common.messages.parts import Organization
from lienthong.common.sources import EXCHANGE


def speaker_of(event: Event[Any], manifest: EvidenceManifest) -> str:
    """Who alone may say this: the document's sender, its recipient, or the exchange itself."""
    match event:
        case DocumentSent() | TakeBackRequested():
            return manifest.source
        case StatusReported() | ChangeAnswered() | ContentRemoved():
            return f"/agencies/{manifest.recipient}"
        case _:
            return EXCHANGE


def is_the_document(event: Event[Any], manifest: EvidenceManifest) -> bool:
    """Whether this is the document of the manifest, and was sent to the recipient."""
    return (
        isinstance(event, DocumentSent)
        and (event.source, event.id, event.subject) == (manifest.source, manifest.message_id, str(manifest.subject))
        and event.data.lane is manifest.lane
        and event.data.sender.agency_id == sender_of(manifest)
        and _is_to(manifest.recipient, event.data.to)
    )


def belongs(event: Event[Any], manifest: EvidenceManifest, asked: Mapping[UUID, str | None]) -> bool:
    """Whether it is about the document, or answers one of the messages that asked: by their ids, their subjects.

    The document's own message is among these, for it may ask for something, too.
    """
    recipient = manifest.recipient
    if event.source != speaker_of(event, manifest) or event.data.lane is not manifest.lane:
        return False
    if event.source not in (EXCHANGE, f"/agencies/{event.data.sender.agency_id}"):
        return False
    match event:
        case StatusReported():
            fits = _names_it(event, manifest) and _is_to(sender_of(manifest), event.data.to)
        case TakeBackRequested():
            fits = _names_it(event, manifest) and _is_to(recipient, event.data.to)
        case DocumentSent():
            fits = _is_to(recipient, event.data.to) and _changes(event, manifest)
        case ChangeAnswered() | ContentRemoved():
            fits = _answers(event, asked) and _is_to(sender_of(manifest), event.data.to)
        case DeliveryEnded():
            fits = _names_it(event, manifest) and _ended_there(event, manifest)
        case ChangeLapsed():
            fits = _answers(event, asked) and _ended_there(event, manifest)
        case _:
            fits = False
    return fits


def sender_of(manifest: EvidenceManifest) -> UUID:
    """The agency in `source`."""
    return UUID(manifest.source.removeprefix("/agencies/"))


def _names_it(event: StatusReported | TakeBackRequested | DeliveryEnded, manifest: EvidenceManifest) -> bool:
    return (event.data.message_id, event.subject) == (manifest.message_id, str(manifest.subject))


def _answers(event: ChangeAnswered | ContentRemoved | ChangeLapsed, asked: Mapping[UUID, str | None]) -> bool:
    return event.data.message_id in asked and asked[event.data.message_id] == event.subject


def _changes(event: DocumentSent, manifest: EvidenceManifest) -> bool:
    """Whether a document revokes, updates or replaces that of the manifest at the recipient, named by its subject."""
    data, subject = event.data, manifest.subject
    match data.business.type:
        case BusinessType.REVOKE:
            return [each.subject for each in data.response_for] == [subject]
        case BusinessType.UPDATE:
            return event.subject == str(subject)
        case BusinessType.REPLACE:
            codes = {each.code for each in data.to if each.agency_id == manifest.recipient}
            return any(each.subject == subject and codes & {*each.organ_ids} for each in data.business.replacements)
        case BusinessType.NEW:
            return False


def _ended_there(event: DeliveryEnded | ChangeLapsed, manifest: EvidenceManifest) -> bool:
    told, where = event.data.sender.agency_id, event.data.recipient.agency_id
    return (told, where) == (sender_of(manifest), manifest.recipient)


def _is_to(agency_id: UUID, named: Collection[Organization]) -> bool:
    return any(each.agency_id == agency_id for each in named)
