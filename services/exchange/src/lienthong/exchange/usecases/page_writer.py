"""Group commit: whatever has queued up while one page was stored is the next page. No timer, no waiting for more.

Each lane has a queue and pages of its own, so that nothing urgent waits for what is ordinary. A queue is bounded and
fair (`domain/turns.py`); a full one is told so at once. A page that the database does not take is tried line by line,
so that one bad line fails alone. Lines of a batch are accepted in their order within a lane, also where something
breaks: behind one that could not be answered no other of its lane is accepted. Whoever says `after` waits for that
message in either lane.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from lienthong.common.broker import Backoff
from lienthong.common.database import DatabaseAway, DatabaseBusy
from lienthong.common.http.faults import TooManyRequests
from lienthong.common.messages.document import Lane
from lienthong.common.outbox import Outbox
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.domain.answers import Accepted, SubmissionAnswer
from lienthong.exchange.domain.company import Company, Pace
from lienthong.exchange.domain.errors import BatchInterrupted, OutcomeUnknown
from lienthong.exchange.domain.page import split_page
from lienthong.exchange.domain.submission import MessageKey, Submission
from lienthong.exchange.domain.turns import Turns
from lienthong.exchange.usecases.accept_page import AcceptPage, PageOutcome
from lienthong.exchange.usecases.gather_facts import JudgedTooEarly
from lienthong.exchange.usecases.inbox_bell import InboxBell

MESSAGES = MetricSpec(
    "lienthong_exchange_messages_total",
    MetricKind.COUNTER,
    "Submissions by outcome: accepted, repeated, or the code",
    ("outcome",),
)
PAGE_LINES = MetricSpec(
    "lienthong_exchange_page_lines",
    MetricKind.HISTOGRAM,
    "Submissions per page",
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500),
)
QUEUED = MetricSpec(
    "lienthong_exchange_queued_submissions", MetricKind.GAUGE, "Submissions that wait for their page", ("lane",)
)

_PASSING = (DatabaseBusy, JudgedTooEarly)
_FEW_A_SECOND = 40
_ATTEMPTS = 6  # together they outlast the locks of a process that stands still: the server ends those after 15 s

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriterLimits:
    """Bounds of each lane's queue and of a page; `patience` is how long a caller waits, in seconds.

    `page_lines_of_one` holds while others are at work who send few: these wait for the page under way and for their
    own, so the pages that one agency fills are short ones then.

    A kilobyte counts as a delivery, for it takes as long: a page that is judged and stored keeps the next one waiting.
    """

    queue: int
    queue_of_one_agency: int
    queue_bytes: int
    page_lines: int
    page_lines_of_one: int
    page_deliveries: int
    patience: float


@dataclass(slots=True, eq=False)
class BatchOrder:
    """What the lines of one batch have in common: once `broken`, those that wait are not accepted any more."""

    broken: bool = False


@dataclass(slots=True, eq=False)
class _Waiting:
    submission: Submission
    answer: "asyncio.Future[SubmissionAnswer]"
    order: BatchOrder | None


class _Queue:
    """What waits in one lane; `something` is set when a page may be taken."""

    def __init__(self, limits: WriterLimits) -> None:
        self.turns = Turns[_Waiting](limits.queue, limits.queue_of_one_agency, limits.queue_bytes)
        self.something = asyncio.Event()


class PageWriter:
    """Takes submissions one by one, stores them page by page, lane beside lane."""

    def __init__(
        self, accept: AcceptPage, bell: InboxBell, outbox: Outbox, telemetry: Telemetry, *, limits: WriterLimits
    ) -> None:
        self._accept = accept
        self._bell = bell
        self._outbox = outbox
        self._limits = limits
        self._queues = {lane: _Queue(limits) for lane in Lane}
        self._pace, self._company = Pace(_FEW_A_SECOND), Company()
        self._on_the_way: dict[MessageKey, _Waiting] = {}
        self._page_taken = asyncio.Event()
        self._pause = Backoff(first=0.01, cap=0.2)
        self._outcomes = telemetry.metrics.counter(MESSAGES)
        self._lines = telemetry.metrics.histogram(PAGE_LINES)
        self._queued = telemetry.metrics.gauge(QUEUED)

    async def accept(self, submission: Submission) -> Accepted:
        """Queue a submission and wait for its answer.

        Raises:
            TooManyRequests: its lane's queue, or the agency's share of it, is full; nothing was kept.
            OutcomeUnknown: no answer in time; repeating the same bytes tells.
            LienthongError: the refusal.
        """
        try:
            async with asyncio.timeout(self.patience):
                await self.until_predecessor_answered(submission)
                waiting = self.enter(submission)
                if waiting is None:
                    raise TooManyRequests(retry_after=1)
                answer = await waiting
        except TimeoutError:
            raise OutcomeUnknown from None
        if isinstance(answer, Accepted):
            return answer
        raise answer

    def enter(
        self, submission: Submission, order: BatchOrder | None = None
    ) -> "asyncio.Future[SubmissionAnswer] | None":
        """Queue a submission; its answer is given, or set as an exception, later. None where there is no room now.

        Whoever waits no longer cancels the future.
        """
        waiting = _Waiting(submission, asyncio.get_running_loop().create_future(), order)
        size = len(submission.signed.payload)
        weight = len(submission.recipients) + (size >> 10)
        queue = self._queues[submission.lane]
        if not queue.turns.put(submission.agency_id, waiting, weight, size=size, of_batch=order is not None):
            return None
        now = time.monotonic()
        if self._pace.is_slow(submission.agency_id, now):
            self._company.came(submission.agency_id, now)
        queue.something.set()
        self._follow(waiting)
        return waiting.answer

    async def until_predecessor_answered(self, submission: Submission) -> None:
        """Return when the message it says `after` is not on its way in the other lane: in its own it stands before."""
        before = self._on_the_way.get((submission.agency_id, submission.after)) if submission.after else None
        if before is not None and before.submission.lane is not submission.lane:
            await asyncio.wait([before.answer])

    async def until_page_taken(self) -> None:
        """Wait until there may be room again."""
        await self._page_taken.wait()

    @property
    def patience(self) -> float:
        """How long a caller waits, in seconds."""
        return self._limits.patience

    async def run(self, stop: asyncio.Event) -> None:
        """Store pages until `stop`, then what still waits."""
        async with asyncio.TaskGroup() as lanes:
            for lane, queue in self._queues.items():
                lanes.create_task(self._run_lane(lane, queue, stop))

    async def _run_lane(self, lane: Lane, queue: _Queue, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(_set_when(stop, queue.something))
        try:
            while not (stop.is_set() and len(queue.turns) == 0):
                await queue.something.wait()
                queue.something.clear()
                while page := self._next_page(lane, queue):
                    for places in split_page([waiting.submission for waiting in page]):
                        await self._store([page[place] for place in places if _is_waiting(page[place])])
                self._queued.labels(lane).set(len(queue.turns))
                if stop.is_set():
                    queue.something.set()
        finally:
            stopping.cancel()

    def _next_page(self, lane: Lane, queue: _Queue) -> list[_Waiting]:
        self._queued.labels(lane).set(len(queue.turns))
        while len(queue.turns):
            page = queue.turns.take(self._limits.page_lines, self._limits.page_deliveries, self._most_of)
            self._tell_of_room()
            if still_waiting := [each for each in page if _is_waiting(each)]:
                return still_waiting
        return []

    def _most_of(self, agency_id: UUID) -> int:
        """How many lines of an agency a page takes now."""
        others = self._company.has_others(agency_id, time.monotonic())
        return self._limits.page_lines_of_one if others else self._limits.page_lines

    def _follow(self, waiting: _Waiting) -> None:
        """Until it is answered, those that say `after` can find it."""
        key = waiting.submission.key
        self._on_the_way[key] = waiting

        def forget(_: object) -> None:
            if self._on_the_way.get(key) is waiting:
                del self._on_the_way[key]

        waiting.answer.add_done_callback(forget)

    def _tell_of_room(self) -> None:
        self._page_taken.set()
        self._page_taken = asyncio.Event()

    async def _store(self, page: Sequence[_Waiting]) -> None:
        if not page:
            return
        try:
            outcome = await self._accept_patiently(page)
        except DatabaseAway as away:
            _break_orders(page)
            _fail(page, away)
        except Exception as error:
            log.exception("page not taken", lines=len(page))
            await self._store_line_by_line(page, error)
        else:
            self._lines.observe(len(page))
            self._answer(page, outcome)
            await self._tell(outcome)

    async def _store_line_by_line(self, page: Sequence[_Waiting], error: Exception) -> None:
        if len(page) == 1:
            self._outcomes.labels("unexpected").inc()
            _fail(page, error)
            return
        for waiting in page:
            if _is_waiting(waiting):
                await self._store([waiting])

    async def _tell(self, outcome: PageOutcome) -> None:
        """3.9 Readers and the relay are woken. A call that is lost costs them time, never a document."""
        if not outcome.delivered:
            return
        self._bell.ring(outcome.delivered)
        try:
            await self._outbox.wake()
        except DatabaseAway as away:
            log.warning("relay not woken", exc_info=away)

    async def _accept_patiently(self, page: Sequence[_Waiting]) -> PageOutcome:
        """Circles of waiting that the database broke, and locks held too long, pass; so does a judgement made early."""
        submissions = [waiting.submission for waiting in page]
        for attempt in range(1, _ATTEMPTS):
            try:
                return await self._accept(submissions)
            except _PASSING as error:
                log.warning("page again", attempt=attempt, exc_info=error)
                await asyncio.sleep(self._pause.delay(attempt))
        return await self._accept(submissions)

    def _answer(self, page: Sequence[_Waiting], outcome: PageOutcome) -> None:
        for waiting, answer in zip(page, outcome.answers, strict=True):
            self._outcomes.labels(_outcome_label(answer)).inc()
            if not waiting.answer.done():
                waiting.answer.set_result(answer)


def _is_waiting(waiting: _Waiting) -> bool:
    """Who has stopped waiting is not served: nothing of it has happened, and a repeat is judged anew."""
    if waiting.order is not None and waiting.order.broken and not waiting.answer.done():
        waiting.answer.set_exception(BatchInterrupted())
    return not waiting.answer.done()


def _break_orders(page: Sequence[_Waiting]) -> None:
    for waiting in page:
        if waiting.order is not None:
            waiting.order.broken = True


def _fail(page: Sequence[_Waiting], error: Exception) -> None:
    for waiting in page:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)


def _outcome_label(answer: SubmissionAnswer) -> str:
    if isinstance(answer, Accepted):
        return "accepted" if answer.first_time else "repeated"
    return answer.code


async def _set_when(stop: asyncio.Event, event: asyncio.Event) -> None:
    await stop.wait()
    event.set()
