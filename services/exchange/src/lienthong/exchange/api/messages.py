"""POST /v1/messages: an agency's system posts a sealed message."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.http import make_router, read_body, until_sent
from lienthong.common.signing import SignedBytes
from lienthong.exchange.api.answers import SignedLine, WarningLine, signed_line, warning_lines
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.answers import Accepted
from lienthong.exchange.domain.errors import SealMissing
from lienthong.exchange.domain.reading import AGENCIES_MAY_SAY

CLOUDEVENTS = "application/cloudevents+json"
SEAL = "x-jws-signature"
MOST_SEAL_CHARS = 3000

_MAY_BE_SAID = [{"type": "object", "title": said.SCHEMA} for said in AGENCIES_MAY_SAY.by_type.values()]

_SEAL_DECLARED = {
    "name": SEAL,
    "in": "header",
    "required": True,
    "description": "Detached JWS over the exact bytes of the body.",
    "schema": {"type": "string", "maxLength": MOST_SEAL_CHARS},
}

Submit = Callable[[Caller, SignedBytes], Awaitable[Accepted]]


class Submitted(BaseModel):
    """The message was accepted: the exchange's signed receipt, the same for every repeat."""

    model_config = ConfigDict(frozen=True)

    receipt: SignedLine = Field(description="A submission receipt (vn.lienthong.exchange.submission_receipt.v1).")
    warnings: list[WarningLine] = Field(description="What should be looked at.")


async def read_sealed(request: Request) -> SignedBytes:
    """The exact bytes of the body and the one seal over them. Raises as `read_body`, and SealMissing."""
    payload = await read_body(request, accept=(CLOUDEVENTS,))
    seals = request.headers.getlist(SEAL)
    # Of two signatures, two readers could check two.
    if len(seals) != 1 or len(seals[0]) > MOST_SEAL_CHARS:
        raise SealMissing
    return SignedBytes(payload, seals[0])


def submitted(request: Request, accepted: Accepted) -> Submitted:
    """The answer to a sealed message that was accepted."""
    return Submitted(receipt=signed_line(accepted.receipt), warnings=warning_lines(request, accepted.warnings))


def make_messages_router(callers: Callers, submit: Submit) -> APIRouter:
    """The route of submissions."""
    router = make_router(prefix="/v1", tags=["messages"], bare=True)

    @router.post(
        "/messages",
        status_code=201,
        response_model=Submitted,
        dependencies=[Depends(callers.reading)],
        responses={200: {"model": Submitted, "description": "The same message was accepted before"}},
        openapi_extra={
            "parameters": [_SEAL_DECLARED],
            "requestBody": {
                "required": True,
                "description": "The exact bytes that were signed: one of the events that agencies may say.",
                "content": {CLOUDEVENTS: {"schema": {"anyOf": _MAY_BE_SAID}}},
            },
        },
    )
    async def post_message(request: Request) -> Response:
        """Submit one sealed message. Repeat the same bytes after a time-out: the first answer comes again.

        The caller is one who reads: a repeat is answered also while nothing new is accepted (step 2.2).
        """
        caller = until_sent(request).enter_context(callers.enter(request))
        accepted = await submit(caller, await read_sealed(request))
        answer = submitted(request, accepted)
        status = 201 if accepted.first_time else 200
        return Response(answer.model_dump_json(), status, media_type="application/json")

    return router
