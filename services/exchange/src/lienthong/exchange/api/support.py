"""What agencies ask of operators and know from them: the hotline, outages, whom to call at an agency (N4, N9)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.text import check_clean
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.hotline import LONGEST_CONTACT, LONGEST_TEXT, HotlineKind, HotlineState
from lienthong.exchange.store.hotline import HotlineEntry
from lienthong.exchange.store.outages import Outage, OutageOrigin

_MOST_NUMBER = (1 << 63) - 1

SaidText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT), AfterValidator(check_clean)
]
"""What somebody says to be read by people: precomposed Unicode, without letters that no person wrote."""
_ContactText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_CONTACT), AfterValidator(check_clean)
]
Number = Annotated[int, Field(ge=1, le=_MOST_NUMBER)]
Most = Annotated[int, Query(ge=1, le=500, description="Most lines in the answer.")]
Before = Annotated[Number | None, Query(description="Only those of a lower number: the next page.")]


@dataclass(frozen=True, slots=True)
class Support:
    """What is behind these routes."""

    report: Callable[[Caller, UUID, HotlineKind, str, str], Awaitable[HotlineEntry]]
    own_reports: Callable[[Caller, int | None, int], Awaitable[Sequence[HotlineEntry]]]
    outages: Callable[[int], Awaitable[Sequence[Outage]]]
    contact: Callable[[UUID], Awaitable[ContactOfficer | None]]

    @classmethod
    def described(cls) -> "Support":
        """For the description of the interface alone: behind its doors is nothing."""

        async def nothing(*_: Any) -> NoReturn:
            raise RuntimeError("this application only describes itself")

        return cls(nothing, nothing, nothing, nothing)


class NewHotlineReport(BaseModel):
    """What an agency tells operators."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The agency's own id of the report (UUIDv7); a repeat under it makes no second entry.")
    kind: HotlineKind
    text: SaidText
    contact: _ContactText = Field(description="Whom operators answer: name, telephone, e-mail.")


class HotlineAnswerLine(BaseModel):
    """What operators said to it."""

    model_config = ConfigDict(frozen=True)

    text: str
    answered_at: Timestamp


class HotlineLine(BaseModel):
    """An entry of the hotline."""

    model_config = ConfigDict(frozen=True)

    number: int
    id: Id
    kind: HotlineKind
    text: str
    contact: str
    reported_at: Timestamp
    state: HotlineState
    closed_at: Timestamp | None
    answers: list[HotlineAnswerLine]


class HotlineList(BaseModel):
    """The agency's entries, the latest first."""

    model_config = ConfigDict(frozen=True)

    entries: list[HotlineLine]


class OutageLine(BaseModel):
    """A time in which documents could not be exchanged."""

    model_config = ConfigDict(frozen=True)

    number: int
    origin: OutageOrigin = Field(description="declared: operators say so; detected: the exchange found a gap itself.")
    began_at: Timestamp
    ended_at: Timestamp | None = Field(description="Null as long as it goes on.")
    cause: str | None
    recorded_at: Timestamp


class OutageList(BaseModel):
    """The outages, the latest first."""

    model_config = ConfigDict(frozen=True)

    outages: list[OutageLine]


class Contact(BaseModel):
    """Whom to call about an incident at an agency; null where it has named nobody."""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    contact_officer: ContactOfficer | None


def make_support_router(callers: Callers, support: Support) -> APIRouter:
    """The routes that every agency has."""
    router = make_router(prefix="/v1", tags=["support"])

    @router.post("/hotline", status_code=201)
    async def post_hotline(
        report: NewHotlineReport, caller: Annotated[Caller, Depends(callers.reading)]
    ) -> HotlineLine:
        """Tell operators of an incident, a suggestion, a question. A repeat is answered with the same entry."""
        # Not one of `acting`: an incident is told when acts are refused.
        return hotline_line(await support.report(caller, report.id, report.kind, report.text, report.contact))

    @router.get("/hotline")
    async def get_hotline(
        caller: Annotated[Caller, Depends(callers.reading)], before: Before = None, limit: Most = 100
    ) -> HotlineList:
        """The agency's own entries and what operators answered."""
        return HotlineList(entries=[hotline_line(each) for each in await support.own_reports(caller, before, limit)])

    @router.get("/outages")
    async def get_outages(_: Annotated[Caller, Depends(callers.reading)], limit: Most = 100) -> OutageList:
        """When documents could not be exchanged: what was entered late because of it may name it. For every agency."""
        return OutageList(outages=[outage_line(each) for each in await support.outages(limit)])

    @router.get("/agencies/{agency_id}/contact")
    async def get_contact(agency_id: Id, _: Annotated[Caller, Depends(callers.reading)]) -> Contact:
        """The officer whom an agency has named as contact for incidents. For every agency."""
        return Contact(agency_id=agency_id, contact_officer=await support.contact(agency_id))

    return router


def hotline_line(entry: HotlineEntry) -> HotlineLine:
    """An entry as its agency sees it."""
    return HotlineLine(
        number=entry.number,
        id=entry.report.report_id,
        kind=entry.report.kind,
        text=entry.report.text,
        contact=entry.report.contact,
        reported_at=entry.reported_at,
        state=entry.state,
        closed_at=entry.closed_at,
        answers=[HotlineAnswerLine(text=each.text, answered_at=each.answered_at) for each in entry.answers],
    )


def outage_line(outage: Outage) -> OutageLine:
    """An outage as everybody sees it."""
    return OutageLine(
        number=outage.number,
        origin=outage.origin,
        began_at=outage.began_at,
        ended_at=outage.ended_at,
        cause=outage.cause,
        recorded_at=outage.recorded_at,
    )
