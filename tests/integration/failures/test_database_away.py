"""PostgreSQL is away while documents are sent, stopped or frozen: nothing is lost, doubled or reordered.

The short form takes it away for seconds, the long form (`make test-long`) for a minute.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from tests.integration.failures.estate import Estate, Stream, until
from tests.integration.failures.extent import chosen
from tests.integration.failures.latencies import split
from tests.integration.journeys.bus import records_of
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE, read_all
from tests.integration.journeys.test_failures import first_of_each

pytestmark = [pytest.mark.xdist_group("failures of the platform"), pytest.mark.timeout(600)]

DOCUMENTS = chosen(200, 500)
AWAY_SECONDS = chosen(6, 60)
RECOVERED_SECONDS = 15.0
"""From PostgreSQL's return to the first document that is accepted."""


@pytest.mark.requirement("N4")
@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_documents_on_their_way_survive_a_database_that_is_away(estate: Estate, how: str) -> None:
    clock = asyncio.get_running_loop().time
    async with AsyncExitStack() as stack:
        finance, office, recipient = [
            await stack.enter_async_context(estate.opened(code)) for code in (FINANCE, OFFICE, JUSTICE)
        ]
        await read_all(recipient)
        streams = [Stream(finance, JUSTICE), Stream(office, JUSTICE)]
        sending = [asyncio.create_task(stream.send(DOCUMENTS // 2)) for stream in streams]
        await until(lambda: sum(len(stream.sent) for stream in streams) >= DOCUMENTS // 4)
        since = clock()
        await go_away(estate, how)
        back = clock()
        await asyncio.gather(*sending)

        answered = [begun + took for stream in streams for begun, took in stream.times]
        recovered = min(each for each in answered if each > back) - back
        undisturbed, disturbed = split((each for stream in streams for each in stream.times), since, back)
        print(f"PostgreSQL {how} for {back - since:.0f} s: first accepted {recovered:.1f} s after its return")
        print(f"undisturbed {undisturbed}; touched by the outage {disturbed}")
        assert recovered < RECOVERED_SECONDS

        read = await read_all(recipient)
        ids = [message_id for stream in streams for message_id in stream.ids]
        assert len(ids) == DOCUMENTS
        assert Counter(read) == Counter(ids), "each once"
        published = first_of_each(await records_of(estate.platform.servers.kafka, set(ids)))
        for stream in streams:
            for seen in (read, published):
                assert [each for each in seen if each in set(stream.ids)] == stream.ids
        assert finance.pending() == office.pending() == []


async def go_away(estate: Estate, how: str) -> None:
    """PostgreSQL is not there for a while."""
    if how == "frozen":
        await asyncio.to_thread(estate.servers.freeze, "postgres")
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(estate.servers.thaw, "postgres")
    else:
        await asyncio.to_thread(estate.servers.stop, "postgres")
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(estate.servers.restart, "postgres")
