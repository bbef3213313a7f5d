"""/v1/attachments: files, uploaded before the message that carries them, read by those entitled."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.http import make_router, problem_response, stream_body
from lienthong.common.messages.exchange import Scan
from lienthong.common.messages.parts import Sha256
from lienthong.common.objects import RangeNotThere
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.digests import read_content_digest, to_content_digest
from lienthong.exchange.domain.media_types import UNTYPED, to_content_type
from lienthong.exchange.domain.ranges import ByteRange
from lienthong.exchange.domain.submission import Upload as StoredUpload
from lienthong.exchange.usecases.read_attachment import OpenAttachment

Upload = Callable[[Caller, str, str, AsyncIterator[bytes]], Awaitable[StoredUpload]]
Read = Callable[[Caller, str, str | None], Awaitable[OpenAttachment]]


class Uploaded(BaseModel):
    """The file is stored and may be referenced by the uploader's messages for a day."""

    model_config = ConfigDict(frozen=True)

    sha256: Sha256
    size: int = Field(description="Bytes.")
    media_type: str
    scan: Scan = Field(description="What the virus scanner said; it stands in the receipt of the message, too.")


def make_attachments_router(callers: Callers, upload: Upload, read: Read, *, most_bytes: int) -> APIRouter:
    """The routes of files; an upload has at most `most_bytes`."""
    router = make_router(prefix="/v1", tags=["attachments"])

    @router.post("/attachments", status_code=201, openapi_extra=_BINARY_BODY)
    async def post_attachment(
        request: Request,
        caller: Annotated[Caller, Depends(callers.acting)],
        content_digest: Annotated[str | None, Header(description="sha-256=:<base64>: (RFC 9530)")] = None,
        content_type: Annotated[str, Header(max_length=200, pattern=r"^[\x20-\x7e]+$")] = UNTYPED,
    ) -> Uploaded:
        """Upload one file as the raw body."""
        sha256 = read_content_digest(content_digest)
        stored = await upload(caller, sha256, content_type, stream_body(request, limit=most_bytes))
        return Uploaded(sha256=stored.sha256, size=stored.size, media_type=stored.media_type, scan=stored.scan)

    @router.get("/attachments/{sha256}", response_class=Response, responses=_BINARY_ANSWER)
    async def get_attachment(
        request: Request,
        sha256: Annotated[Sha256, Path()],
        caller: Annotated[Caller, Depends(callers.reading)],
        part: Annotated[str | None, Header(alias="Range", description="One range of bytes (RFC 9110)")] = None,
    ) -> Response:
        """Read a file that the agency uploaded or received."""
        attachment = await read(caller, sha256, part)
        if attachment.part is None:
            return problem_response(request, RangeNotThere(), {"content-range": f"bytes */{attachment.size}"})
        return _answer(sha256, attachment, attachment.part)

    return router


_BINARY_BODY = {
    "requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
}
_BINARY_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "The range asked for"},
    416: {"description": "The range lies outside the file"},
}


def _answer(sha256: str, attachment: OpenAttachment, part: ByteRange) -> Response:
    headers = {
        "content-length": str(part.length),
        "accept-ranges": "bytes",
        "repr-digest": to_content_digest(sha256),
        "etag": f'"{sha256}"',
        "cache-control": "private, no-store",
        # What agencies exchange is never run in a browser by its name.
        "content-disposition": "attachment",
        "x-content-type-options": "nosniff",
    }
    if not part.is_whole:
        headers["content-range"] = part.to_header()
    headers["content-type"] = to_content_type(attachment.media_type)
    status = 200 if part.is_whole else 206
    return StreamingResponse(attachment.content, status, headers)
