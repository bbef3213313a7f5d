"""Hundreds of documents in one go: refusals and a dying exchange in their middle lose, double and reorder nothing."""

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.integration.journeys.bus import records_of
from tests.integration.journeys.province import JUSTICE, compose, opened, read_all
from tests.integration.journeys.test_failures import first_of_each

from lienthong.common.testing.platform import Platform
from lienthong.sdk import Agency, Document, Refused, Secrecy, Sent
from lienthong.sdk.outgoing import Sealed
from lienthong.sdk.transport import HttpAnswer

pytestmark = pytest.mark.xdist_group("platform")

COUNT = 200
SECRET = range(90, 110, 7)
STREAM = 600
PAUSES = {1: 0.01, 3: 0.06, 5: 0.12}
"""Which chunks an exchange is killed under, and how many seconds after they left: before, in and after its commits."""


async def documents(agency: Agency, count: int) -> list[Document]:
    return [await compose(agency, [JUSTICE]) for _ in range(count)]


async def test_a_batch_with_refusals_in_the_middle_delivers_all_others_in_order(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        batch = await documents(sender, COUNT)
        for place in SECRET:
            batch[place] = batch[place].model_copy(update={"secrecy": Secrecy.SECRET})
        outcomes = await sender.send_batch(batch)
        refused = [place for place, outcome in enumerate(outcomes) if not isinstance(outcome, Sent)]
        assert refused == list(SECRET)
        for place in SECRET:
            outcome = outcomes[place]
            assert isinstance(outcome, Refused)
            assert "N3" in outcome.problem.codes
        assert sender.pending() == []
        assert await read_all(recipient) == [str(each.message_id) for each in outcomes if isinstance(each, Sent)]


async def test_an_exchange_killed_in_the_middle_of_batches_loses_doubles_and_reorders_nothing(
    finance: Path, justice: Path, platform: Platform
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        batch = await documents(sender, STREAM)
        sent = sender.profile.folder / "sent"
        before = len(list(sent.iterdir())) if sent.exists() else 0
        chunks = itertools.count()
        post = sender._batch._post

        async def kill_under(lines: Sequence[Sealed]) -> HttpAnswer:
            posting = asyncio.create_task(post(lines))
            pause = PAUSES.get(next(chunks))
            if pause is not None:
                await asyncio.sleep(pause)
                await asyncio.to_thread(platform.kill, "exchange")
                await asyncio.to_thread(platform.restart, "exchange")
            return await posting

        sender._batch._post = kill_under
        outcomes = await sender.send_batch(batch)
        assert {type(outcome): str(outcome) for outcome in outcomes if not isinstance(outcome, Sent)} == {}
        assert len(list(sent.iterdir())) == before + STREAM
        ids = [str(each.message_id) for each in outcomes if isinstance(each, Sent)]
        assert await read_all(recipient) == ids
        assert first_of_each(await records_of(platform.servers.kafka, set(ids))) == ids


async def test_a_batch_run_again_by_another_process_under_its_keys_is_the_same_batch(
    finance: Path, justice: Path
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        batch = await documents(sender, 10)
        keys = [f"{batch[0].document_id} {place}" for place in range(10)]
        first = await sender.send_batch(batch[:4], keys=keys[:4])
        async with opened(finance) as restarted:
            second = await restarted.send_batch(batch, keys=keys)
        assert [isinstance(each, Sent) and each.repeated for each in second] == [True] * 4 + [False] * 6
        ids = [str(each.message_id) for each in second if isinstance(each, Sent)]
        assert ids[:4] == [str(each.message_id) for each in first if isinstance(each, Sent)]
        assert await read_all(recipient) == ids
