"""How many deliveries are late, and how many hang where: gauges, without a name of any agency."""

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.store import overdue
from lienthong.exchange.usecases.find_stuck import FindStuck

OVERDUE = MetricSpec(
    "lienthong_exchange_overdue_deliveries",
    MetricKind.GAUGE,
    "Deliveries that should have been received by now; counted by timers",
)
STUCK = MetricSpec(
    "lienthong_exchange_stuck_deliveries",
    MetricKind.GAUGE,
    "Deliveries that hang for too long, by place (lienthong ops stuck); counted by timers",
    ("place",),
)


class MeasureLateness:
    """Looks at every open delivery: not for every round."""

    def __init__(self, database: Database, find_stuck: FindStuck, clock: Clock, telemetry: Telemetry) -> None:
        self._database = database
        self._find_stuck = find_stuck
        self._clock = clock
        self._overdue = telemetry.metrics.gauge(OVERDUE)
        self._stuck = telemetry.metrics.gauge(STUCK)

    async def __call__(self) -> None:
        """Count and set the gauges."""
        async with self._database.connection() as connection:
            self._overdue.set(await overdue.count(connection, self._clock.now()))
        for place, number in (await self._find_stuck.count()).items():
            self._stuck.labels(place).set(number)
