"""Memory and connections do not grow with the number of documents: 100,000 in the long form (`make test-long`).

They go the whole way: batches, pages, relay, inboxes, acknowledgements, statuses. Each process of the exchange is
looked at again and again; what counts is what it has gained between the middle and the end, when everything that is
made once has been made.
"""

import asyncio
import statistics
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psutil
import pytest
from tests.integration.exchange.crashing.consistency import is_settled
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, Entry, World, answered
from tests.integration.failures.extent import chosen

from lienthong.common.messages.exchange import DocumentSent
from lienthong.common.messages.status import StatusCode
from lienthong.common.testing.failures import PrivateServers

pytestmark = [pytest.mark.xdist_group("failures"), pytest.mark.timeout(chosen(300, 7200))]

DOCUMENTS = chosen(4_000, 100_000)
BATCH = chosen(200, 500)
REPORTED = 10
"""Of so many documents one is reported as received."""
MOST_BYTES = 12_000_000
"""What a process may gain from the middle third to the last; in the long form 400 bytes per document would be more."""
ROLES = ("api", "worker", "relay", "timers")


@dataclass
class Look:
    """One look at a process."""

    memory: int
    files: int
    to_kafka: int


@dataclass
class Watch:
    """Looks at the processes of the exchange, and at the connections of its database."""

    running: dict[str, Running]
    kafka_port: int
    looks: dict[str, list[Look]] = field(default_factory=dict[str, list[Look]])
    backends: list[int] = field(default_factory=list[int])

    async def look(self, world: World) -> None:
        """One more."""
        for role, running in self.running.items():
            process = psutil.Process(running.child.pid)
            told = await asyncio.to_thread(self._look, process)
            self.looks.setdefault(role, []).append(told)
        [row] = await world.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        self.backends.append(row["count"])

    def _look(self, process: psutil.Process) -> Look:
        to_kafka = [each for each in process.net_connections() if each.raddr and each.raddr.port == self.kafka_port]
        return Look(process.memory_full_info().uss, process.num_fds(), len(to_kafka))

    def gained(self, role: str) -> int:
        """Bytes from the middle third to the last."""
        middle, last = _later_thirds([each.memory for each in self.looks[role]])
        return int(statistics.median(last) - statistics.median(middle))

    def show(self) -> None:
        """What was seen, for people."""
        for role, looks in self.looks.items():
            memory = [each.memory / 1e6 for each in looks]
            print(
                f"{role}: {memory[0]:.1f} MB at first, {memory[len(memory) // 2]:.1f} MB in the middle,"
                f" {memory[-1]:.1f} MB at last; {looks[-1].files} files, {looks[-1].to_kafka} connections to Kafka"
            )
        print(f"connections of the database: at most {max(self.backends)}, at last {self.backends[-1]}")


def _later_thirds(values: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    third = len(values) // 3
    return values[third : 2 * third], values[2 * third :]


async def test_memory_and_connections_are_flat(province: Province, exchange: Running, house: PrivateServers) -> None:
    async with split_exchange(province, "flat") as running, province.world(running["api"].url, "flat") as world:
        senders, recipients = await world.agencies(4), await world.agencies(2)
        watch = Watch(running, int(house.addresses.kafka.rpartition(":")[2]))
        readers = [Reader(recipient) for recipient in recipients]
        for turn in range(DOCUMENTS // BATCH):
            sender, reader = senders[turn % len(senders)], readers[turn % len(readers)]
            await send(sender, reader.agency)
            await reader.read_on()
            await watch.look(world)
        await world.until(lambda: is_settled(world), "everything is published", seconds=120)
        await watch.look(world)
        watch.show()

        [row] = await world.rows("SELECT count(*) FROM delivery WHERE state IS NOT NULL")
        assert row["count"] == DOCUMENTS == sum(reader.documents for reader in readers)
        assert {role: watch.gained(role) for role in ROLES if watch.gained(role) > MOST_BYTES} == {}
        for looks in watch.looks.values():
            for values in ([each.files for each in looks], [each.to_kafka for each in looks]):
                middle, last = _later_thirds(values)
                assert max(last) <= max(middle) + 2
        assert max(watch.backends) <= 40


async def send(sender: Agency, recipient: Agency) -> None:
    """One batch, accepted as a whole."""
    lines = [sender.message(recipient) for _ in range(BATCH)]
    assert {line["status"] for line in answered(await sender.post_batch(lines))} == {201}


@dataclass
class Reader:
    """A recipient that reads, acknowledges and reports."""

    agency: Agency
    n: int = 0
    documents: int = 0

    async def read_on(self) -> None:
        """Everything new."""
        while True:
            entries, _ = await self.agency.read(after=self.n, limit=500)
            if not entries:
                return
            self.n = entries[-1].n
            documents = [entry for entry in entries if entry.event["type"] == DocumentSent.TYPE]
            self.documents += len(documents)
            assert (await self.agency.acknowledge(self.n)).status_code == 200
            await self._report(documents[::REPORTED])

    async def _report(self, documents: Sequence[Entry]) -> None:
        reports = [self.agency.seal(self.agency.status(entry, StatusCode.RECEIVED)) for entry in documents]
        if reports:
            assert {line["status"] for line in answered(await self.agency.post_batch(reports))} == {201}


@asynccontextmanager
async def split_exchange(province: Province, name: str) -> AsyncGenerator[dict[str, Running]]:
    """One process per role."""
    migrated = province.start(name, "migrate")
    assert await asyncio.to_thread(migrated.child.popen.wait, 180) == 0
    running = {role: province.start(name, role, LIENTHONG_RUN_DIR=str(province.folder / role)) for role in ROLES}
    for each in running.values():
        await asyncio.to_thread(each.wait_live)
    await asyncio.to_thread(running["api"].wait_ready)
    try:
        yield running
    finally:
        for each in running.values():
            await asyncio.to_thread(each.child.terminate)
