"""/v1/inbox/{lane}/webhook: a recipient has its inbox brought, and sees how that fares."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.messages.document import Lane
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.endpoints import LONGEST_URL
from lienthong.exchange.domain.webhooks import Cause, Circuit, Disabled
from lienthong.exchange.store.webhook_attempts import Attempt, Kind
from lienthong.exchange.usecases.manage_webhook import WebhookState

_MOST_NUMBER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class WebhookDoors:
    """What is behind these routes."""

    put: Callable[[Caller, Lane, str, int | None], Awaitable[WebhookState]]
    read: Callable[[Caller, Lane], Awaitable[WebhookState]]
    remove: Callable[[Caller, Lane], Awaitable[None]]
    resume: Callable[[Caller, Lane], Awaitable[WebhookState]]
    attempts: Callable[[Caller, Lane, int | None, int], Awaitable[Sequence[Attempt]]]
    test: Callable[[Caller, Lane], Awaitable[Attempt]]


class WebhookWish(BaseModel):
    """Where the inbox is to be brought."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    url: str = Field(max_length=LONGEST_URL, description="https, a public address; http and any address in training.")
    after: int | None = Field(
        default=None,
        ge=0,
        le=_MOST_NUMBER,
        description="Bring what comes after this number. Unset: go on where it stood, or behind what was acknowledged.",
    )


class UnderWay(BaseModel):
    """The page that is being brought: again under the same id until it is taken."""

    model_config = ConfigDict(frozen=True)

    webhook_id: UUID = Field(description="The header Lienthong-Webhook-Id.")
    first: int
    last: int


class WebhookLine(BaseModel):
    """A webhook and how it fares."""

    model_config = ConfigDict(frozen=True)

    lane: Lane
    url: str
    registered_at: Timestamp
    state: str = Field(description="active, or disabled: nothing is sent until it is resumed or set anew.")
    disabled_cause: Disabled | None
    circuit: Circuit = Field(description="closed: entries are sent; open: nothing; half_open: it is being tried.")
    failures: int = Field(description="In a row.")
    failing_since: Timestamp | None
    next_attempt_at: Timestamp | None = Field(description="While it is failing.")
    taken: int = Field(description="Everything up to this number was taken. It is no acknowledgement.")
    last: int = Field(description="The last number of the inbox.")
    under_way: UnderWay | None


class WebhookAttemptLine(BaseModel):
    """One attempt."""

    model_config = ConfigDict(frozen=True)

    attempt: int = Field(description="Grows with time; the cursor of this list.")
    webhook_id: UUID = Field(description="The header Lienthong-Webhook-Id.")
    kind: Kind = Field(description="page: entries; probe and test: a head without entries.")
    first: int | None
    last: int | None
    begun_at: Timestamp
    outcome: str = Field(description="taken, failed, or under_way.")
    cause: Cause | None
    status: int | None = Field(description="The HTTP status that came back, if any did.")
    milliseconds: int | None
    next_attempt_at: Timestamp | None


class AttemptPage(BaseModel):
    """Attempts, the newest first."""

    model_config = ConfigDict(frozen=True)

    attempts: list[WebhookAttemptLine]
    before: int | None = Field(description="Ask for the page before this number; null where this is the last one.")


class AttemptCursor(BaseModel):
    """Which attempts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: int | None = Field(default=None, ge=1, le=_MOST_NUMBER, description="Those before this number.")
    limit: int = Field(default=50, ge=1, le=500, description="Most attempts in the answer.")


def make_webhooks_router(callers: Callers, doors: WebhookDoors) -> APIRouter:
    """The routes of webhooks. Each is about the caller's own inbox."""
    router = make_router(prefix="/v1/inbox/{lane}/webhook", tags=["webhooks"])
    reading, acting = Depends(callers.reading), Depends(callers.acting)

    @router.put("")
    async def put_webhook(lane: Lane, wish: WebhookWish, caller: Annotated[Caller, acting]) -> WebhookLine:
        """Have this inbox brought to a URL, or to another one; a failing or disabled webhook begins afresh."""
        return _line(await doors.put(caller, lane, wish.url, wish.after))

    @router.get("")
    async def get_webhook(lane: Lane, caller: Annotated[Caller, reading]) -> WebhookLine:
        """How the webhook fares."""
        return _line(await doors.read(caller, lane))

    @router.delete("", status_code=204)
    async def delete_webhook(lane: Lane, caller: Annotated[Caller, acting]) -> Response:
        """Bring nothing any more. A request under way may still arrive."""
        await doors.remove(caller, lane)
        return Response(status_code=204)

    @router.post("/resume")
    async def post_resume(lane: Lane, caller: Annotated[Caller, acting]) -> WebhookLine:
        """Close an open circuit and try at once; active again where it was disabled."""
        return _line(await doors.resume(caller, lane))

    @router.post("/test")
    async def post_test(lane: Lane, caller: Annotated[Caller, acting]) -> WebhookAttemptLine:
        """Send a signed head without entries now, and tell what came back. Changes nothing of the webhook."""
        return _attempt(await doors.test(caller, lane))

    @router.get("/attempts")
    async def get_attempts(
        lane: Lane, cursor: Annotated[AttemptCursor, Query()], caller: Annotated[Caller, reading]
    ) -> AttemptPage:
        """What was tried, the newest first; also of a webhook that was deleted since. Kept for a while."""
        found = await doors.attempts(caller, lane, cursor.before, cursor.limit)
        before = found[-1].id if len(found) == cursor.limit else None
        return AttemptPage(attempts=[_attempt(each) for each in found], before=before)

    return router


def _line(state: WebhookState) -> WebhookLine:
    webhook, condition = state.webhook, state.webhook.condition
    page = webhook.page
    return WebhookLine(
        lane=webhook.inbox.lane,
        url=webhook.registration.url,
        registered_at=webhook.registration.at,
        state="active" if condition.disabled is None else "disabled",
        disabled_cause=condition.disabled,
        circuit=condition.circuit,
        failures=condition.failures,
        failing_since=condition.failing_since,
        next_attempt_at=condition.next_attempt_at if condition.failures and not condition.disabled else None,
        taken=webhook.n,
        last=state.last,
        under_way=page and UnderWay(webhook_id=page.id, first=webhook.n + 1, last=page.to),
    )


def _attempt(attempt: Attempt) -> WebhookAttemptLine:
    return WebhookAttemptLine(
        attempt=attempt.id,
        webhook_id=attempt.webhook_id,
        kind=attempt.kind,
        first=attempt.first,
        last=attempt.last,
        begun_at=attempt.begun_at,
        outcome="under_way" if attempt.taken is None else "taken" if attempt.taken else "failed",
        cause=attempt.cause,
        status=attempt.status,
        milliseconds=attempt.milliseconds,
        next_attempt_at=attempt.next_attempt_at,
    )
