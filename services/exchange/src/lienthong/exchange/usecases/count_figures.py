"""Figures of exchange: an agency's own, and for operators all agencies' (N10, Decision 28/2018 Art 14).

Counted when they are asked for, from the tables themselves: there is no second book that could say something else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.exchange.domain.figures import Period, Report
from lienthong.exchange.store import agencies, figures
from lienthong.exchange.usecases.places import Places

_SECONDS = 8.0
_SECONDS_FOR_OPERATORS = 120.0


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures, by which rules messages were refused, and what the agencies are called."""

    report: Report
    rules: Mapping[str, int]
    names: Mapping[UUID, str]


class CountFigures:
    """A few count at the same time in one process, one of each agency."""

    def __init__(self, database: Database, clock: Clock, *, at_once: int = 4) -> None:
        self._database = database
        self._clock = clock
        self._places = Places(at_once, 1)

    async def own(self, agency_id: UUID, period: Period) -> Counted:
        """One agency's figures. Raises TooManyRequests, DatabaseAway."""
        with self._places.of(agency_id):
            return await self._count([agency_id], period, _SECONDS)

    async def of_all(self, period: Period) -> Counted:
        """Every agency's figures, and those of all together: for operators. Raises DatabaseAway."""
        return await self._count(None, period, _SECONDS_FOR_OPERATORS)

    async def _count(self, asked: Sequence[UUID] | None, period: Period, seconds: float) -> Counted:
        now = self._clock.now()
        async with self._database.transaction() as connection:
            await figures.begin(connection, seconds)
            report = Report(period, now, await figures.count_all(connection, asked, period, now, seconds))
            return await self._named(connection, report, asked)

    async def _named(self, connection: Connection, report: Report, asked: Sequence[UUID] | None) -> Counted:
        return Counted(
            report,
            await figures.count_rules(connection, asked, report.period),
            await agencies.find_names(connection, asked or report.agencies()),
        )
