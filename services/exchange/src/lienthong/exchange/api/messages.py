"""POST /v1/messages: an agency's system posts a sealed message."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.http import make_router, read_body
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

Submit = Callable[[Caller, SignedBytes], Awaitable[Accepted]]


class Submitted(BaseModel):
    """The message was accepted: the exchange's signed receipt, the same for every repeat."""

    model_config = ConfigDict(frozen=True)

    receipt: SignedLine = Field(description="A submission receipt (vn.lienthong.exchange.submission_receipt.v1).")
    warnings: list[WarningLine] = Field(description="What should be looked at.")


def make_messages_router(callers: Callers, submit: Submit) -> APIRouter:
    """The route of submissions."""
    router = make_router(prefix="/v1", tags=["messages"])

    @router.post(
        "/messages",
        status_code=201,
        response_model=Submitted,
        responses={200: {"model": Submitted, "description": "The same message was accepted before"}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": "The exact bytes that were signed: a document_sent or a status_reported event.",
                "content": {CLOUDEVENTS: {"schema": {"anyOf": _MAY_BE_SAID}}},
            }
        },
    )
    async def post_message(
        request: Request,
        response: Response,
        caller: Annotated[Caller, Depends(callers.reading)],
        x_jws_signature: Annotated[str | None, Header(max_length=MOST_SEAL_CHARS)] = None,
    ) -> Submitted:
        """Submit one sealed message. Repeat the same bytes after a time-out: the first answer comes again.

        The caller is one who reads: a repeat is answered also while nothing new is accepted (step 2.2).
        """
        payload = await read_body(request, accept=(CLOUDEVENTS,))
        # Of two signatures, two readers could check two.
        if x_jws_signature is None or len(request.headers.getlist(SEAL)) != 1:
            raise SealMissing
        accepted = await submit(caller, SignedBytes(payload, x_jws_signature))
        response.status_code = 201 if accepted.first_time else 200
        return Submitted(receipt=signed_line(accepted.receipt), warnings=warning_lines(request, accepted.warnings))

    return router
