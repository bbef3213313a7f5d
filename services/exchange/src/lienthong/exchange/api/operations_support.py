"""/v1/operations/hotline, outages, agencies: what operators answer, write down and look up."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from lienthong.common.auth import Operator
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.text import check_clean
from lienthong.exchange.api.operators import Operators
from lienthong.exchange.api.support import (
    Before,
    Contact,
    HotlineLine,
    Most,
    Number,
    OutageLine,
    SaidText,
    hotline_line,
    outage_line,
)
from lienthong.exchange.domain.hotline import HotlineState
from lienthong.exchange.domain.outages import LONGEST_CAUSE
from lienthong.exchange.store.hotline import HotlineEntry
from lienthong.exchange.usecases.find_contact import FindContact
from lienthong.exchange.usecases.keep_hotline import KeepHotline
from lienthong.exchange.usecases.keep_outages import KeepOutages

_Cause = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_CAUSE), AfterValidator(check_clean)
]


@dataclass(frozen=True, slots=True)
class SupportDesk:
    """What is behind these routes."""

    hotline: KeepHotline
    outages: KeepOutages
    contact: FindContact

    @classmethod
    def described(cls) -> "SupportDesk":
        """For the description of the interface alone: behind its doors is nothing."""
        return cls(object.__new__(KeepHotline), object.__new__(KeepOutages), object.__new__(FindContact))


class ReportedLine(HotlineLine):
    """An entry of the hotline as operators see it."""

    agency_id: Id
    agency_name: str | None
    answered_by: list[str] = Field(description="Who gave each of the answers.")


class OperatorAnswer(BaseModel):
    """What an operator says to an entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: SaidText


class OpenOutage(BaseModel):
    """An outage that operators write down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cause: _Cause
    began_at: Annotated[Timestamp | None, Field(description="Now, if it is not given.")] = None
    ended_at: Annotated[Timestamp | None, Field(description="Not given: it goes on.")] = None


class CloseOutage(BaseModel):
    """The end of an outage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ended_at: Annotated[Timestamp | None, Field(description="Now, if it is not given.")] = None


class ExplainOutage(BaseModel):
    """The cause of an outage, once it is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cause: _Cause


def make_support_desk_router(operators: Operators, desk: SupportDesk) -> APIRouter:
    """The routes; nobody but operators opens any of them."""
    router = make_router(prefix="/v1/operations", tags=["operations"])
    _add_hotline(router, operators, desk.hotline)
    _add_outages(router, operators, desk.outages)

    @router.get("/agencies/{agency_id}/contact")
    async def get_contact(agency_id: Id, _: Annotated[Operator, Depends(operators.reading)]) -> Contact:
        """Whom to call at an agency about an incident. For operators."""
        return Contact(agency_id=agency_id, contact_officer=await desk.contact(agency_id))

    return router


def _add_hotline(router: APIRouter, operators: Operators, hotline: KeepHotline) -> None:
    @router.get("/hotline")
    async def get_hotline(
        _: Annotated[Operator, Depends(operators.reading)],
        state: Annotated[HotlineState | None, Query()] = None,
        before: Before = None,
        limit: Most = 100,
    ) -> list[ReportedLine]:
        """What agencies have reported, the latest first. For operators."""
        return [_reported(each) for each in await hotline.find_all(state, before, limit)]

    @router.get("/hotline/{number}")
    async def get_hotline_entry(number: Number, _: Annotated[Operator, Depends(operators.reading)]) -> ReportedLine:
        """One entry. For operators."""
        return _reported(await hotline.find(number))

    @router.post("/hotline/{number}/answers")
    async def post_answer(
        number: Number, answer: OperatorAnswer, operator: Annotated[Operator, Depends(operators.acting)]
    ) -> ReportedLine:
        """Answer an entry; its agency reads it. For operators; audited."""
        return _reported(await hotline.answer(number, answer.text, who=operator.path))

    @router.post("/hotline/{number}/close")
    async def post_hotline_close(
        number: Number, operator: Annotated[Operator, Depends(operators.acting)]
    ) -> ReportedLine:
        """Close an entry for good. For operators; audited."""
        return _reported(await hotline.close(number, who=operator.path))


def _add_outages(router: APIRouter, operators: Operators, outages: KeepOutages) -> None:
    @router.get("/outages")
    async def get_outages(_: Annotated[Operator, Depends(operators.reading)], limit: Most = 100) -> list[OutageLine]:
        """The outages, the latest first. For operators."""
        return [outage_line(each) for each in await outages.read(limit)]

    @router.post("/outages", status_code=201)
    async def post_outage(outage: OpenOutage, operator: Annotated[Operator, Depends(operators.acting)]) -> OutageLine:
        """Write an outage down, while it goes on or afterwards. For operators; audited."""
        opened = await outages.open(outage.cause, began_at=outage.began_at, ended_at=outage.ended_at, who=operator.path)
        return outage_line(opened)

    @router.post("/outages/{number}/close")
    async def post_outage_close(
        number: Number, end: CloseOutage, operator: Annotated[Operator, Depends(operators.acting)]
    ) -> OutageLine:
        """Write down that it is over. For operators; audited."""
        return outage_line(await outages.close(number, ended_at=end.ended_at, who=operator.path))

    @router.post("/outages/{number}/cause")
    async def post_outage_cause(
        number: Number, told: ExplainOutage, operator: Annotated[Operator, Depends(operators.acting)]
    ) -> OutageLine:
        """Name its cause, once it is known. For operators; audited."""
        return outage_line(await outages.explain(number, told.cause, who=operator.path))


def _reported(entry: HotlineEntry) -> ReportedLine:
    return ReportedLine(
        **hotline_line(entry).model_dump(),
        agency_id=entry.report.agency_id,
        agency_name=entry.agency_name,
        answered_by=[each.by for each in entry.answers],
    )
