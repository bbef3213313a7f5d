"""Who waits for an inbox is woken when something comes, without a connection for each who waits.

A process listens on one connection. What its own writer delivers rings at once in memory; other processes are told by
one NOTIFY for all pages that were committed while the last one was under way, because NOTIFY takes a lock of the whole
database at its commit. A call that is lost costs time only: whoever waits looks again before the wait is over.
"""

import asyncio
import time
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from typing import NoReturn
from uuid import UUID

import structlog

from lienthong.common.broker import Backoff
from lienthong.common.database import Connection, Database, DatabaseAway
from lienthong.common.http.faults import TooManyRequests
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.common.outbox import Outbox
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.domain.inbox_ends import InboxEnds, OpenLook
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.usecases.listening import CHANNEL, listen
from lienthong.exchange.usecases.until_stopped import until_stopped

WAITING = MetricSpec("lienthong_exchange_waiting_readers", MetricKind.GAUGE, "Readers that wait for an inbox")

LOOK_AGAIN_SECONDS = 10.0
"""After so long nobody relies on not having been woken."""

_EVERYONE = "*"
_PAUSE = Backoff(first=0.1, cap=5.0)
_MOST_NAMED = 80  # of each lane: a payload of NOTIFY ends at 8000 bytes

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class InboxBell:
    """`most` readers wait at a time, `most_of_one` of them of one agency."""

    def __init__(self, database: Database, telemetry: Telemetry, *, most: int, most_of_one: int) -> None:
        self._database = database
        self._waiting = 0
        telemetry.metrics.gauge(WAITING).set_function(lambda: self._waiting)
        self._most = most
        self._most_of_one = most_of_one
        self._process = str(new_id())
        self._ears: dict[InboxKey, set[asyncio.Event]] = {}
        self._ends = InboxEnds(LOOK_AGAIN_SECONDS)
        self._to_tell: set[InboxKey] = set()
        self._something_to_tell = asyncio.Event()
        self._is_closed = False

    @contextmanager
    def listening(self, inbox: InboxKey) -> Generator[asyncio.Event]:
        """An event that is set when the inbox gets entries; begin before the first look, so that none is missed.

        Raises TooManyRequests where too many wait already.
        """
        ears = self._ears.get(inbox, set[asyncio.Event]())
        if len(ears) >= self._most_of_one or self._waiting >= self._most:
            raise TooManyRequests(retry_after=5)
        rung = asyncio.Event()
        self._ears[inbox] = ears
        ears.add(rung)
        self._waiting += 1
        try:
            yield rung
        finally:
            self._waiting -= 1
            ears.discard(rung)
            if not ears:
                self._ears.pop(inbox, None)

    def behind(self, inbox: InboxKey, after: int) -> int | None:
        """How many entries lie behind `after`; None where this process does not know."""
        return self._ends.behind(inbox, after, time.monotonic())

    def looking(self, inbox: InboxKey) -> OpenLook:
        """Somebody begins to look at what the inbox holds."""
        return self._ends.looking(inbox)

    def found_nothing(self, inbox: InboxKey, after: int, look: OpenLook) -> None:
        """That look found nothing behind `after`."""
        self._ends.found_nothing(inbox, after, look, time.monotonic())

    def ring(self, delivered: Mapping[InboxKey, int]) -> None:
        """These inboxes have new entries up to these numbers, committed by this process."""
        now = time.monotonic()
        for inbox, n in delivered.items():
            self._ends.reached(inbox, n, now)
            self._wake(inbox)
            self._to_tell.add(inbox)
        if self._to_tell:
            self._something_to_tell.set()

    def close(self) -> None:
        """The process ends: nobody is kept waiting any more."""
        self._is_closed = True
        for inbox in self._ears:
            self._wake(inbox)

    @property
    def is_closed(self) -> bool:
        """Whether waiting is over for everybody."""
        return self._is_closed

    async def run(self, stop: asyncio.Event) -> None:
        """Listen and tell until `stop`."""
        listening = listen(self._database, "inbox bell", self._on_notify, self._ring_all)
        await until_stopped(stop, listening, self._tell())

    def _ring_all(self) -> None:
        """What came while nobody listened."""
        for lane in Lane:
            self._ring_everyone(lane)

    async def _tell(self) -> NoReturn:
        failures = 0
        while True:
            await self._something_to_tell.wait()
            self._something_to_tell.clear()
            told, self._to_tell = self._to_tell, set()
            try:
                async with self._database.connection() as connection:
                    await _notify(connection, self._process, told)
                failures = 0
            except DatabaseAway as error:
                log.warning("inbox bell not rung elsewhere", exc_info=error)
                failures += 1
                await asyncio.sleep(_PAUSE.delay(failures))
                # Together with what has come meanwhile.
                self._to_tell |= told
                self._something_to_tell.set()

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        process, *named = str(payload).split(" ")
        if process == self._process:
            return
        for text in named:
            who, _, lane = text.partition("/")
            if who == _EVERYONE:
                self._ring_everyone(Lane(lane))
            else:
                self._ring_here(InboxKey(UUID(who), Lane(lane)))

    def _ring_here(self, inbox: InboxKey) -> None:
        self._ends.moved(inbox)
        self._wake(inbox)

    def _ring_everyone(self, lane: Lane) -> None:
        self._ends.moved_all(lane)
        for inbox in self._ears:
            if inbox.lane is lane:
                self._wake(inbox)

    def _wake(self, inbox: InboxKey) -> None:
        for rung in self._ears.get(inbox, ()):
            rung.set()


class Ring:
    """Wakes readers and the relay from where nobody listens: after what timers did was committed."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def __call__(self, inboxes: Collection[InboxKey]) -> None:
        """These inboxes have new entries. A call that is lost costs time, never an entry."""
        try:
            async with self._database.connection() as connection:
                await _notify(connection, "timers", inboxes)
            await self._outbox.wake()
        except DatabaseAway as error:
            log.warning("nobody woken", exc_info=error)


async def _notify(connection: Connection, process: str, inboxes: Collection[InboxKey]) -> None:
    """Inboxes by name, or everyone's of a lane: what is ordinary never wakes who waits for what is urgent."""
    words = [process]
    for lane in Lane:
        named = [f"{inbox.agency_id}/{lane}" for inbox in inboxes if inbox.lane is lane]
        words += named if len(named) <= _MOST_NAMED else [f"{_EVERYONE}/{lane}"]
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, " ".join(words))
