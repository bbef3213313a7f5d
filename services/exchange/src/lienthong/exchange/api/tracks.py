"""GET /v1/tracks: how far each recipient is with a document."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import Environment
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.domain.states import OPEN, DeliveryState
from lienthong.exchange.store.tracks import TrackedDelivery, TrackedStatus
from lienthong.exchange.store.webhooks import Way
from lienthong.exchange.usecases.read_track import Track

Read = Callable[[Caller, UUID, UUID], Awaitable[Track]]


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


class WayLine(BaseModel):
    """What keeps the document from coming to its recipient: its own endpoint does not take what is brought."""

    model_config = ConfigDict(frozen=True)

    by: Literal["webhook"]
    state: Literal["failing", "disabled"] = Field(description="disabled: its agency has to set it up anew.")
    failing_since: Timestamp | None
    next_attempt_at: Timestamp | None


class RecipientLine(BaseModel):
    """The document at one recipient."""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    code: str = Field(description="As the document names it.")
    name: str = Field(description="As the document names it.")
    state: DeliveryState = Field(description="What its statuses come to.")
    acknowledged_at: Timestamp | None = Field(description="Of the first delivery receipt that covers the document.")
    statuses: list[StatusLine] = Field(description="In the order of the times said.")
    way: WayLine | None = Field(description="Null where nothing is known to keep the document from its recipient.")
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
    recipients: list[RecipientLine] = Field(description="In the order of the document.")


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
        recipients=[_recipient(track, named, delivery) for named, delivery in track.lines],
    )


def _recipient(track: Track, named: Organization, delivery: TrackedDelivery) -> RecipientLine:
    deadline, way = track.stored.deadline, track.ways.get(named.agency_id)
    return RecipientLine(
        agency_id=named.agency_id,
        code=named.code,
        name=named.name,
        state=delivery.state,
        acknowledged_at=delivery.acknowledged_at,
        statuses=[_status(status) for status in delivery.statuses],
        way=way and _way(way),
        due_at=deadline and deadline.due_at,
        expires_at=deadline and deadline.ends_at,
        overdue=deadline is not None and delivery.state in OPEN and deadline.due_at <= track.at,
    )


def _way(way: Way) -> WayLine:
    state = "disabled" if way.disabled else "failing"
    return WayLine(by="webhook", state=state, failing_since=way.failing_since, next_attempt_at=way.next_attempt_at)


def _status(status: TrackedStatus) -> StatusLine:
    return StatusLine(
        message_id=status.message_id,
        status=status.status,
        said_at=status.said_at,
        stored_at=status.stored_at,
        late=status.late,
        description=status.description,
    )
