"""/v1/registrations: documents that came by e-mail, other software, post or hand (N7)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.messages.exchange import DocumentRegistered
from lienthong.common.messages.registration import Channel
from lienthong.common.signing import SignedBytes
from lienthong.exchange.api.answers import SignedLine, WarningLine, signed_line, warning_lines
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.api.messages import CLOUDEVENTS, MOST_SEAL_CHARS, Submitted, read_sealed, submitted
from lienthong.exchange.domain.answers import Accepted
from lienthong.exchange.store.late_entries import KeptLateEntry
from lienthong.exchange.store.registrations import Registered, RegisteredInShort

Register = Callable[[Caller, SignedBytes], Awaitable[Accepted]]
ReadList = Callable[[Caller, UUID | None, int], Awaitable[Sequence[RegisteredInShort]]]
ReadOne = Callable[[Caller, UUID], Awaitable[Registered]]
ReadLate = Callable[[Caller, UUID | None, int], Awaitable[Sequence[KeptLateEntry]]]


class ListPart(BaseModel):
    """Which part of a list, the newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: Id | None = Field(default=None, description="`message_id` of the last line that the reader has.")
    limit: int = Field(default=100, ge=1, le=500, description="Most lines in the answer; fewer where they are large.")


class RegistrationLine(BaseModel):
    """A registered document in short."""

    model_config = ConfigDict(frozen=True)

    message_id: Id
    subject: Id = Field(description="The document's id.")
    registered_at: Timestamp
    received_at: Timestamp
    channel: Channel
    sender_name: str = Field(description="As who registered it saw it.")
    symbol: str | None = Field(description="Number and symbol.")
    title: str = Field(description="Trích yếu.")


class RegistrationList(BaseModel):
    """The agency's registrations, the newest first."""

    model_config = ConfigDict(frozen=True)

    registrations: list[RegistrationLine]


class RegistrationWhole(BaseModel):
    """One registration, exactly as it was sealed, and what was answered."""

    model_config = ConfigDict(frozen=True)

    message_id: Id
    registered_at: Timestamp
    message: SignedLine
    receipt: SignedLine
    warnings: list[WarningLine]


class LateEntryLine(BaseModel):
    """A message that was entered late."""

    model_config = ConfigDict(frozen=True)

    message_id: Id
    type: str = Field(description="Of the event: a document, a status, a registration …")
    subject: Id = Field(description="The document's id.")
    occurred_at: Timestamp = Field(description="The true time, as the agency says.")
    entered_at: Timestamp = Field(description="When the exchange accepted it.")
    by: str
    reason: str
    outage: int | None = Field(description="Number of the outage in the ledger that covers the true time; none known.")


class LateEntryList(BaseModel):
    """The agency's late entries, the newest first."""

    model_config = ConfigDict(frozen=True)

    late_entries: list[LateEntryLine]


def make_registrations_router(
    callers: Callers, register: Register, read_list: ReadList, read_one: ReadOne
) -> APIRouter:
    """The routes of registrations; everything is the caller's own."""
    router = make_router(prefix="/v1", tags=["registrations"])

    @router.post(
        "/registrations",
        status_code=201,
        response_model=Submitted,
        responses={200: {"model": Submitted, "description": "The same registration was accepted before"}},
        openapi_extra=_BODY,
    )
    async def post_registration(
        request: Request,
        response: Response,
        caller: Annotated[Caller, Depends(callers.reading)],
        _x_jws_signature: Annotated[str | None, Header(alias="x-jws-signature", max_length=MOST_SEAL_CHARS)] = None,
    ) -> Submitted:
        """Register one document. Repeat the same bytes after a time-out: the first answer comes again."""
        accepted = await register(caller, await read_sealed(request))
        response.status_code = 201 if accepted.first_time else 200
        return submitted(request, accepted)

    @router.get("/registrations")
    async def get_registrations(
        part: Annotated[ListPart, Query()], response: Response, caller: Annotated[Caller, Depends(callers.sparing)]
    ) -> RegistrationList:
        """What the agency has registered."""
        response.headers["cache-control"] = "no-store"
        found = await read_list(caller, part.before, part.limit)
        return RegistrationList(registrations=[_line(each) for each in found])

    @router.get("/registrations/{message_id}")
    async def get_registration(
        message_id: Annotated[Id, Path(description="The message that registered it.")],
        request: Request,
        response: Response,
        caller: Annotated[Caller, Depends(callers.reading)],
    ) -> RegistrationWhole:
        """One registration. 404 for whoever did not make it."""
        response.headers["cache-control"] = "no-store"
        found = await read_one(caller, message_id)
        return RegistrationWhole(
            message_id=found.message_id,
            registered_at=found.registered_at,
            message=signed_line(found.signed),
            receipt=signed_line(found.receipt),
            warnings=warning_lines(request, found.warnings),
        )

    return router


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The exact bytes that were signed: a document_registered event.",
        "content": {CLOUDEVENTS: {"schema": {"type": "object", "title": DocumentRegistered.SCHEMA}}},
    }
}


def make_late_entries_router(callers: Callers, read_late: ReadLate) -> APIRouter:
    """The route of late entries; everything is the caller's own."""
    router = make_router(prefix="/v1", tags=["registrations"])

    @router.get("/late-entries")
    async def get_late_entries(
        part: Annotated[ListPart, Query()], response: Response, caller: Annotated[Caller, Depends(callers.reading)]
    ) -> LateEntryList:
        """What the agency has entered late after an outage (N4)."""
        response.headers["cache-control"] = "no-store"
        found = await read_late(caller, part.before, part.limit)
        return LateEntryList(late_entries=[_late(each) for each in found])

    return router


def _line(found: RegisteredInShort) -> RegistrationLine:
    return RegistrationLine(
        message_id=found.message_id,
        subject=found.subject,
        registered_at=found.registered_at,
        received_at=found.received_at,
        channel=found.channel,
        sender_name=found.sender_name,
        symbol=found.symbol,
        title=found.title,
    )


def _late(found: KeptLateEntry) -> LateEntryLine:
    return LateEntryLine(
        message_id=found.message_id,
        type=found.type,
        subject=found.subject,
        occurred_at=found.occurred_at,
        entered_at=found.entered_at,
        by=found.entered_by,
        reason=found.reason,
        outage=found.outage,
    )
