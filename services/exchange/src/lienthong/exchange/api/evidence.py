"""GET /v1/evidence: one file that proves a document at one recipient to anybody."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response

from lienthong.common.auth import Caller
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.exchange.api.callers import Callers

ZIP = "application/zip"

Give = Callable[[Caller, UUID, UUID, UUID], Awaitable[bytes]]


def make_evidence_router(callers: Callers, give_evidence: Give) -> APIRouter:
    """The route of evidence."""
    router = make_router(prefix="/v1", tags=["evidence"])

    @router.get(
        "/evidence/{agency_id}/{message_id}/{recipient}",
        response_class=Response,
        responses={
            200: {
                "description": "An evidence file (docs/evidence.md)",
                "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def get_evidence(
        agency_id: Annotated[Id, Path(description="The agency that sent the document.")],
        message_id: Annotated[Id, Path(description="The message in which it was sent.")],
        recipient: Annotated[Id, Path(description="The recipient that it is about; a recipient names itself.")],
        caller: Annotated[Caller, Depends(callers.sparing)],
    ) -> Response:
        """Evidence of a document at one recipient, for its sender and that recipient; 404 for everybody else.

        503 with Retry-After until a time-stamping authority has stamped its acceptance.
        """
        file = await give_evidence(caller, agency_id, message_id, recipient)
        headers = {
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="evidence-{message_id}-{recipient}.zip"',
        }
        return Response(file, media_type=ZIP, headers=headers)

    return router
