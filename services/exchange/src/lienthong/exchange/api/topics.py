"""/v1/inbox/{lane}/topic: an agency's own Kafka topic, asked for, shown and ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import OWN_TOPIC_KEPT
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.own_topics import EndCause, OwnTopic, TopicState, group_prefix_of, principal_of

Manage = Callable[[Caller, Lane], Awaitable[OwnTopic]]


@dataclass(frozen=True, slots=True)
class TopicDoors:
    """What is behind the routes; `bootstrap` is where agencies reach the broker."""

    open: Manage
    show: Manage
    close: Manage
    bootstrap: str | None


class OwnTopicLine(BaseModel):
    """The agency's own topic of one lane."""

    model_config = ConfigDict(frozen=True)

    lane: Lane
    topic: str = Field(description="Name of the topic: one partition, key: the agency's id.")
    state: TopicState = Field(description="It holds entries while open; asked and ending are being done.")
    from_n: int = Field(description="The first entry that is there; those before are read over HTTP.")
    last_n: int | None = Field(description="The last entry, where it ends or has ended.")
    bootstrap: str | None = Field(description="Address of the listener for agencies: mutual TLS.")
    principal: str = Field(description="Who may read it; its certificate's subject is CN=<agency id>.")
    group_prefix: str = Field(description="What the names of its consumer groups must begin with.")
    retention_days: int = Field(description="How long an entry stays there.")
    asked_at: Timestamp
    opened_at: Timestamp | None
    ended_at: Timestamp | None
    end_cause: EndCause | None
    cause: str | None = Field(description="Why the last attempt failed; tried again while asked or ending.")


def make_topics_router(callers: Callers, doors: TopicDoors) -> APIRouter:
    """The routes of agencies' own topics."""
    router = make_router(prefix="/v1/inbox/{lane}/topic", tags=["topics"])

    @router.put("")
    async def put_topic(lane: Lane, caller: Annotated[Caller, Depends(callers.acting)]) -> OwnTopicLine:
        """Ask for a topic that holds every entry of this inbox from now on; the same topic where it stands."""
        return _line(await doors.open(caller, lane), doors.bootstrap)

    @router.get("")
    async def get_topic(lane: Lane, caller: Annotated[Caller, Depends(callers.reading)]) -> OwnTopicLine:
        """How far it is. 404 where the agency has never asked for it."""
        return _line(await doors.show(caller, lane), doors.bootstrap)

    @router.delete("")
    async def delete_topic(lane: Lane, caller: Annotated[Caller, Depends(callers.acting)]) -> OwnTopicLine:
        """End it: the right to read goes, then the topic with all that it holds. The inbox stays as it is."""
        return _line(await doors.close(caller, lane), doors.bootstrap)

    return router


def _line(topic: OwnTopic, bootstrap: str | None) -> OwnTopicLine:
    agency_id, lane = topic.inbox
    return OwnTopicLine(
        lane=lane,
        topic=topic.spec.name,
        state=topic.state,
        from_n=topic.from_n,
        last_n=topic.last_n,
        bootstrap=bootstrap,
        principal=principal_of(agency_id),
        group_prefix=group_prefix_of(agency_id),
        retention_days=OWN_TOPIC_KEPT.days,
        asked_at=topic.asked_at,
        opened_at=topic.opened_at,
        ended_at=topic.ended_at,
        end_cause=topic.end_cause,
        cause=topic.cause,
    )
