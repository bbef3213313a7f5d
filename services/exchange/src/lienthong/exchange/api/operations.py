"""/v1/operations: what waits for operators, seen and handled from elsewhere than the host. Never documents' content."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from lienthong.common.auth import Operator
from lienthong.common.clock import Timestamp, truncated
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.inbox import (
    HeldEvent,
    HeldEvents,
    HeldState,
    KeptLetter,
    LetterDesk,
    LetterState,
)
from lienthong.common.relay import BlockedKey, BlockedKeys
from lienthong.common.text import check_clean
from lienthong.exchange.api.operations_support import SupportDesk, make_support_desk_router
from lienthong.exchange.api.operators import Operators
from lienthong.exchange.api.support import Most, Number

_Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(check_clean)
]

_Place = Annotated[int, Field(ge=0, le=(1 << 63) - 1)]


@dataclass(frozen=True, slots=True)
class Operations:
    """What is behind these routes."""

    operators: Operators
    held: HeldEvents
    blocked: BlockedKeys
    letters: LetterDesk
    support: SupportDesk

    @classmethod
    def described(cls) -> "Operations":
        """For the description of the interface alone: behind its doors is nothing."""
        return cls(
            Operators.described(),
            object.__new__(HeldEvents),
            object.__new__(BlockedKeys),
            object.__new__(LetterDesk),
            SupportDesk.described(),
        )


class Because(BaseModel):
    """Why an operator does it: kept in the audit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: _Reason


class RetryOf(BaseModel):
    """The key that is to be tried at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(check_clean)]
    topic: Annotated[str, Field(min_length=1, max_length=249), AfterValidator(check_clean)] | None = Field(
        default=None, description="Of one topic only."
    )


class AttemptLine(BaseModel):
    """An attempt that failed."""

    model_config = ConfigDict(frozen=True)

    number: int
    tried_at: Timestamp
    cause: str


class HeldLine(BaseModel):
    """An event that could not be applied yet."""

    model_config = ConfigDict(frozen=True)

    position: int
    consumer: str
    topic: str
    key: str
    origin: str = Field(description="Its place on Kafka: topic-partition@offset.")
    source: str
    id: Id
    type: str
    state: HeldState
    attempts: int = Field(description="Since the last replay.")
    cause: str | None = Field(description="Null where an earlier event of its key is held.")
    received_at: Timestamp
    retry_at: Timestamp
    behind: int = Field(description="How many wait behind it.")
    failed: list[AttemptLine] = Field(description="The first attempt and the latest; empty in a list.")


class BlockedLine(BaseModel):
    """A key whose first record Kafka refused."""

    model_config = ConfigDict(frozen=True)

    topic: str
    key: str
    row: int
    cause: str
    attempts: int
    refused_at: Timestamp
    retry_at: Timestamp
    behind: int | None


class LetterLine(BaseModel):
    """A record that could not be verified or parsed."""

    model_config = ConfigDict(frozen=True)

    number: int
    consumer: str
    put_at: Timestamp
    state: LetterState
    decided_at: Timestamp | None
    error: str
    origin: str
    recorded_at: Timestamp
    key: str
    headers: list[str]
    size: int
    sha256: str


def make_operations_routers(operations: Operations) -> list[APIRouter]:
    """The routes of operators; nobody else opens any of them."""
    return [
        _make_held_router(operations.operators, operations.held),
        _make_outbox_router(operations.operators, operations.blocked),
        _make_letters_router(operations.operators, operations.letters),
        make_support_desk_router(operations.operators, operations.support),
    ]


def _make_held_router(operators: Operators, held: HeldEvents) -> APIRouter:
    router = make_router(prefix="/v1/operations/held", tags=["operations"])

    @router.get("")
    async def get_held_events(
        _: Annotated[Operator, Depends(operators.reading)],
        state: Annotated[HeldState | None, Query()] = None,
        consumer: Annotated[str | None, Query(max_length=100, pattern=r"^[\x20-\x7e]*$")] = None,
        limit: Most = 100,
    ) -> list[HeldLine]:
        """Events that could not be applied yet, in the order they came. For operators."""
        return [_held(each) for each in await held.list(consumer=consumer, state=state, most=limit)]

    @router.get("/{position}")
    async def get_held_event(position: Number, _: Annotated[Operator, Depends(operators.reading)]) -> HeldLine:
        """One of them, with its attempts. For operators."""
        return _held(await held.find(position))

    @router.post("/{position}/replay")
    async def post_replay(
        position: Number, because: Because, operator: Annotated[Operator, Depends(operators.acting)]
    ) -> HeldLine:
        """Let a dead one be tried again, at once. For operators; audited."""
        return _held(await held.replay(position, who=operator.path, reason=because.reason))

    @router.post("/{position}/skip")
    async def post_skip(
        position: Number, because: Because, operator: Annotated[Operator, Depends(operators.acting)]
    ) -> HeldLine:
        """Give a dead one up; its content is removed and its key goes on. For operators; audited."""
        return _held(await held.skip(position, who=operator.path, reason=because.reason))

    return router


def _make_outbox_router(operators: Operators, blocked: BlockedKeys) -> APIRouter:
    router = make_router(prefix="/v1/operations/outbox", tags=["operations"])

    @router.get("")
    async def get_blocked_keys(
        _: Annotated[Operator, Depends(operators.reading)], limit: Most = 100
    ) -> list[BlockedLine]:
        """Keys whose record Kafka refuses, and what waits behind them. For operators."""
        return [_blocked(each) for each in await blocked.list(most=limit)]

    @router.post("/retry")
    async def post_retry(retry: RetryOf, operator: Annotated[Operator, Depends(operators.acting)]) -> list[BlockedLine]:
        """Have the relay try a key at once. For operators; audited."""
        return [_blocked(each) for each in await blocked.retry(retry.key, who=operator.path, topic=retry.topic)]

    return router


def _make_letters_router(operators: Operators, letters: LetterDesk) -> APIRouter:
    router = make_router(prefix="/v1/operations/dead-letters", tags=["operations"])

    @router.get("")
    async def get_dead_letters(
        _: Annotated[Operator, Depends(operators.reading)],
        decided: Annotated[bool, Query(description="Those that were handled, too.")] = False,
        limit: Most = 100,
    ) -> list[LetterLine]:
        """Among the latest records that could not be verified or parsed those nobody has decided on. For operators."""
        return [_letter(each) for each in await letters.list(most=limit, decided=decided)]

    @router.get("/{number}")
    async def get_dead_letter(number: _Place, _: Annotated[Operator, Depends(operators.reading)]) -> LetterLine:
        """One of them. For operators."""
        return _letter(await letters.find(number))

    @router.post("/{number}/replay", status_code=202)
    async def post_replay(
        number: _Place, because: Because, operator: Annotated[Operator, Depends(operators.acting)]
    ) -> LetterLine:
        """Have a worker read it again; its state tells what became of it. For operators; audited."""
        return _letter(await letters.replay(number, who=operator.path, reason=because.reason))

    @router.post("/{number}/skip")
    async def post_skip(
        number: _Place, because: Because, operator: Annotated[Operator, Depends(operators.acting)]
    ) -> LetterLine:
        """Give it up. For operators; audited."""
        return _letter(await letters.skip(number, who=operator.path, reason=because.reason))

    return router


def _held(event: HeldEvent) -> HeldLine:
    return HeldLine(
        position=event.position,
        consumer=event.consumer,
        topic=event.topic,
        key=event.key,
        origin=event.origin,
        source=event.source,
        id=event.id,
        type=event.type,
        state=event.state,
        attempts=event.attempts,
        cause=event.cause,
        received_at=event.received_at,
        retry_at=truncated(event.retry_at),
        behind=event.behind,
        failed=[AttemptLine(number=one.number, tried_at=one.tried_at, cause=one.cause) for one in event.failed],
    )


def _blocked(key: BlockedKey) -> BlockedLine:
    return BlockedLine(
        topic=key.topic,
        key=key.key,
        row=key.row,
        cause=key.cause,
        attempts=key.attempts,
        refused_at=truncated(key.refused_at),
        retry_at=truncated(key.retry_at),
        behind=key.behind,
    )


def _letter(letter: KeptLetter) -> LetterLine:
    return LetterLine(
        number=letter.number,
        consumer=letter.consumer,
        put_at=letter.put_at,
        state=letter.state,
        decided_at=letter.decided_at,
        error=letter.error,
        origin=letter.origin,
        recorded_at=letter.recorded_at,
        key=letter.key,
        headers=list(letter.headers),
        size=letter.size,
        sha256=letter.sha256,
    )
