"""Documents that came by another way, registered with their origin (N7), and what was entered late (N4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import ValidationError

from lienthong.common.clock import Timestamp, truncated
from lienthong.common.ids import Id
from lienthong.common.messages.document import (
    Attachment,
    CodeNumber,
    DocumentKind,
    DocumentType,
    LateEntry,
    Priority,
    Promulgation,
    Purpose,
    SealUse,
    SignerInfo,
)
from lienthong.common.messages.kinds import KINDS
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.registration import Channel, Origin, Registration
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.compose import malformed, nfc, nfc_or_none, split_symbol
from lienthong.sdk.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is known of a document that came: how and when, from whom as they say themselves, and what it says."""

    subject: str
    kind: DocumentKind
    purpose: Purpose
    channel: Channel
    received_at: datetime
    sender_name: str
    sealed_by: str
    sender_code: str | None = None
    reference: str | None = None
    """Message-ID, name of the program, number of the post."""
    symbol: str | None = None
    place: str | None = None
    promulgated: date | None = None
    signer: str | None = None
    position: str | None = None
    priority: Priority = Priority.NORMAL
    late_entry: LateEntry | None = None


class RegisteredLine(AnswerPart):
    """A registered document in short."""

    message_id: Id
    subject: Id
    registered_at: Timestamp
    received_at: Timestamp
    channel: str
    sender_name: str
    symbol: str | None = None
    title: str


class LateEntryLine(AnswerPart):
    """A message that was entered late; `outage` is the number of the known outage that covers the true time."""

    message_id: Id
    type: str
    subject: Id
    occurred_at: Timestamp
    entered_at: Timestamp
    by: str
    reason: str
    outage: int | None = None


class _Registrations(AnswerPart):
    registrations: tuple[RegisteredLine, ...]


class _LateEntries(AnswerPart):
    late_entries: tuple[LateEntryLine, ...]


def compose_registration(
    incoming: Incoming, *, sender: Organization, attachments: Sequence[Attachment] = ()
) -> Registration:
    """The registration, in NFC (N8). Raises BadInput naming every member that is missing or wrong."""
    code = split_symbol(nfc(incoming.symbol)) if incoming.symbol else None
    try:
        return Registration.model_validate(
            {
                "from": sender,
                "origin": Origin(
                    channel=incoming.channel,
                    received_at=truncated(incoming.received_at),
                    sender_name=nfc(incoming.sender_name),
                    sender_code=nfc_or_none(incoming.sender_code),
                    reference=nfc_or_none(incoming.reference),
                ),
                "code": CodeNumber(number=code[0], notation=code[1]) if code else None,
                "promulgation": _promulgation(incoming),
                "document_type": DocumentType(kind=incoming.kind, name=KINDS[incoming.kind].name),
                "subject": nfc(incoming.subject),
                "signer": _signer(incoming),
                "priority": incoming.priority,
                "purpose": incoming.purpose,
                "attachments": list(attachments),
                "sealed_by": SealUse(full_name=nfc(incoming.sealed_by)),
                "late_entry": incoming.late_entry,
            }
        )
    except ValidationError as error:
        raise malformed(error) from error


async def fetch_registrations(exchange: Exchange, before: UUID | None, limit: int) -> tuple[RegisteredLine, ...]:
    """The agency's registrations, the newest first. Raises PlatformError, Unreachable, UnexpectedAnswer."""
    return (await exchange.read("GET", f"/v1/registrations?{_page(before, limit)}", _Registrations)).registrations


async def fetch_late_entries(exchange: Exchange, before: UUID | None, limit: int) -> tuple[LateEntryLine, ...]:
    """The agency's late entries, the newest first. Raises as `fetch_registrations`."""
    return (await exchange.read("GET", f"/v1/late-entries?{_page(before, limit)}", _LateEntries)).late_entries


def _page(before: UUID | None, limit: int) -> str:
    return f"limit={limit}" + (f"&before={before}" if before else "")


def _promulgation(incoming: Incoming) -> Promulgation | None:
    if incoming.promulgated is None:
        return None
    return Promulgation(place=nfc(incoming.place or "—"), date=incoming.promulgated)


def _signer(incoming: Incoming) -> SignerInfo | None:
    if not incoming.signer:
        return None
    return SignerInfo(full_name=nfc(incoming.signer), position=nfc(incoming.position or "—"))
