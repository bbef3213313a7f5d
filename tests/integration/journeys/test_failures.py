"""A service dies, as by a power cut: what was promised still holds."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord
from tests.integration.journeys.bus import message_id, records_of
from tests.integration.journeys.province import JUSTICE, OFFICE, opened, read_all, send

from lienthong.common.testing.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

KILLS = 3
STREAM = 60


async def test_documents_are_sent_and_read_while_accounts_is_dead(
    finance: Path, justice: Path, platform: Platform
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await send(sender, JUSTICE)
        await read_all(recipient)
        await asyncio.to_thread(platform.kill, "accounts")
        ids = [str((await send(sender, JUSTICE)).message_id) for _ in range(3)]
        assert await read_all(recipient) == ids
        assert not platform.services["accounts"].is_ready()


async def test_nothing_is_lost_doubled_or_reordered_when_the_exchange_is_killed_in_a_stream(
    finance: Path, justice: Path, office: Path, platform: Platform
) -> None:
    sent: dict[str, list[str]] = {"finance": [], "office": []}
    async with opened(finance) as one, opened(office) as other, opened(justice) as recipient:
        await read_all(recipient)

        async def stream(name: str) -> None:
            for _ in range(STREAM):
                sender = one if name == "finance" else other
                sent[name].append(str((await send(sender, JUSTICE)).message_id))

        async def kill() -> None:
            for turn in range(1, KILLS + 1):
                await until(lambda: sum(map(len, sent.values())) >= turn * STREAM // (KILLS + 1))  # noqa: B023
                await asyncio.to_thread(platform.kill, "exchange")
                await asyncio.to_thread(platform.restart, "exchange")

        await asyncio.gather(kill(), stream("finance"), stream("office"))
        read = await read_all(recipient)
        wanted = {each for ids in sent.values() for each in ids}
        assert Counter(read) == Counter(wanted)
        records = first_of_each(await records_of(platform.servers.kafka, wanted))
        assert set(records) == wanted
        for ids in sent.values():
            assert [each for each in read if each in ids] == ids
            assert [each for each in records if each in ids] == ids


async def test_a_frozen_exchange_leaves_the_outcome_unknown_and_the_repeat_settles_it(
    finance: Path, office: Path, platform: Platform
) -> None:
    daemon = platform.services["exchange"].daemon
    async with opened(finance) as sender, opened(office) as recipient:
        await read_all(recipient)
        await send(sender, OFFICE)
        await asyncio.to_thread(daemon.freeze)
        sending = asyncio.create_task(send(sender, OFFICE))
        await asyncio.sleep(1)
        assert not sending.done()
        await asyncio.to_thread(daemon.thaw)
        sent = await sending
        assert (await read_all(recipient))[-1] == str(sent.message_id)


def first_of_each(records: Sequence[ConsumerRecord[bytes, bytes]]) -> list[str]:
    """As a reader folds them: a relay killed before it noted Kafka's answer says the very same thing again."""
    said: dict[str, tuple[object, ...]] = {}
    for record in records:
        content = (record.topic, record.key, record.value, record.headers)
        assert said.setdefault(message_id(record), content) == content
    return list(said)


async def until(reached: Callable[[], bool]) -> None:
    """Look often: a kill should fall into the middle of a request."""
    while not reached():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.002)
