"""A process stands still with its locks held: another one beside it answers as soon as the server has ended them."""

import asyncio
import signal
from dataclasses import replace

import pytest
from tests.integration.exchange.crashing.extent import EVERYTHING
from tests.integration.exchange.crashing.performance import Theatre
from tests.integration.exchange.crashing.plans import standard
from tests.integration.exchange.crashing.process import Order
from tests.integration.exchange.crashing.steps import Moment, moments_of

from lienthong.common.signing import SignedBytes

pytestmark = [
    pytest.mark.xdist_group("crashing exchange"),
    pytest.mark.skipif(not EVERYTHING, reason="the locks of the frozen last 15 s: in the long form"),
]


@pytest.mark.parametrize("moment", [moment for step in ("3.5", "3.8") for moment in moments_of(step)], ids=str)
async def test_the_twin_of_a_frozen_process_answers_for_it(theatre: Theatre, moment: Moment) -> None:
    assert await theatre.perform(standard()) == []
    stage = theatre.stage
    run = str(stage.province.folder / "twin" / "run")
    twin = await asyncio.to_thread(stage.province.start(stage.database, "api", LIENTHONG_RUN_DIR=run).wait_ready)
    async with (
        stage.province.world(stage.url, stage.database) as here,
        stage.province.world(twin.url, stage.database) as there,
    ):
        sender, recipient = theatre.cast[:2]
        at_the_twin = replace(sender, world=there)
        await there.until(lambda: there.is_trusted(at_the_twin), "the twin knows the sender")
        message = at_the_twin.message(recipient)
        Order.at(moment, 1, signal.SIGSTOP).give(stage.order)
        posting = asyncio.create_task(replace(sender, world=here).post(message))
        frozen = await stage.frozen()
        answer = await at_the_twin.post(message)
        frozen.resume()
        first = await posting
    await asyncio.to_thread(twin.child.terminate)
    assert answer.status_code in {200, 201}, answer.text
    assert first.status_code == 503 or first.json()["receipt"] == answer.json()["receipt"]
    theatre.ledger.keep(sender.id, [recipient.id], message, SignedBytes.from_line(answer.json()["receipt"]))
    assert await theatre.perform(standard()) == []
