"""GET /v1/overdue: what an agency owes others, and what others owe it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.messages.document import Lane
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.store.overdue import OverdueCursor, Owed, OwedKind, Side
from lienthong.exchange.usecases.read_overdue import OverduePage

Read = Callable[[Caller, Side, OverdueCursor | None, int], Awaitable[OverduePage]]

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CURSOR = rf"^{_UUID}\.{_UUID}\.[a-z]+$"


class Debtor(BaseModel):
    """Who owes it."""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    name: str | None = Field(description="As the register tells it today.")
    contact_officer: ContactOfficer | None = Field(description="Whom to ask there (N9).")


class OverdueLine(BaseModel):
    """One thing that is owed."""

    model_config = ConfigDict(frozen=True)

    kind: OwedKind = Field(
        description="receive: a document is to be received (03) or refused (02), and late; answer: the message asks "
        "for a change, and is to be answered (15 or 16); removal: content is to be removed, and that to be reported."
    )
    owed_by: Debtor
    source: str = Field(description="/agencies/<uuid> of who sent the message.")
    message_id: Id = Field(description="The message it is about.")
    lane: Lane
    document_id: str | None
    title: str | None = Field(description="Trích yếu.")
    accepted_at: Timestamp
    due_at: Timestamp = Field(description="By when it is to be done; of a removal, since when it is owed.")
    ends_at: Timestamp | None = Field(description="When the exchange ends it by itself.")


class OverdueAnswer(BaseModel):
    """One page, the oldest first."""

    model_config = ConfigDict(frozen=True)

    overdue: list[OverdueLine]
    next: str | None = Field(description="`after` of the next page; null at the end.")


def make_overdue_router(callers: Callers, read_overdue: Read) -> APIRouter:
    """The route of what is late."""
    router = make_router(prefix="/v1", tags=["overdue"])

    @router.get("/overdue")
    async def get_overdue(
        response: Response,
        caller: Annotated[Caller, Depends(callers.sparing)],
        side: Annotated[Side, Query(description="own: what this agency owes; others: what others owe it.")] = Side.OWN,
        after: Annotated[str | None, Query(pattern=_CURSOR, description="`next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> OverdueAnswer:
        """What is late. An agency sees what it owes and what is owed to it, nothing between others."""
        page = await read_overdue(caller, side, None if after is None else OverdueCursor.parse(after), limit)
        response.headers["cache-control"] = "no-store"
        return OverdueAnswer(overdue=[_line(owed) for owed in page.owed], next=page.following and page.following.text)

    return router


def _line(owed: Owed) -> OverdueLine:
    return OverdueLine(
        kind=owed.kind,
        owed_by=Debtor(agency_id=owed.recipient, name=owed.name, contact_officer=owed.contact_officer),
        source=source_of(owed.sender),
        message_id=owed.message_id,
        lane=owed.lane,
        document_id=owed.document_id,
        title=owed.title,
        accepted_at=owed.accepted_at,
        due_at=owed.due_at,
        ends_at=owed.ends_at,
    )
