"""Requests under an agency's seal: a CloudEvent as body, its detached signature in X-JWS-Signature, nothing else.

The seal is the authority: no token is needed. Each (source, id) takes effect once; a repeat gets the first answer
with 200 instead of 201.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from lienthong.accounts.domain.errors import RequestSealMissing
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.grant_client import grant_client
from lienthong.accounts.usecases.order_certificate import order_certificate
from lienthong.accounts.usecases.renew_certificate import renew_certificate
from lienthong.accounts.usecases.sealed_request import Effect, answer_request
from lienthong.accounts.usecases.withdraw_client import withdraw_client
from lienthong.common.http import make_router, read_body
from lienthong.common.messages.accounts import (
    CertificateOrdered,
    CertificateRequested,
    ClientRequested,
    ClientWithdrawn,
)
from lienthong.common.messages.envelope import Event
from lienthong.common.signing import SignedBytes

MEDIA_TYPE: Final = "application/cloudevents+json"
LARGEST: Final = 1 << 16
_SEAL: Final = "x-jws-signature"


def make_sealed_requests_router(context: Context) -> APIRouter:
    """The four doors."""
    router = make_router(prefix="/v1", tags=["sealed requests"])

    def door(path: str, event_class: type[Event[Any]], effect: Effect[Any], summary: str) -> None:
        router.add_api_route(
            path,
            _handler(context, event_class, effect),
            methods=["POST"],
            status_code=201,
            name=event_class.__name__,
            summary=summary,
            description=event_class.__doc__,
            openapi_extra=_described(event_class),
            response_class=JSONResponse,
        )

    door("/certificate-requests", CertificateRequested, renew_certificate, "Renew the seal, under the present one")
    door("/certificate-orders", CertificateOrdered, order_certificate, "Suspend, resume or revoke an own certificate")
    door("/client-requests", ClientRequested, grant_client, "Let a machine client act for the agency that seals")
    door("/client-withdrawals", ClientWithdrawn, withdraw_client, "Withdraw that from a machine client")
    return router


def _handler(
    context: Context, event_class: type[Event[Any]], effect: Effect[Any]
) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def handle(request: Request) -> JSONResponse:
        signed = await _read_signed(request)
        answered = await answer_request(context, signed, event_class, effect)
        return JSONResponse(answered.answer, 200 if answered.repeated else 201)

    return handle


async def _read_signed(request: Request) -> SignedBytes:
    payload = await read_body(request, limit=LARGEST, accept=[MEDIA_TYPE])
    seals = request.headers.getlist(_SEAL)
    if len(seals) != 1:  # of two signatures, two readers could check two
        raise RequestSealMissing
    return SignedBytes(payload, seals[0])


def _described(event_class: type[Event[Any]]) -> dict[str, Any]:
    return {
        "parameters": [
            {
                "name": "X-JWS-Signature",
                "in": "header",
                "required": True,
                "description": "Detached JWS by the agency's seal over the exact body: protected..signature",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                MEDIA_TYPE: {
                    "schema": {"type": "object", "description": f"Event {event_class.TYPE}, see schemas/events"}
                }
            },
        },
    }
