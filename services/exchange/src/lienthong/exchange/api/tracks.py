"""GET /v1/tracks: how far each recipient is with a document."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.messages.document import BusinessType, Lane
from lienthong.common.messages.exchange import Environment
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.changes import REMOVED_AFTER, ChangeKind, RequestState
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.domain.states import OPEN, DeliveryState
from lienthong.exchange.store.tracks import (
    TrackedChange,
    TrackedDelivery,
    TrackedLateEntry,
    TrackedStatus,
    TrackedVersion,
)
from lienthong.exchange.store.webhooks import Hindrance
from lienthong.exchange.usecases.read_track import Track

Read = Callable[[Caller, UUID, UUID], Awaitable[Track]]


class LateEntryTold(BaseModel):
    """It was recorded elsewhere first and entered late (N4): a claim of its sender."""

    model_config = ConfigDict(frozen=True)

    occurred_at: Timestamp = Field(description="The true time, as it says.")
    by: str
    reason: str
    outage: int | None = Field(description="Number of the known outage that covers the true time.")


class StatusLine(BaseModel):
    """One status that was accepted."""

    model_config = ConfigDict(frozen=True)

    message_id: Id = Field(description="The message that reported it: an entry of the sender's inbox.")
    status: StatusCode
    said_at: Timestamp = Field(description="When it happened, as its reporter says.")
    stored_at: Timestamp = Field(description="When the exchange accepted it.")
    late: bool = Field(
        description="Whether one that is said to be later had been accepted before, or the delivery had expired."
    )
    description: str | None = Field(description="The reporter's comment; the reason of a refusal.")
    late_entry: LateEntryTold | None


class WayLine(BaseModel):
    """What keeps the document from coming to its recipient: its own endpoint does not take what is brought."""

    model_config = ConfigDict(frozen=True)

    by: Literal["webhook"]
    state: Literal["failing", "disabled"] = Field(description="disabled: its agency has to set it up anew.")
    failing_since: Timestamp | None
    next_attempt_at: Timestamp | None


class Removal(StrEnum):
    """Whether the recipient has removed the content that it agreed to give back."""

    NONE = "none"
    OWED = "owed"
    REPORTED = "reported"


class ChangeLine(BaseModel):
    """One change that was asked: about this document, or by it (a document of type 1 to 3)."""

    model_config = ConfigDict(frozen=True)

    request: Id = Field(description="The message that asked: an entry of the recipient's inbox.")
    kind: ChangeKind
    state: RequestState
    asked_at: Timestamp
    answered_at: Timestamp | None = Field(description="When it was answered, granted at once, or lapsed.")
    reason: str | None = Field(description="Why it was asked.")
    description: str | None = Field(description="The recipient's comment; the reason of a refusal.")
    removal: Removal
    removed_at: Timestamp | None = Field(description="When the exchange accepted the report of the removal.")


class VersionLine(BaseModel):
    """One version of the document."""

    model_config = ConfigDict(frozen=True)

    message_id: Id
    type: BusinessType = Field(description="0 a new document, 2 an update.")
    accepted_at: Timestamp


class RecipientLine(BaseModel):
    """The document at one recipient."""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    code: str = Field(description="As the document names it.")
    name: str = Field(description="As the document names it.")
    state: DeliveryState = Field(description="What its statuses, and changes that were granted, come to.")
    acknowledged_at: Timestamp | None = Field(description="Of the first delivery receipt that covers the document.")
    statuses: list[StatusLine] = Field(description="In the order of the times said.")
    way: WayLine | None = Field(description="Null where nothing is known to keep the document from its recipient.")
    changes: list[ChangeLine] = Field(description="In the order in which they were asked.")
    due_at: Timestamp | None = Field(description="By when it is to be received (Decree 30/2020 Art 21.2).")
    expires_at: Timestamp | None = Field(description="When the delivery ends if it is neither received nor refused.")
    overdue: bool = Field(description="Whether it should have been received by now and was not.")


class DocumentTrack(BaseModel):
    """How far each recipient is with a document: for its sender all, for a recipient its own line."""

    model_config = ConfigDict(frozen=True)

    environment: Environment
    source: str = Field(description="/agencies/<uuid> of the sender.")
    message_id: Id
    subject: Id = Field(description="The document's id, the same through its updates.")
    lane: Lane
    accepted_at: Timestamp
    document_id: str
    title: str = Field(description="Trích yếu.")
    late_entry: LateEntryTold | None
    recipients: list[RecipientLine] = Field(description="In the order of the document.")
    versions: list[VersionLine] = Field(description="Messages with this subject, in order; the last two hundred.")


def make_tracks_router(callers: Callers, read_track: Read) -> APIRouter:
    """The route of tracks."""
    router = make_router(prefix="/v1", tags=["tracks"])

    @router.get("/tracks/{agency_id}/{message_id}")
    async def get_track(
        agency_id: Annotated[Id, Path(description="The agency that sent the document.")],
        message_id: Annotated[Id, Path(description="The message in which it was sent.")],
        response: Response,
        caller: Annotated[Caller, Depends(callers.reading)],
    ) -> DocumentTrack:
        """How far the recipients are with a document. 404 for whoever neither sent nor received it."""
        track = await read_track(caller, agency_id, message_id)
        response.headers["cache-control"] = "no-store"
        return _track(track)

    return router


def _track(track: Track) -> DocumentTrack:
    sender, message_id = track.key
    return DocumentTrack(
        environment=track.environment,
        source=source_of(sender),
        message_id=message_id,
        subject=track.stored.subject,
        lane=track.stored.lane,
        accepted_at=track.stored.accepted_at,
        document_id=track.document.document_id,
        title=track.document.subject,
        late_entry=_late_entry(track.stored.late_entry),
        recipients=[_recipient(track, named, delivery) for named, delivery in track.lines],
        versions=[_version(version) for version in track.versions],
    )


def _recipient(track: Track, named: Organization, delivery: TrackedDelivery) -> RecipientLine:
    deadline, hindrance = track.stored.deadline, track.hindrances.get(named.agency_id)
    return RecipientLine(
        agency_id=named.agency_id,
        code=named.code,
        name=named.name,
        state=delivery.state,
        acknowledged_at=delivery.acknowledged_at,
        statuses=[_status(status) for status in delivery.statuses],
        way=hindrance and _way(hindrance),
        changes=[_change(change) for change in delivery.changes],
        due_at=deadline and deadline.due_at,
        expires_at=deadline and deadline.ends_at,
        overdue=deadline is not None and delivery.state in OPEN and deadline.due_at <= track.at,
    )


def _way(hindrance: Hindrance) -> WayLine:
    return WayLine(
        by="webhook",
        state="disabled" if hindrance.disabled else "failing",
        failing_since=hindrance.failing_since,
        next_attempt_at=hindrance.next_attempt_at,
    )


def _status(status: TrackedStatus) -> StatusLine:
    return StatusLine(
        message_id=status.message_id,
        status=status.status,
        said_at=status.said_at,
        stored_at=status.stored_at,
        late=status.late,
        description=status.description,
        late_entry=_late_entry(status.late_entry),
    )


def _late_entry(late: TrackedLateEntry | None) -> LateEntryTold | None:
    return late and LateEntryTold(occurred_at=late.occurred_at, by=late.by, reason=late.reason, outage=late.outage)


def _change(change: TrackedChange) -> ChangeLine:
    owed = change.state is RequestState.AGREED and change.kind in REMOVED_AFTER
    reported = Removal.REPORTED if change.removed_at is not None else Removal.OWED
    return ChangeLine(
        request=change.message_id,
        kind=change.kind,
        state=change.state,
        asked_at=change.asked_at,
        answered_at=change.answered_at,
        reason=change.reason,
        description=change.description,
        removal=reported if owed else Removal.NONE,
        removed_at=change.removed_at,
    )


def _version(version: TrackedVersion) -> VersionLine:
    return VersionLine(message_id=version.message_id, type=version.type, accepted_at=version.accepted_at)
