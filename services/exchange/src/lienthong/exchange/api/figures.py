"""GET /v1/figures: an agency's own figures of exchange, as JSON or CSV."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.figures import Figures, Period, Step
from lienthong.exchange.domain.figures_csv import MEDIA_TYPE, own_csv
from lienthong.exchange.usecases.count_figures import Counted

Count = Callable[[UUID, Period], Awaitable[Counted]]


class PeriodAsked(BaseModel):
    """Which days, in which parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date = Field(alias="from", description="First local day (Asia/Ho_Chi_Minh).")
    last: date = Field(alias="to", description="Last local day, included.")
    by: Step = Field(default=Step.DAY, description="Parts: at most 366 days, or 120 months.")
    format: Literal["json", "csv"] | None = Field(default=None, description="Instead of Accept: text/csv.")


class Part(BaseModel):
    """One part of the period."""

    model_config = ConfigDict(frozen=True)

    period: str = Field(description="2026-11-22, or 2026-11.")
    figures: Figures


class FiguresAnswer(BaseModel):
    """The agency's figures: what it sent and got, on the day the exchange accepted it, as it stands now."""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    by: Step
    made_at: Timestamp
    days: Literal["Asia/Ho_Chi_Minh"] = "Asia/Ho_Chi_Minh"
    hours: Literal["plain"] = Field(default="plain", description="Nights and days off count.")
    parts: list[Part]
    total: Figures = Field(description="Of the whole period; medians cannot be added up.")
    refused_rules: dict[str, int] = Field(description="Refused messages by rule; one may break several.")


def make_figures_router(callers: Callers, count: Count) -> APIRouter:
    """The route of figures; they are the caller's own."""
    router = make_router(prefix="/v1", tags=["figures"])

    @router.get("/figures", response_model=FiguresAnswer, responses=_CSV)
    async def get_figures(
        request: Request, asked: Annotated[PeriodAsked, Query()], caller: Annotated[Caller, Depends(callers.reading)]
    ) -> Response:
        """Sent, delivered, received, refused, in time or not: JSON, or CSV with a byte order mark for spreadsheets."""
        counted = await count(caller.agency_id, Period(asked.first, asked.last, asked.by))
        headers = {"cache-control": "no-store", "vary": "Accept"}
        if asked.format == "csv" or (asked.format is None and "text/csv" in request.headers.get("accept", "")):
            name = f"lienthong-{asked.first}-{asked.last}.csv"
            headers["content-disposition"] = f'attachment; filename="{name}"'
            return Response(own_csv(counted.report, caller.agency_id), media_type=MEDIA_TYPE, headers=headers)
        answer = _answer(counted, caller.agency_id)
        return Response(answer.model_dump_json(by_alias=True), media_type="application/json", headers=headers)

    return router


_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def _answer(counted: Counted, agency_id: UUID) -> FiguresAnswer:
    report = counted.report
    period = report.period
    return FiguresAnswer(
        agency_id=agency_id,
        first=period.first,
        last=period.last,
        by=period.step,
        made_at=report.made_at,
        parts=[Part(period=period.label(part), figures=report.of(agency_id, part)) for part in period.parts()],
        total=report.of(agency_id),
        refused_rules=dict(counted.rules),
    )
