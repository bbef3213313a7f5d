"""Sending what is sealed: kept before it leaves, repeated as the same bytes, never doubled."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lienthong.common.errors import LienthongError, Words
from lienthong.common.messages.envelope import event_type
from lienthong.common.messages.exchange import DocumentRegistered, SubmissionReceipt
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.strict_json import JsonValue, MalformedJson, loads
from lienthong.sdk.errors import UnexpectedAnswer
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.outgoing import Kept, Outgoing, Sealed
from lienthong.sdk.problems import Conflict, Refused, RequestInvalid
from lienthong.sdk.statements import Statements, hashes_of, refused, signed_line

REPEATED = 200
"""HTTP status of a message that had been accepted before (201 the first time)."""
MAX_ANSWER_BYTES = 4 << 20
"""A receipt and its warnings stay far below."""
FINAL = (Refused, Conflict, RequestInvalid)
"""Answers after which sending the same bytes again is of no use."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the exchange accepted and points out all the same."""

    code: str
    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message and the exchange's signed word that it was accepted. `repeated`: it had been accepted before."""

    message_id: UUID
    receipt: SubmissionReceipt
    receipt_signed: SignedBytes
    repeated: bool
    warnings: tuple[Warned, ...] = ()


Outcome = Sent | LienthongError
"""What became of one of many: its receipt, or the very error that sending it alone would have raised."""


class Sending:
    """The way out of the agency."""

    def __init__(self, source: str, exchange: Exchange, statements: Statements, outgoing: Outgoing) -> None:
        self._source = source
        self._exchange = exchange
        self._statements = statements
        self._outgoing = outgoing

    async def submit(self, sealed: Sealed) -> Sent:
        """Send one message. Raises PlatformError, OutcomeUnknown, Unreachable, StatementRefused."""
        await self.keep([sealed])
        try:
            answer = await self._exchange.ask(
                "POST",
                _path_of(sealed),
                headers=sealed.headers,
                body=lambda: sealed.signed.payload,
            )
        except FINAL as error:
            await self.settle([(sealed, error)])
            raise
        sent = await self.accepted(sealed, answer.status, answer_members(answer.body))
        await self.settle([(sealed, sent)])
        return sent

    async def recall(self, kept: Kept) -> Sent:
        """The receipt of a message that the profile holds; one that has none yet is sent. Raises as `submit`."""
        if kept.receipt is None:
            return await self.submit(kept.sealed)
        receipt = await self._statements.read(kept.receipt, SubmissionReceipt)
        self._check(receipt, kept.sealed)
        return Sent(kept.sealed.message_id, receipt, kept.receipt, repeated=True)

    async def accepted(self, sealed: Sealed, status: int, told: dict[str, JsonValue]) -> Sent:
        """The answer to an accepted message, its receipt verified. Raises StatementRefused, UnexpectedAnswer."""
        receipt_signed = signed_line(told.get("receipt"))
        receipt = await self._statements.read(receipt_signed, SubmissionReceipt)
        self._check(receipt, sealed)
        repeated = status == REPEATED
        return Sent(sealed.message_id, receipt, receipt_signed, repeated, _warnings(told.get("warnings")))

    async def keep(self, messages: Iterable[Sealed]) -> None:
        """Keep messages before they leave."""
        await asyncio.to_thread(self._outgoing.put, messages)

    async def settle(self, answered: Iterable[tuple[Sealed, Outcome]]) -> None:
        """Keep the receipts that came, forget what was refused for good; all else goes on waiting."""
        told = list(answered)
        sent = [(sealed, outcome.receipt_signed) for sealed, outcome in told if isinstance(outcome, Sent)]
        await asyncio.to_thread(self._outgoing.settle, sent)
        over = [sealed.message_id for sealed, outcome in told if isinstance(outcome, FINAL)]
        await asyncio.to_thread(self._outgoing.drop, over)

    def _check(self, receipt: SubmissionReceipt, sealed: Sealed) -> None:
        if (receipt.source, receipt.message_id) != (self._source, sealed.message_id):
            raise refused("của thông điệp khác", "it is of another message")
        if (receipt.sha256, receipt.jws_sha256) != hashes_of(sealed.signed):
            raise refused("của nội dung khác", "it is of other bytes")


def _path_of(sealed: Sealed) -> str:
    """A registration is sent to nobody: it has a door of its own."""
    registers = event_type(sealed.signed.payload) == DocumentRegistered.TYPE
    return "/v1/registrations" if registers else "/v1/messages"


def answer_members(body: bytes) -> dict[str, JsonValue]:
    """An answer that is one JSON object; nothing of another value. Raises UnexpectedAnswer."""
    try:
        value = loads(body, max_bytes=MAX_ANSWER_BYTES)
    except MalformedJson as error:
        raise UnexpectedAnswer(Words("Câu trả lời không phải JSON", "The answer is not JSON")) from error
    return value if isinstance(value, dict) else {}


def _warnings(value: JsonValue) -> tuple[Warned, ...]:
    told: list[dict[str, Any]] = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    return tuple(Warned(*(str(item.get(name) or "") for name in ("code", "pointer", "detail"))) for item in told)
