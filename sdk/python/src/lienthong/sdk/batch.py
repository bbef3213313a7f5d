"""Many messages in one request, a line each.

A batch travels in chunks. A chunk is repeated, the same bytes, until each of its lines has an answer, and only then the
next one leaves: so the order of the lines is the order of acceptance, and whatever breaks off costs a repeat.
"""

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID

from lienthong.common.errors import LienthongError, Words
from lienthong.common.strict_json import JsonValue, dumps
from lienthong.sdk.errors import OutcomeUnknown, StatementRefused, UnexpectedAnswer, Unreachable
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.outgoing import Sealed
from lienthong.sdk.problems import Overloaded, PlatformUnavailable, RequestInvalid, error_of_line
from lienthong.sdk.sending import Outcome, Sending, answer_members
from lienthong.sdk.transport import HttpAnswer

CHUNK_LINES = 100
CHUNK_BYTES = 4 << 20
"""Lines and bytes of one request; where the exchange takes fewer (413), a chunk is halved."""
TOO_LARGE = 413

_AGAIN = Overloaded | PlatformUnavailable


class Batch:
    """Sends many messages in their order."""

    def __init__(self, exchange: Exchange, sending: Sending) -> None:
        self._exchange = exchange
        self._sending = sending

    async def submit(self, messages: Sequence[Sealed]) -> list[Outcome]:
        """An outcome for each message, in their order: what is wrong with one stops no other.

        Where the platform gives no answer at all, what was not settled stays in `pending`: nothing behind it leaves.
        """
        await self._sending.keep(messages)
        outcomes: dict[UUID, Outcome] = {}
        waiting, most = list(messages), CHUNK_LINES
        while waiting:
            chunk = _take(waiting, most)
            error = await self._settle(chunk, outcomes)
            if _is_too_large(error) and len(chunk) > 1:
                most = len(chunk) // 2
                continue
            waiting = waiting[len(chunk) :]
            if error is None:
                continue
            _fill(outcomes, chunk, error)
            if _is_too_large(error):
                await self._sending.settle([(chunk[0], error)])
            else:
                # What follows must not overtake what may still have to be repeated.
                _fill(outcomes, waiting, _held_back())
                break
        return [outcomes[sealed.message_id] for sealed in messages]

    async def _settle(self, chunk: Sequence[Sealed], outcomes: dict[UUID, Outcome]) -> LienthongError | None:
        """Post, and post again what has no answer or one that asks for it; the error that ends the batch, or None."""
        patience = self._exchange.transport.patience
        left = list(chunk)
        for repeats in range(patience.attempts):
            try:
                found = await self._read(left, await self._post(left))
            except LienthongError as error:
                return error
            outcomes |= found
            await self._sending.settle([(each, found[each.message_id]) for each in left if each.message_id in found])
            left = [each for each in left if isinstance(found.get(each.message_id), _AGAIN | None)]
            if not left:
                return None
            await asyncio.sleep(patience.pause(repeats))
        words = Words("Máy chủ không trả lời đủ các dòng", "The exchange did not answer every line")
        return OutcomeUnknown(words)

    async def _post(self, lines: Sequence[Sealed]) -> HttpAnswer:
        body = b"".join(dumps(dict[str, JsonValue](each.signed.to_line())) + b"\n" for each in lines)
        headers = {"content-type": "application/x-ndjson", "accept": "application/x-ndjson"}
        return await self._exchange.ask("POST", "/v1/messages/batch", headers=headers, body=lambda: body)

    async def _read(self, asked: Sequence[Sealed], answer: HttpAnswer) -> dict[UUID, Outcome]:
        found: dict[UUID, Outcome] = {}
        for line in answer.body.splitlines():
            told = answer_members(line)
            number, status = told.get("line"), told.get("status")
            if type(number) is not int or type(status) is not int or not 1 <= number <= len(asked):
                raise UnexpectedAnswer(Words("Dòng trả lời thiếu số", "A line of the answer has no number or status"))
            sealed = asked[number - 1]
            if status >= 400:
                found[sealed.message_id] = error_of_line(status, told.get("problem"))
                continue
            try:
                found[sealed.message_id] = await self._sending.accepted(sealed, status, told)
            except (StatementRefused, UnexpectedAnswer) as error:
                found[sealed.message_id] = error
        return found


def _take(waiting: Sequence[Sealed], most: int) -> Sequence[Sealed]:
    size, count = 0, 0
    for sealed in waiting[:most]:
        size += len(sealed.signed.payload)
        if count and size > CHUNK_BYTES:
            break
        count += 1
    return waiting[:count]


def _fill(outcomes: dict[UUID, Outcome], messages: Iterable[Sealed], error: LienthongError) -> None:
    for sealed in messages:
        outcomes.setdefault(sealed.message_id, error)


def _is_too_large(error: LienthongError | None) -> bool:
    return isinstance(error, RequestInvalid) and error.problem.status == TOO_LARGE


def _held_back() -> Unreachable:
    return Unreachable(
        Words("Chưa gửi: các dòng trước chưa rõ kết quả", "Not sent: the outcome of lines before it is not known")
    )
