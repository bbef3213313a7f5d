"""What messages, receipts and entries of an inbox say of themselves, as a commitment tells it.

Of content, subjects, files and people nothing. What is read here was verified before, or is verified before it counts.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from lienthong.common.clock import MalformedTime, from_text, local_day
from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import DeliveryEnded, SubmissionReceipt
from lienthong.common.messages.notice import Ending
from lienthong.common.messages.reconciliation import Direction
from lienthong.common.signing.errors import SigningError
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.sdk.commitments import CommitmentEntry
from lienthong.sdk.errors import InboxChanged, ProfileBroken
from lienthong.sdk.items import entry_words
from lienthong.sdk.pages import Entry, WithheldEntry
from lienthong.sdk.reading import members_of


def entry_of(
    direction: Direction, receipt: SubmissionReceipt, told: dict[str, Any], *, acknowledged: bool | None = None
) -> CommitmentEntry:
    """What a message says of itself in a commitment; `receipt` is verified."""
    return CommitmentEntry(
        direction=direction,
        day=local_day(receipt.accepted_at),
        lane=receipt.lane,
        sha256=receipt.sha256,
        message_id=receipt.message_id,
        accepted_at=receipt.accepted_at,
        type=_text(told.get("type")),
        document_id=_document_id(told.get("data")),
        acknowledged=acknowledged,
    )


def withheld_entry(entry: WithheldEntry, day: date, lane: Lane, acknowledged: int) -> CommitmentEntry:
    """What is given out no more: its hash, on the day of the entry before it."""
    return CommitmentEntry(
        direction=Direction.RECEIVED,
        day=day,
        lane=lane,
        sha256=entry.sha256,
        withheld=entry.how,
        acknowledged=entry.n <= acknowledged,
    )


def withdrawn_by(entry: Entry, recipient: UUID) -> set[str]:
    """The messages to this recipient of which the exchange says here that they never arrived."""
    if DeliveryEnded.TYPE.encode() not in entry.signed.payload:
        return set()
    told = members_of(entry.signed.payload)
    data: Any = told.get("data")
    if told.get("type") != DeliveryEnded.TYPE or not isinstance(data, dict) or data.get("how") != Ending.WITHDRAWN:
        return set()
    at = data.get("recipient")
    return {str(data.get("message_id"))} if isinstance(at, dict) and at.get("agency_id") == str(recipient) else set()


def untold(entry: CommitmentEntry) -> CommitmentEntry:
    """The same entry, of which nothing is said but its hash."""
    blank = {"message_id": None, "accepted_at": None, "type": None, "document_id": None}
    return entry.model_copy(update={**blank, "withheld": Ending.WITHDRAWN.value})


def _document_id(data: object) -> str | None:
    """The document that a message brings or is about, as the message names it."""
    if not isinstance(data, dict):
        return None
    members: dict[str, Any] = data
    about = members.get("response_for")
    return _text(members.get("document_id")) or (_text(about.get("document_id")) if isinstance(about, dict) else None)


def _text(value: object) -> str | None:
    return value[:250] if isinstance(value, str) and value else None


def recipients_of(told: dict[str, Any]) -> set[str]:
    """The ids of those whom a message is sent to."""
    data = told.get("data")
    to: Any = data.get("to") if isinstance(data, dict) else None
    return {str(each.get("agency_id")) for each in to if isinstance(each, dict)} if isinstance(to, list) else set()


def accepted_on(entry: Entry) -> date:
    """By the receipt as it stands; of what is counted it is verified."""
    try:
        return local_day(time_in(entry.receipt.payload, "accepted_at"))
    except ProfileBroken as error:
        words = entry_words(entry.n, "biên nhận không đọc được", "the receipt cannot be read")
        raise InboxChanged(words) from error


def acknowledged_at(path: Path) -> datetime:
    """When a receipt that was kept says so. Raises ProfileBroken."""
    return time_in(read_signed(path).payload, "acknowledged_at")


def time_in(payload: bytes, name: str) -> datetime:
    """A time that a signed statement of the exchange tells, unverified. Raises ProfileBroken."""
    try:
        return from_text(str(members_of(payload)[name]))
    except (KeyError, MalformedTime) as error:
        raise ProfileBroken(
            Words("Biên nhận đã lưu không đọc được", "A receipt that was kept cannot be read")
        ) from error


def read_signed(path: Path) -> SignedBytes:
    """A signed statement as the profile keeps it. Raises ProfileBroken."""
    try:
        return SignedBytes.from_line(json.loads(path.read_bytes()))
    except (OSError, ValueError, AttributeError, SigningError) as error:
        raise ProfileBroken(Words(f"{path}: không đọc được", f"{path}: cannot be read")) from error
