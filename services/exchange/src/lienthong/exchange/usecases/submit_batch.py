"""An agency submits many sealed messages at once: each line goes the way of a single one, in the order of its lane's
lines.

A refused line does not stop the others. A line that could not be answered does: what stands behind it is not accepted
(`batch_interrupted`), so that a repeat from that line on keeps the order. Lines wait for room in the queue; only where
the first finds none, the whole batch is told to come again. Who hangs up changes nothing: a repeat tells.
"""

import asyncio
from collections.abc import AsyncIterator

from lienthong.common.auth import Caller
from lienthong.common.database import DatabaseAway, TooManyAtOnce
from lienthong.common.errors import Kind, LienthongError
from lienthong.common.http.faults import TooManyRequests, UnexpectedFault
from lienthong.common.signing import SignedBytes
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.domain.answers import Accepted, SubmissionAnswer
from lienthong.exchange.domain.errors import BatchInterrupted, OutcomeUnknown
from lienthong.exchange.domain.submission import Submission
from lienthong.exchange.usecases.page_writer import BatchOrder, PageWriter
from lienthong.exchange.usecases.places import Places
from lienthong.exchange.usecases.submit_document import Faulty, SubmitDocument

BATCH_LINES = MetricSpec(
    "lienthong_exchange_batch_lines",
    MetricKind.HISTOGRAM,
    "Lines per batch",
    buckets=(1, 10, 50, 100, 250, 500, 1000),
)

BatchLine = SignedBytes | LienthongError
"""A line as the front door read it; the error where it could not."""

_TURN_SECONDS = 0.005
_LONG_SECONDS = 0.02

_Answering = asyncio.Future[SubmissionAnswer]


class SubmitBatch:
    """At most `at_once` batches are worked on in this process, `at_once_of_one` of them of one agency."""

    def __init__(
        self,
        submit: SubmitDocument,
        writer: PageWriter,
        telemetry: Telemetry,
        *,
        at_once: int = 16,
        at_once_of_one: int = 2,
    ) -> None:
        self._submit = submit
        self._writer = writer
        self._places = Places(at_once, at_once_of_one)
        self._lines = telemetry.metrics.histogram(BATCH_LINES)

    async def __call__(self, caller: Caller, lines: AsyncIterator[BatchLine]) -> list[SubmissionAnswer]:
        """One answer per line, in their order.

        Raises TooManyRequests, and what `lines` raises before its first line; nothing was kept then.
        """
        with self._places.of(caller.agency_id):
            batch = _Batch(self._submit, self._writer, caller)
            async for line in lines:
                await batch.add(line)
            answers = await batch.answers()
        self._lines.observe(len(answers))
        await self._submit.destroy_forbidden(answers)
        return answers


class _Batch:
    """The lines of one batch so far: answered, in the queue, or to be settled at the end."""

    def __init__(self, submit: SubmitDocument, writer: PageWriter, caller: Caller) -> None:
        self._submit = submit
        self._writer = writer
        self._caller = caller
        self._order = BatchOrder()
        self._lines: list[SubmissionAnswer | _Answering] = []
        self._faulty: dict[int, Faulty] = {}
        self._any_entered = False
        self._loop = asyncio.get_running_loop()
        self._until: float | None = None
        self._turn = self._loop.time()

    async def add(self, line: BatchLine) -> None:
        """2.6 Take the next line. Raises TooManyRequests where it would be the first in the queue and finds no room."""
        if self._until is None:
            self._until = self._loop.time() + self._writer.patience
        if isinstance(line, LienthongError):
            self._lines.append(line)
        elif self._order.broken:
            self._lines.append(BatchInterrupted())
        else:
            self._lines.append(await self._take(line))
        await self._let_others_go_on()

    async def answers(self) -> list[SubmissionAnswer]:
        """Every line's answer, when there is one or the time is over."""
        await self._settle()
        waiting = [line for line in self._lines if isinstance(line, asyncio.Future)]
        if waiting and self._until is not None:
            await asyncio.wait(waiting, timeout=max(0.0, self._until - self._loop.time()))
        for answer in waiting:
            answer.cancel()  # whose answer is there keeps it; the others are served no more, all from one moment on
        return [_answer_of(line) if isinstance(line, asyncio.Future) else line for line in self._lines]

    async def _take(self, signed: SignedBytes) -> SubmissionAnswer | _Answering:
        try:
            submission = self._submit.examine(self._caller, signed)
        except LienthongError as refusal:
            return await self._put_aside(signed, _alone(refusal))
        entered = await self._enter(submission)
        if entered is None:
            self._order.broken = True
            return BatchInterrupted()
        self._any_entered = True
        return entered

    async def _put_aside(self, signed: SignedBytes, refusal: LienthongError) -> SubmissionAnswer:
        """Refusals are settled together at the end; what could not be judged, at once, for it ends the batch."""
        if refusal.kind is not Kind.UNAVAILABLE:
            self._faulty[len(self._lines)] = (signed, refusal)
            return refusal
        answer = (await self._settled([(signed, refusal)]))[0]
        self._order.broken = not isinstance(answer, Accepted)
        return answer

    async def _enter(self, submission: Submission) -> _Answering | None:
        """A place in its lane's queue; None where there is none in time, or the order broke meanwhile."""
        try:
            async with asyncio.timeout_at(self._until):
                await self._writer.until_predecessor_answered(submission)
                while not self._order.broken:
                    entered = self._writer.enter(submission, self._order)
                    if entered is not None:
                        return entered
                    if not self._any_entered:
                        raise TooManyRequests(retry_after=1)
                    await self._writer.until_page_taken()
        except TimeoutError:
            pass
        return None

    async def _settle(self) -> None:
        answers = await self._settled(list(self._faulty.values()))
        for index, answer in zip(self._faulty, answers, strict=True):
            self._lines[index] = answer

    async def _settled(self, faulty: list[Faulty]) -> list[SubmissionAnswer]:
        if not faulty:
            return []
        try:
            return await self._submit.settle(self._caller, faulty)
        except (DatabaseAway, TooManyAtOnce) as unsettled:  # the other lines have their answers
            return [unsettled for _ in faulty]

    async def _let_others_go_on(self) -> None:
        """Verifying hundreds of seals takes longer than anybody else should wait."""
        taken = self._loop.time() - self._turn
        if taken > _TURN_SECONDS:
            await asyncio.sleep(taken if taken > _LONG_SECONDS else 0)  # a large line is followed by as long a pause
            self._turn = self._loop.time()


def _alone(refusal: LienthongError) -> LienthongError:
    """Without what it was raised from: that holds all of a malformed message in many times its size."""
    refusal.__cause__ = refusal.__context__ = None
    return refusal.with_traceback(None)


def _answer_of(answer: _Answering) -> SubmissionAnswer:
    if answer.cancelled() or not answer.done():
        return OutcomeUnknown()
    error = answer.exception()
    if error is None:
        return answer.result()
    return error if isinstance(error, LienthongError) else UnexpectedFault()
