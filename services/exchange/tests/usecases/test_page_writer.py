"""Both lanes of the writer go on beside each other: what waits in one takes neither time nor room from the other."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from services.exchange.tests.builders import RECIPIENT, SENDER, event, submission

from lienthong.common.http.faults import TooManyRequests
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane, OtherInfo, Priority
from lienthong.common.signing import SignedBytes
from lienthong.common.telemetry import make_telemetry
from lienthong.exchange.domain.answers import Accepted
from lienthong.exchange.domain.submission import Submission
from lienthong.exchange.usecases.accept_page import PageOutcome
from lienthong.exchange.usecases.page_writer import BatchOrder, PageWriter, WriterLimits

LIMITS = WriterLimits(
    queue=6,
    queue_of_one_agency=4,
    queue_bytes=32 << 20,
    page_lines=1,
    page_lines_of_one=1,
    page_deliveries=4096,
    patience=5,
)


class Pages:
    """Stores nothing; pages of a closed lane wait until it is opened."""

    def __init__(self, *closed: Lane) -> None:
        self.order: list[Submission] = []
        self.open = {lane: asyncio.Event() for lane in Lane}
        for lane in set(Lane) - set(closed):
            self.open[lane].set()

    async def __call__(self, page: Sequence[Submission]) -> PageOutcome:
        await self.open[page[0].lane].wait()
        self.order += page
        receipt = SignedBytes(b"{}", "a..b")
        return PageOutcome([Accepted(receipt, (), first_time=True) for _ in page], {})


@asynccontextmanager
async def writing(pages: Pages) -> AsyncGenerator[PageWriter]:
    writer = PageWriter(cast("Any", pages), cast("Any", None), cast("Any", None), make_telemetry("test"), limits=LIMITS)
    stop = asyncio.Event()
    running = asyncio.create_task(writer.run(stop))
    try:
        yield writer
    finally:
        for opened in pages.open.values():
            opened.set()
        stop.set()
        await running


def posted(lane: Lane = Lane.ORDINARY, **changes: Any) -> Submission:
    priority = Priority.EXPRESS if lane is Lane.URGENT else Priority.NORMAL
    made = submission(event(id=new_id(), other=OtherInfo(priority=priority), **changes))
    assert made.lane is lane
    return made


async def test_what_is_urgent_passes_a_full_queue_and_a_page_that_takes_long() -> None:
    pages = Pages(Lane.ORDINARY)
    async with writing(pages) as writer:
        bulk = [writer.enter(posted()) for _ in range(5)]
        await asyncio.sleep(0)
        bulk += [writer.enter(posted()) for _ in range(5)]
        assert None in bulk, "the agency's share is full"
        with pytest.raises(TooManyRequests):
            await writer.accept(posted())
        async with asyncio.timeout(1):
            await writer.accept(posted(Lane.URGENT))
        assert [one.lane for one in pages.order] == [Lane.URGENT]


async def test_what_is_urgent_takes_nothing_from_what_is_ordinary() -> None:
    pages = Pages(Lane.URGENT)
    async with writing(pages) as writer:
        urgent = [writer.enter(posted(Lane.URGENT)) for _ in range(9)]
        assert None in urgent
        async with asyncio.timeout(1):
            await writer.accept(posted())


async def test_lines_of_a_batch_leave_each_lane_its_own_half() -> None:
    async with writing(Pages(*Lane)) as writer:
        for lane in Lane:
            lines = [writer.enter(posted(lane), BatchOrder()) for _ in range(4)]
            assert [line is None for line in lines] == [False, False, True, True]


async def test_who_says_after_waits_for_that_message_in_the_other_lane() -> None:
    pages = Pages(Lane.ORDINARY)
    async with writing(pages) as writer:
        first = posted()
        entered = writer.enter(first)
        second = posted(Lane.URGENT, after=first.event.id)
        waiting = asyncio.create_task(writer.accept(second))
        other = posted(Lane.URGENT, after=new_id())
        await writer.accept(other)
        assert not waiting.done()
        pages.open[Lane.ORDINARY].set()
        await waiting
        assert entered is not None
        assert entered.done()
        assert pages.order == [other, first, second]


async def test_nobody_waits_for_a_message_of_another_agency() -> None:
    async with writing(Pages(Lane.ORDINARY)) as writer:
        first = posted()
        writer.enter(first)
        said = event(id=new_id(), after=first.event.id, other=OtherInfo(priority=Priority.EXPRESS))
        async with asyncio.timeout(1):
            await writer.until_predecessor_answered(submission(said, agency_id=RECIPIENT))
        assert SENDER != RECIPIENT
