"""/v1/capabilities: what a sender should know before it sends (pre-flight)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.http.bodies import DEFAULT_LIMIT
from lienthong.common.ids import Id
from lienthong.common.messages.document import DocumentKind, Lane, Purpose
from lienthong.common.messages.exchange import Environment
from lienthong.exchange.api.answers import WarningLine, warning_lines
from lienthong.exchange.api.batches import BatchLimits
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.changes import ChangeKind
from lienthong.exchange.domain.file_kinds import FilePolicy
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.preflight import Arrival, Backlog, Expected, Recipient, Standing, Way
from lienthong.exchange.domain.reading import AGENCIES_MAY_SAY
from lienthong.exchange.domain.submission import KnownAgency
from lienthong.exchange.usecases.check_recipients import Checked
from lienthong.exchange.usecases.scan_upload import ScannerState

MOST_ASKED = 1000

Check = Callable[[Sequence[UUID]], Awaitable[Checked]]


class RecipientsAsked(BaseModel):
    """Of whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: list[Id] = Field(min_length=1, max_length=MOST_ASKED, description="Agencies; answered once each, in order.")


class LimitsLine(BaseModel):
    """What one message and its files may have here."""

    model_config = ConfigDict(frozen=True)

    message_bytes: int
    recipients: int
    attachments: int = Field(description="Files of one message.")
    attachment_bytes: int = Field(description="Of one file.")
    attached_bytes: int = Field(description="Of all files of one message.")
    media_types: list[str] = Field(description="Of files; type/* and */* stand for many.")
    batch_lines: int
    batch_bytes: int


class ScannerLine(BaseModel):
    """The virus scanner of uploads."""

    model_config = ConfigDict(frozen=True)

    state: ScannerState
    most_bytes: int | None = Field(description="Larger files are refused while a scanner is set.")


class UnderstoodLine(BaseModel):
    """What may be said here."""

    model_config = ConfigDict(frozen=True)

    messages: list[str] = Field(description="Types of events.")
    document_kinds: list[DocumentKind]
    purposes: list[Purpose]
    change_requests: list[ChangeKind]
    lanes: list[Lane]


class AgencyLine(BaseModel):
    """An agency of the register."""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    name: str
    state: Standing


class SealLine(BaseModel):
    """The agency's certificates as of now: without a good one it reads, and cannot report."""

    model_config = ConfigDict(frozen=True)

    good: bool
    until: Timestamp | None = Field(description="When the last of its good certificates ends.")


class BacklogLine(BaseModel):
    """The agency's inbox in one lane."""

    model_config = ConfigDict(frozen=True)

    lane: Lane
    unacknowledged: int
    oldest_at: Timestamp | None = Field(description="Since when the oldest unacknowledged entry waits.")
    acknowledged_at: Timestamp | None = Field(description="Of the last delivery receipt.")
    read_at: Timestamp | None = Field(description="When it last asked for this inbox, to the minute.")


class RecipientExpected(BaseModel):
    """One agency: will it arrive?"""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    name: str | None
    state: Standing
    successors: list[AgencyLine] = Field(description="Of a merged agency: send to these.")
    arrives: Arrival
    seal: SealLine
    reads_by: list[Way]
    inboxes: list[BacklogLine]
    warnings: list[WarningLine]


class Capabilities(BaseModel):
    """What this exchange takes, and what is to be expected of the agencies asked for. It refuses nothing."""

    model_config = ConfigDict(frozen=True)

    environment: Environment
    at: Timestamp
    limits: LimitsLine
    understood: UnderstoodLine
    scanner: ScannerLine
    recipients: list[RecipientExpected] = Field(description="In the order asked, each once.")


@dataclass(frozen=True, slots=True)
class Offers:
    """What this installation takes; `scanner` is asked anew each time."""

    environment: Environment
    policy: AdmissionPolicy
    files: FilePolicy
    upload_bytes: int
    batches: BatchLimits
    scanner: Callable[[], tuple[ScannerState, int | None]]


def make_capabilities_router(callers: Callers, check: Check, offers: Offers) -> APIRouter:
    """The routes of pre-flight. Any agency may ask about any."""
    router = make_router(prefix="/v1", tags=["capabilities"])

    @router.post("/capabilities")
    async def post_capabilities(
        asked: RecipientsAsked,
        request: Request,
        response: Response,
        _caller: Annotated[Caller, Depends(callers.sparing)],
    ) -> Capabilities:
        """Ask before sending: who is active, who reads, what is taken. Stores nothing."""
        response.headers["cache-control"] = "no-store"
        return _capabilities(request, await check(asked.to), offers)

    @router.get("/capabilities/{agency_id}")
    async def get_capabilities(
        agency_id: Annotated[Id, Path(description="The agency.")],
        request: Request,
        response: Response,
        _caller: Annotated[Caller, Depends(callers.reading)],
    ) -> Capabilities:
        """The same for one agency; one that nobody knows has the state unknown."""
        response.headers["cache-control"] = "no-store"
        return _capabilities(request, await check([agency_id]), offers)

    return router


def _capabilities(request: Request, checked: Checked, offers: Offers) -> Capabilities:
    state, most_bytes = offers.scanner()
    return Capabilities(
        environment=offers.environment,
        at=checked.at,
        limits=_limits(offers),
        understood=UnderstoodLine(
            messages=sorted(AGENCIES_MAY_SAY.by_type),
            document_kinds=list(DocumentKind),
            purposes=list(Purpose),
            change_requests=list(ChangeKind),
            lanes=list(Lane),
        ),
        scanner=ScannerLine(state=state, most_bytes=most_bytes),
        recipients=[_recipient(request, recipient, expected) for recipient, expected in checked.recipients],
    )


def _limits(offers: Offers) -> LimitsLine:
    policy = offers.policy
    return LimitsLine(
        message_bytes=DEFAULT_LIMIT,
        recipients=policy.most_recipients,
        attachments=policy.most_attachments,
        attachment_bytes=offers.upload_bytes,
        attached_bytes=policy.most_attached_bytes,
        media_types=sorted(offers.files.types),
        batch_lines=offers.batches.lines,
        batch_bytes=offers.batches.bytes,
    )


def _recipient(request: Request, recipient: Recipient, expected: Expected) -> RecipientExpected:
    return RecipientExpected(
        agency_id=recipient.agency_id,
        name=recipient.agency.name if recipient.agency else None,
        state=recipient.standing,
        successors=[_agency(each) for each in recipient.successors],
        arrives=expected.arrives,
        seal=SealLine(good=recipient.seal_until is not None, until=recipient.seal_until),
        reads_by=recipient.ways,
        inboxes=[_backlog(lane, backlog) for lane, backlog in recipient.backlogs.items()],
        warnings=warning_lines(request, expected.warnings),
    )


def _agency(agency: KnownAgency) -> AgencyLine:
    return AgencyLine(agency_id=agency.agency_id, name=agency.name, state=Standing(agency.state.value))


def _backlog(lane: Lane, backlog: Backlog) -> BacklogLine:
    return BacklogLine(
        lane=lane,
        unacknowledged=backlog.unacknowledged,
        oldest_at=backlog.oldest_at,
        acknowledged_at=backlog.acknowledged_at,
        read_at=backlog.read_at,
    )
