"""POST /v1/messages/batch: many sealed messages in one request, one per line; one answer per line."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from lienthong.common.auth import Caller
from lienthong.common.errors import LienthongError
from lienthong.common.http import make_router, read_body
from lienthong.common.http.bodies import DEFAULT_LIMIT
from lienthong.common.http.faults import BodyTooLarge
from lienthong.common.problems import Language, choose_language, to_problem
from lienthong.common.signing import MaterialRefused, SignedBytes
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.common.telemetry import current_trace_id
from lienthong.exchange.api.answers import warning_lines
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.api.messages import MOST_SEAL_CHARS
from lienthong.exchange.domain.answers import Accepted, SubmissionAnswer
from lienthong.exchange.domain.errors import BatchTooLong, LineMalformed
from lienthong.exchange.domain.lines import NDJSON, ndjson_line
from lienthong.exchange.usecases.submit_batch import BatchLine

SubmitAll = Callable[[Caller, AsyncIterator[BatchLine]], Awaitable[list[SubmissionAnswer]]]

_MOST_BYTES_OF_MESSAGE = DEFAULT_LIMIT  # as of a message that comes alone
_MOST_BYTES_OF_LINE = 3 * _MOST_BYTES_OF_MESSAGE + 8192
"""Every letter written as an escape, but for control characters, which no message has."""
_LINES_IN_ONE_GO = 50


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much one batch may hold."""

    lines: int = 1000
    bytes: int = 16 << 20


def make_batches_router(callers: Callers, submit: SubmitAll, limits: BatchLimits) -> APIRouter:
    """The route of batches."""
    router = make_router(prefix="/v1", tags=["messages"])

    @router.post("/messages/batch", response_class=Response, responses=_ANSWER, openapi_extra=_BODY)
    async def post_batch(request: Request, caller: Annotated[Caller, Depends(callers.reading)]) -> Response:
        """Submit many sealed messages, accepted in the order of their lines. A refused line does not stop the others.

        Behind a line answered 429 or 5xx no other is accepted: repeat the batch from that line on, the same bytes in
        the same order. The whole is refused (413, 415, 429), with nothing kept, before its first line is looked at.
        """
        answers = await submit(caller, _lines(request, limits))
        language = choose_language(request.headers.get("accept-language"))
        headers = {"cache-control": "no-store", "content-language": language, "vary": "Accept-Language"}
        return Response(await _body(request, answers, language), media_type=NDJSON, headers=headers)

    return router


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": 'One {"protected","payload","signature"} per line; payload is the exact text that was signed.',
        "content": {NDJSON: {"schema": {"type": "string"}}},
    }
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One line per line, in the same order: {line, status: 201 or 200, message_id, receipt, "
        "warnings} where it was accepted (200: before), else {line, status, problem} with the problem (RFC 9457) "
        "that it would have been answered with alone",
        "content": {NDJSON: {"schema": {"type": "string"}}},
    }
}


async def _lines(request: Request, limits: BatchLimits) -> AsyncGenerator[BatchLine]:
    body = await read_body(request, limit=limits.bytes, accept=(NDJSON,))
    if body.count(b"\n") > limits.lines:  # counted before they are made
        raise BatchTooLong(limits.lines)
    lines = body.split(b"\n")
    if not lines[-1].strip():
        lines.pop()
    if len(lines) > limits.lines:
        raise BatchTooLong(limits.lines)
    for line in lines:
        yield _read_line(line)


def _read_line(line: bytes) -> BatchLine:
    if len(line) > _MOST_BYTES_OF_LINE:
        return BodyTooLarge(_MOST_BYTES_OF_MESSAGE)
    try:
        members = loads(line, max_bytes=len(line), max_depth=1)
        signed = SignedBytes.from_line(members if isinstance(members, dict) else {})
    except (MalformedJson, MaterialRefused) as malformed:
        return LineMalformed(malformed.words if isinstance(malformed, MalformedJson) else None)
    if len(signed.payload) > _MOST_BYTES_OF_MESSAGE:
        return BodyTooLarge(_MOST_BYTES_OF_MESSAGE)
    return signed if len(signed.jws) <= MOST_SEAL_CHARS else LineMalformed()


async def _body(request: Request, answers: Sequence[SubmissionAnswer], language: Language) -> bytes:
    lines: list[bytes] = []
    for number, answer in enumerate(answers, start=1):
        lines.append(ndjson_line({"line": number, **_line(request, answer, language)}))
        if number % _LINES_IN_ONE_GO == 0:
            await asyncio.sleep(0)  # others are not kept waiting for the words of a long answer
    return b"".join(lines)


def _line(request: Request, answer: SubmissionAnswer, language: Language) -> dict[str, Any]:
    if isinstance(answer, Accepted):
        return {
            "status": 201 if answer.first_time else 200,
            "message_id": json.loads(answer.receipt.payload)["message_id"],
            "receipt": answer.receipt.to_line(),
            "warnings": [each.model_dump() for each in warning_lines(request, answer.warnings)],
        }
    return {"status": answer.kind.status, "problem": _problem(request, answer, language)}


def _problem(request: Request, error: LienthongError, language: Language) -> dict[str, Any]:
    return to_problem(error, language=language, instance=request.url.path, trace_id=current_trace_id())
