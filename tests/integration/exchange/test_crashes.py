"""Killed with -9 in the middle: the client repeats the same messages, and everything is there once, in order."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator
from uuid import UUID

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World

from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import DOCUMENTS
from lienthong.common.signing import SignedBytes

_PATIENCE = 90


class Crashing:
    """An exchange of its own that is killed and started again at the same address."""

    def __init__(self, province: Province, world: World, running: Running) -> None:
        self.province = province
        self.world = world
        self.running = running

    async def kill_and_restart(self) -> None:
        await asyncio.to_thread(self.running.child.kill)
        started = self.province.start(self.running.name, port=self.running.port)
        self.running = await asyncio.to_thread(started.wait_ready)

    async def deliver(self, sender: Agency, messages: list[SignedBytes]) -> list[str]:
        """Post in order, each until it is answered; the receipts."""
        return [await self._until_answered(sender, message) for message in messages]

    async def _until_answered(self, sender: Agency, message: SignedBytes) -> str:
        async with asyncio.timeout(_PATIENCE):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await sender.post(message)
                    if answer.status_code in {200, 201}:
                        return answer.json()["receipt"]["signature"]
                    assert answer.status_code in {401, 429, 503}, answer.text
                await asyncio.sleep(0.05)


@pytest.fixture
async def crashing(province: Province, exchange: Running) -> AsyncGenerator[Crashing]:
    name = f"crash{random.randrange(10**9)}"
    running = await asyncio.to_thread(province.start(name).wait_ready)
    async with province.world(running.url, name) as world:
        crashing = Crashing(province, world, running)
        yield crashing
        await asyncio.to_thread(crashing.running.child.kill)


@pytest.mark.parametrize("kills", [3])
async def test_nothing_is_lost_doubled_or_reordered_when_killed_mid_page(crashing: Crashing, kills: int) -> None:
    world = crashing.world
    senders, recipients = await world.agencies(4), await world.agencies(3)
    sent = {sender.id: [sender.message(*recipients) for _ in range(60)] for sender in senders}
    posting = asyncio.gather(*(crashing.deliver(sender, sent[sender.id]) for sender in senders))
    for _ in range(kills):
        await asyncio.sleep(random.uniform(0.1, 0.4))
        await crashing.kill_and_restart()
    receipts = await posting
    for recipient in recipients:
        entries = await recipient.read_all()
        assert len(entries) == sum(map(len, sent.values()))
        for sender, given in zip(senders, receipts, strict=True):
            own = [entry for entry in entries if entry.event["source"] == sender.identity.source]
            assert [entry.message for entry in own] == sent[sender.id], "in the order of acceptance"
            assert [entry.receipt.jws.rpartition(".")[2] for entry in own] == given, "the receipts given are kept"
    await _published_in_order(crashing, senders, sent)


async def test_a_clean_stop_answers_what_is_under_way(crashing: Crashing) -> None:
    world = crashing.world
    sender, recipient = await world.agencies(2)
    messages = [sender.message(recipient) for _ in range(40)]
    posts = [asyncio.create_task(sender.post(message)) for message in messages]
    await asyncio.sleep(0.05)
    assert await asyncio.to_thread(crashing.running.child.terminate) == 0
    answers = await asyncio.gather(*posts, return_exceptions=True)
    answered = {answer.status_code for answer in answers if isinstance(answer, httpx.Response)}
    assert answered <= {201}
    started = crashing.province.start(crashing.running.name, port=crashing.running.port)
    crashing.running = await asyncio.to_thread(started.wait_ready)
    inbox = {entry.message.payload for entry in await recipient.read_all()}
    for message, answer in zip(messages, answers, strict=True):
        if isinstance(answer, httpx.Response):
            assert message.payload in inbox


async def _published_in_order(crashing: Crashing, senders: list[Agency], sent: dict[UUID, list[SignedBytes]]) -> None:
    """The topic holds every document; first occurrences of each key in order (repeats are allowed)."""
    topic = DOCUMENTS[Lane.ORDINARY].name
    kafka = crashing.province.servers.kafka
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    seen: dict[bytes, list[bytes]] = {str(sender.id).encode(): [] for sender in senders}
    try:
        async with asyncio.timeout(30):
            while any(
                len(values) < len(sent[sender.id]) for sender, values in zip(senders, seen.values(), strict=True)
            ):
                record = await consumer.getone()
                values = seen.get(record.key or b"")
                if values is not None and record.value not in values:
                    values.append(record.value or b"")
    finally:
        await consumer.stop()
    for sender in senders:
        assert seen[str(sender.id).encode()] == [message.payload for message in sent[sender.id]]
