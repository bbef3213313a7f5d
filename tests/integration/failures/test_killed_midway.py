"""The exchange with its worker, and the broker, are killed while 500 documents flow; a seal is revoked midway."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest
from tests.integration.failures.estate import Estate, Stream, until
from tests.integration.failures.latencies import split
from tests.integration.failures.office import Office
from tests.integration.journeys.bus import records_of
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE, read_all
from tests.integration.journeys.test_failures import first_of_each
from tests.integration.journeys.test_trust import list_certificates

from lienthong.sdk import Agency, PlatformError

pytestmark = [pytest.mark.xdist_group("failures of the platform"), pytest.mark.timeout(400)]

DOCUMENTS = 500
REVOKED_AFTER, OTHERS = 30, 100
HEALTH = "000.00.17.H53"
BITES_SECONDS = 2.0


async def test_nothing_is_lost_when_the_broker_and_every_worker_are_killed_while_500_documents_flow(
    estate: Estate,
) -> None:
    clock, platform = asyncio.get_running_loop().time, estate.platform
    async with AsyncExitStack() as stack:
        one, other, recipient = [
            await stack.enter_async_context(estate.opened(code)) for code in (FINANCE, OFFICE, JUSTICE)
        ]
        office = await stack.enter_async_context(estate.office())
        await stack.enter_async_context(office.working())
        await read_all(recipient)
        streams = [Stream(one, JUSTICE), Stream(other, JUSTICE)]
        sending = [asyncio.create_task(stream.send(DOCUMENTS // 2)) for stream in streams]

        await until(lambda: _sent(streams) >= DOCUMENTS // 4)
        since = clock()
        await asyncio.to_thread(estate.servers.kill, "kafka")
        broker_away = _sent(streams)
        await asyncio.sleep(0.5)
        assert _sent(streams) > broker_away, "documents are accepted without a broker"
        await asyncio.to_thread(platform.kill, "exchange")
        await asyncio.to_thread(estate.servers.restart, "kafka")
        await asyncio.to_thread(platform.restart, "exchange")
        back = clock()
        await asyncio.gather(*sending)

        undisturbed, disturbed = split((each for stream in streams for each in stream.times), since, back)
        print(f"away for {back - since:.1f} s; undisturbed {undisturbed}; touched by the outage {disturbed}")
        await assert_everywhere(estate, office, recipient, streams)


async def test_a_seal_revoked_in_the_middle_of_a_flow_seals_nothing_more_and_what_it_sealed_stays_good(
    estate: Estate,
) -> None:
    platform = estate.platform
    await asyncio.to_thread(estate.enrol, HEALTH)
    async with (
        estate.opened(HEALTH) as revoked,
        estate.opened(FINANCE) as other,
        estate.opened(JUSTICE) as recipient,
        estate.office() as office,
        office.working(),
    ):
        await read_all(recipient)
        flows = [Stream(revoked, JUSTICE), Stream(other, JUSTICE)]
        flowing = [asyncio.create_task(flow.send(number)) for flow, number in zip(flows, (1000, OTHERS), strict=True)]
        await until(lambda: len(flows[0].sent) >= REVOKED_AFTER)
        [certificate] = await asyncio.to_thread(list_certificates, platform, HEALTH)
        await asyncio.to_thread(platform.operator, "certificates", "revoke", certificate, "--reason", "lộ khóa")
        returned = time.monotonic()
        with pytest.raises(PlatformError) as caught:
            await flowing[0]
        assert time.monotonic() - returned < BITES_SECONDS
        assert "certificate.revoked" in caught.value.problem.codes
        await flowing[1]
        assert len(flows[1].sent) == OTHERS, "the others go on"
        assert flows[0].sent
        await assert_everywhere(estate, office, recipient, flows)
        del estate.profiles[HEALTH]


def _sent(streams: Sequence[Stream]) -> int:
    return sum(len(stream.sent) for stream in streams)


async def assert_everywhere(estate: Estate, office: Office, recipient: Agency, streams: Sequence[Stream]) -> None:
    """In the inbox, each seal verified as of its acceptance; on the topics; at a reader of the topics."""
    wanted = {message_id for stream in streams for message_id in stream.ids}
    read = await read_all(recipient)
    assert Counter(read) == Counter(wanted), "each once, and nothing else"
    published = first_of_each(await records_of(estate.platform.servers.kafka, wanted))
    await office.until_received(wanted, 60)
    for stream in streams:
        of_office = await office.received_from(stream.agency.profile.source)
        for seen in (read, published, of_office):
            assert [each for each in seen if each in set(stream.ids)] == stream.ids
    assert office.counted("refused") == 0
