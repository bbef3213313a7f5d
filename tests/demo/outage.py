"""Broker and exchange die as by a power cut while hundreds of documents flow: nothing is lost, and it takes a pause."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from tests.demo.following import Following, following
from tests.demo.stage import TRIO, Stage
from tests.integration.failures.latencies import split

from lienthong.common.testing.embedded import EmbeddedServers
from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.layout import Layout

DOCUMENTS = 500
PAIRS = (("finance", "justice"), ("justice", "office"), ("office", "finance"))
MIDWAY = 150
"""So many documents are accepted before something dies."""
WITHOUT_BROKER = 30
"""So many more while there is no broker, before the exchange dies too."""


async def show_outage(stage: Stage) -> None:
    """The broker is killed in the middle of 500 documents, then the exchange with its worker and relay."""
    report, accepted = stage.report, list[UUID]()
    report.chapter(
        f"Kafka, exchange và tiến trình xử lý bị tắt đột ngột giữa {DOCUMENTS} văn bản",
        f"Broker, exchange and worker are killed while {DOCUMENTS} documents flow",
    )
    for role in TRIO:
        await stage.read(role)
    shares = [DOCUMENTS // len(PAIRS) + (place < DOCUMENTS % len(PAIRS)) for place in range(len(PAIRS))]
    async with following(stage, TRIO) as readers:
        flows = [
            asyncio.create_task(_flow(readers, *pair, share, accepted))
            for pair, share in zip(PAIRS, shares, strict=True)
        ]
        await _until(lambda: len(accepted) >= MIDWAY)
        since = time.monotonic()
        without_broker = await _kill_and_restart(stage, accepted)
        back = time.monotonic()
        await asyncio.gather(*flows)
        await readers.has(accepted)
    waiting = sum(len(stage.clients[role].pending()) for role in TRIO)
    seen = f"{len(accepted)} tiếp nhận / accepted, {without_broker} khi không có Kafka / without a broker"
    report.show(
        "Gửi qua sự cố", "Sent across the outage", seen=f"{seen}; chờ biên nhận / waiting {waiting}",
        ok=len(set(accepted)) == DOCUMENTS and waiting == 0 and without_broker >= WITHOUT_BROKER,
    )  # fmt: skip
    times = [(readers.begun[message], readers.seconds(message)) for message in accepted]
    undisturbed, report.outage = split(times, since, back)
    report.show(
        "Trước và sau sự cố", "Before and after the outage", seen=str(undisturbed), ok=bool(undisturbed.seconds)
    )
    seen = f"{report.outage}; sự cố kéo dài / the outage lasted {back - since:.1f} s"
    report.show("Trong sự cố", "During the outage", seen=seen, ok=bool(report.outage.seconds))


async def _flow(readers: Following, sender: str, to: str, number: int, accepted: list[UUID]) -> None:
    for _ in range(number):
        sent = await readers.send(sender, to)
        accepted.append(sent.message_id)


async def _kill_and_restart(stage: Stage, accepted: list[UUID]) -> int:
    """Gives how many documents were accepted while there was no broker."""
    before = len(accepted)
    async with _no_broker(stage):
        await _until(lambda: len(accepted) >= before + WITHOUT_BROKER)
        without_broker = len(accepted) - before
        await asyncio.to_thread(stage.platform.kill, "exchange")
    await asyncio.to_thread(stage.platform.restart, "exchange")
    return without_broker


@asynccontextmanager
async def _no_broker(stage: Stage) -> AsyncGenerator[None]:
    """Killed, and started again on what its disk held. A broker that we did not start is left alone."""
    servers = stage.platform.servers
    if servers.source != "embedded":
        stage.report.note("Kafka", "the broker", "không do lần chạy này khởi động / not started by this run")
        yield
        return
    private = PrivateServers(EmbeddedServers(Layout.of(servers.folder)))
    await asyncio.to_thread(private.kill, "kafka")
    try:
        yield
    finally:
        await asyncio.to_thread(private.restart, "kafka")


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not reached():  # noqa: ASYNC110 - a kill should fall into the middle of a request, so look often
            await asyncio.sleep(0.002)
