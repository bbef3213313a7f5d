"""The broker is lost with its disk under whole running services, and built again as docs/operations tells.

In the middle of it somebody starts a relay too early. In the end a reader of the topics has every document once and in
order, a process that begins from nothing trusts whom it should, and agencies noticed nothing but a pause.
"""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest
from aiokafka import ConsumerRecord
from tests.integration.failures.estate import Estate, Stream
from tests.integration.failures.office import Office
from tests.integration.journeys.bus import message_id, records_of
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE, read_all
from tests.integration.relay.harness import everything_in

from lienthong.common.broker import BrokerSettings, ensure_topics
from lienthong.common.database import AdvisoryLock
from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import DOCUMENTS, dead_letters
from lienthong.common.testing.daemon import plain_environment
from lienthong.common.testing.databases import with_database
from lienthong.sdk import Agency

pytestmark = [pytest.mark.xdist_group("failures of the platform"), pytest.mark.timeout(400)]

EACH = 30
SINCE = "2020-01-01T00:00:00.000Z"
SHARD = 4
"""The shard at which the republishing is held up until the relay has started too early."""


async def test_a_broker_lost_with_its_disk_is_built_again_under_whole_services(estate: Estate) -> None:
    async with (
        estate.opened(FINANCE) as finance,
        estate.opened(OFFICE) as other,
        estate.opened(JUSTICE) as recipient,
        estate.office() as office,
    ):
        await read_all(recipient)
        own = await opened_topic(recipient)
        streams = [Stream(finance, JUSTICE), Stream(other, JUSTICE)]
        async with office.working():
            await asyncio.gather(*(stream.send(EACH) for stream in streams))
            await office.until_received(_ids(streams))
        before = await office.received()

        await asyncio.to_thread(estate.servers.kill, "kafka")
        sending = [asyncio.create_task(stream.send(EACH)) for stream in streams]
        await asyncio.sleep(1)  # documents go on being accepted, and wait for a broker
        for service in estate.platform.services.values():
            await asyncio.to_thread(service.daemon.stop)
        await asyncio.to_thread(estate.servers.lose, "kafka")
        await asyncio.to_thread(migrate, estate)
        await republish_in_spite_of_an_early_relay(estate)
        await asyncio.to_thread(estate.platform.start)
        await asyncio.gather(*sending)

        await ensure_topics(BrokerSettings(estate.platform.servers.kafka, "test"), [dead_letters(office.consumer)])
        async with office.working():
            await office.until_received(_ids(streams), 60)
        assert (await office.received())[: len(before)] == before, "what it had does not come again"
        await assert_all_there_once_and_in_order(office, streams)
        read = await read_all(recipient)
        assert Counter(read) == Counter(_ids(streams))
        published = last_of_each(await records_of(estate.platform.servers.kafka, _ids(streams)))
        entered = last_of_each(await until_all_in(estate, own, _ids(streams)))
        assert entered == read, "the recipient's own topic is its inbox"
        for stream in streams:
            for seen in (read, published, entered):
                assert [each for each in seen if each in set(stream.ids)] == stream.ids


async def opened_topic(agency: Agency) -> str:
    """The agency's own topic, once it is open."""
    async with asyncio.timeout(60):
        while (told := await agency.open_topic(Lane.ORDINARY)).state != "open":  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.2)
    return told.topic


async def until_all_in(estate: Estate, topic: str, wanted: set[str]) -> list[ConsumerRecord[bytes, bytes]]:
    """Everything in a topic of one partition, once it has every message."""
    async with asyncio.timeout(60):
        while True:
            records = await everything_in(estate.platform.servers.kafka, topic)
            if wanted <= {message_id(record) for record in records}:
                return records
            await asyncio.sleep(0.2)


def _ids(streams: Sequence[Stream]) -> set[str]:
    return {message_id for stream in streams for message_id in stream.ids}


async def assert_all_there_once_and_in_order(office: Office, streams: Sequence[Stream]) -> None:
    """Across the loss; other tests have used these agencies too."""
    received = await office.received()
    assert len(received) == len(set(received))
    for stream in streams:
        received_from = await office.received_from(stream.agency.profile.source)
        assert [each for each in received_from if each in set(stream.ids)] == stream.ids
    assert office.counted("refused") == 0


def last_of_each(records: Sequence[ConsumerRecord[bytes, bytes]]) -> list[str]:
    """A relay that began too early has sent later records first; after the repair each stands in its place again."""
    return list(dict.fromkeys(message_id(record) for record in reversed(records)))[::-1]


async def republish_in_spite_of_an_early_relay(estate: Estate) -> None:
    """Service by service, as operators do it; one command is broken off by a relay that somebody starts too early."""
    accounts = asyncio.create_task(republish(estate, "accounts", "--all"))
    documents = ("--topic", DOCUMENTS[Lane.ORDINARY].name, "--since", SINCE)
    async with held_up(estate) as until_waiting:
        republishing = asyncio.create_task(republish(estate, "exchange", *documents))
        await until_waiting
        async with early_relay(estate):
            broken_off = await republishing
            assert (broken_off.code, "database_away" in broken_off.told) == (3, True), broken_off.told
            refused = await republish(estate, "exchange", *documents)
            assert (refused.code, "relay_runs" in refused.told) == (1, True), refused.told
    for done in (await republish(estate, "exchange", "--all"), await accounts):
        assert done.code == 0, done.told


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    told: str


async def republish(estate: Estate, service: str, *what: str) -> Ran:
    """`lienthong ops republish` on the service's host."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lienthong.sdk", "--lang", "en", "ops", "--service", service,
        "republish", *what, "--yes", "--json",
        env={**plain_environment(), **estate.platform.settings(service)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await process.communicate()
    return Ran(process.returncode or 0, told.decode())


@asynccontextmanager
async def held_up(estate: Estate) -> AsyncGenerator[asyncio.Task[None]]:
    """Whoever republishes waits at a shard, because somebody still writes there; the task ends when one waits."""
    connection = await _connect(estate)
    try:
        await connection.execute("SELECT pg_advisory_lock($1, $2)", int(AdvisoryLock.OUTBOX_WRITERS), SHARD)
        yield asyncio.create_task(_until(connection, _WAITING, int(AdvisoryLock.OUTBOX_WRITERS)))
    finally:
        await connection.close()


@asynccontextmanager
async def early_relay(estate: Estate) -> AsyncGenerator[None]:
    """A relay of the exchange that somebody has started too early; it is killed in the end."""
    settings = estate.platform.settings("exchange") | {
        "LIENTHONG_HTTP_PORT": "0",
        "LIENTHONG_RUN_DIR": str(estate.folder / "early"),
    }
    relay = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lienthong.exchange", "relay",
        env={**plain_environment(), **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    connection = await _connect(estate)
    try:
        await _until(connection, _RELAYING)
        yield
    finally:
        relay.kill()
        await relay.wait()
        await _until(connection, _NOBODY, int(AdvisoryLock.RELAY_SHARDS))
        await connection.close()


_WAITING = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND NOT granted)"
)
_RELAYING = "SELECT EXISTS (SELECT FROM relay_holder)"
_NOBODY = (
    "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND granted)"
)


async def _until(connection: asyncpg.Connection, question: str, *arguments: int) -> None:
    async with asyncio.timeout(60):
        while not await connection.fetchval(question, *arguments):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.1)


async def _connect(estate: Estate) -> asyncpg.Connection:
    return await asyncpg.connect(with_database(estate.platform.servers.postgres, "lienthong_exchange"))


def migrate(estate: Estate) -> None:
    """`python -m lienthong.<service> migrate` makes the topics of the empty broker."""
    for service in estate.platform.services:
        settings = {**plain_environment(), **estate.platform.settings(service)}
        subprocess.run([sys.executable, "-m", f"lienthong.{service}", "migrate"], env=settings, check=True)
