"""A broker is lost with its disk, offsets and all: a service that reads from it has everything once and goes on."""

import asyncio
from dataclasses import replace

from tests.integration.inbox.consuming import Bench, open_bench
from tests.integration.inbox.signed_events import TOPIC
from tests.integration.relay.harness import relaying, until_empty

from lienthong.common.broker import BrokerSettings, ensure_topics
from lienthong.common.ids import new_id
from lienthong.common.messages.topics import dead_letters
from lienthong.common.outbox import Outbox, Outgoing
from lienthong.common.testing.failures import PrivateServers

from .operating import Operator

NAMES = ("a", "b", "c")
_STORE = """
    INSERT INTO event (id, source, type, payload, jws, said_at) VALUES ($1, '/services/test', 'test', $2, $3, now())
"""


async def say(bench: Bench, *numbers: int) -> None:
    """Signed numbers of each name into the outbox."""
    outbox = Outbox(bench.database)
    for number in numbers:
        for name in NAMES:
            signed, reference = bench.speaker.say(name, number), new_id()
            async with bench.database.transaction() as connection:
                await connection.execute(_STORE, reference, signed.payload, signed.jws)
                await outbox.put(connection, [Outgoing(bench.topic, name, reference)])


async def test_a_reader_of_a_topic_built_again_applies_everything_once_and_in_order(
    private_servers: PrivateServers,
) -> None:
    servers = private_servers.addresses
    operator = Operator(servers.kafka, servers.postgres)
    async with open_bench(servers.kafka, servers.postgres, "") as bench:
        await say(bench, *range(10))
        async with relaying(bench.database, servers.kafka), bench.consuming():
            await bench.until_applied(25)  # the last may be lost unread
            await until_empty(bench.database)
        await say(bench, 10, 11)

        await asyncio.to_thread(private_servers.lose, "kafka")
        topics = [replace(TOPIC, name=bench.topic), dead_letters(bench.consumer)]
        await ensure_topics(BrokerSettings(servers.kafka, "test"), topics)
        since = ("--since", "2020-01-01T00:00:00.000Z")
        moved = await operator.value("republish", "--topic", bench.topic, *since, "--yes")
        assert (moved["rows"], moved["behind"]) == (30, 6)
        async with relaying(bench.database, servers.kafka), bench.consuming():
            await say(bench, 12)
            await bench.until_applied(39, 60.0)
            await until_empty(bench.database)
        applied = await bench.applied()
    assert {name: [number for one, number in applied if one == name] for name in NAMES} == {
        name: list(range(13)) for name in NAMES
    }
    assert bench.counted("duplicate") >= 25, "the reader began anew"
    assert bench.counted("refused") == 0
