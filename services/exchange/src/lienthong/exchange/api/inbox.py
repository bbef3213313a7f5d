"""/v1/inbox: a recipient reads and acknowledges what was sent to it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from lienthong.common.auth import Caller
from lienthong.common.http import make_router, parse, until_sent
from lienthong.common.messages.document import Lane
from lienthong.common.signing import SignedBytes
from lienthong.exchange.api.answers import SignedLine, signed_line
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.api.waiting import unless_gone
from lienthong.exchange.domain.lines import NDJSON
from lienthong.exchange.usecases.inbox_lines import inbox_lines
from lienthong.exchange.usecases.places import Places
from lienthong.exchange.usecases.read_inbox import InboxPage

_MOST_NUMBER = 2**53 - 1
_LARGE, _PIECE = 1 << 20, 64 << 10
_LARGE_AT_ONCE, _LARGE_OF_ONE = 64, 8

Read = Callable[[Caller, Lane, int, int, float], Coroutine[Any, Any, InboxPage]]
Acknowledge = Callable[[Caller, Lane, int], Awaitable[SignedBytes]]


class Cursor(BaseModel):
    """Where the reader is and how much it takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: int = Field(default=0, ge=0, le=_MOST_NUMBER, description="The last number the reader has.")
    limit: int = Field(default=100, ge=1, le=1000, description="Most entries in the answer.")
    wait: float = Field(default=0, ge=0, le=60, description="Seconds to wait for the first entry.")


_LANE, _CURSOR = TypeAdapter(Lane), TypeAdapter(Cursor)


class Acknowledgement(BaseModel):
    """Everything up to entry `n` of this lane was received and stored."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    n: int = Field(ge=1, le=_MOST_NUMBER)


class Acknowledged(BaseModel):
    """The signed delivery receipt, the same for every repeat."""

    model_config = ConfigDict(frozen=True)

    receipt: SignedLine = Field(description="A delivery receipt (vn.lienthong.exchange.delivery_receipt.v1).")


def make_inbox_router(callers: Callers, read_inbox: Read) -> APIRouter:
    """The route by which it is read."""
    router = make_router(prefix="/v1", tags=["inbox"], bare=True)
    places = Places(_LARGE_AT_ONCE, _LARGE_OF_ONE)

    @router.get(
        "/inbox/{lane}",
        response_class=Response,
        dependencies=[Depends(callers.reading), Depends(_asked)],
        responses={
            200: {
                "description": "Lines: entries {n, protected, payload, signature, receipt} in order, then one "
                "{head}, the signed state of the inbox after the last of them",
                "content": {NDJSON: {"schema": {"type": "string"}}},
            }
        },
    )
    async def get_inbox(request: Request) -> Response:
        """The entries behind a number, in order; with `wait`, as soon as there are any."""
        held = until_sent(request)
        caller = held.enter_context(callers.enter(request))
        lane = parse(_LANE, request.path_params["lane"], "path", "lane")
        cursor = parse(_CURSOR, dict(request.query_params), "query")
        page = await unless_gone(request, read_inbox(caller, lane, cursor.after, cursor.limit, cursor.wait))
        if page is None:
            return Response(status_code=204)  # nobody reads this answer
        lines, headers = inbox_lines(page.entries, page.head), {"cache-control": "no-store"}
        if len(lines) <= _LARGE:
            return Response(lines, media_type=NDJSON, headers=headers)
        # It lies in memory until its reader has taken it, which may be never: few at a time, sent piece by piece, so
        # that a place is held for as long as that takes.
        held.enter_context(places.of(caller.agency_id))
        headers["content-length"] = str(len(lines))
        return StreamingResponse(_pieces(lines), media_type=NDJSON, headers=headers)

    return router


def _asked(lane: Lane, cursor: Annotated[Cursor, Query()]) -> None:
    """What a reader may say, for the description of the interface."""


def make_acknowledgements_router(callers: Callers, acknowledge: Acknowledge) -> APIRouter:
    """The route by which it is acknowledged."""
    router = make_router(prefix="/v1", tags=["inbox"])

    @router.post("/inbox/{lane}/acknowledgements")
    async def post_acknowledgement(
        lane: Lane, acknowledgement: Acknowledgement, caller: Annotated[Caller, Depends(callers.acting)]
    ) -> Acknowledged:
        """Acknowledge everything up to a number."""
        return Acknowledged(receipt=signed_line(await acknowledge(caller, lane, acknowledgement.n)))

    return router


async def _pieces(lines: bytes) -> AsyncGenerator[memoryview]:
    whole = memoryview(lines)
    for start in range(0, len(lines), _PIECE):
        yield whole[start : start + _PIECE]
