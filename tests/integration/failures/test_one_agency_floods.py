"""One agency floods every route: what was promised to the others holds, and they hardly wait longer.

Quiet and flooded rounds alternate, so that whatever else the machine does meets both; of each sort the median counts.
The flooder is a process of its own that the machine favours least, else it would be measured how the flooder, the
others' systems and the servers fight for the cores of one small machine.
"""

import asyncio
import hashlib
import json
import statistics
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import CLOUDEVENTS, NDJSON, Agency, World, fresh_pdf
from tests.integration.failures.extent import chosen
from tests.integration.failures.flooder import Orders, batches, request
from tests.integration.failures.latencies import Latencies, quantile
from tests.integration.failures.test_repeated_and_reordered import message_id

from lienthong.common.signing import SignedBytes

pytestmark = [pytest.mark.xdist_group("failures"), pytest.mark.timeout(600)]

ROUNDS, ACTS = chosen(4, 12), chosen(25, 100)
TIMES_AS_LONG = 2.0
NOISE = 0.05
"""Seconds that a machine shared with other tests, and with the flooder itself, may add to the 95th percentile."""
_SINGLE, _BATCHED = 600, 1200


async def test_the_others_hardly_wait_longer_and_all_promises_hold(
    province: Province, exchange: Running, tmp_path: Path
) -> None:
    async with province.world(exchange.url, exchange.name) as world:
        flooder, one, other, recipient = await world.agencies(4)
        flood = [flooder.message(recipient) for _ in range(_SINGLE + _BATCHED)]
        (await orders(exchange, flooder, flood)).write(tmp_path)
        quiet, flooded = list[Latencies](), list[Latencies]()
        sent: dict[str, list[str]] = {agency.identity.source: [] for agency in (one, other)}
        async with flooding(province, tmp_path) as told:
            for _ in range(ROUNDS):
                quiet.append(await work(one, other, recipient, sent))
                (tmp_path / "go").touch()
                await asyncio.sleep(0.5)
                flooded.append(await work(one, other, recipient, sent))
                (tmp_path / "go").unlink()
                await asyncio.sleep(0.7)
        answers = Counter(told)
        before, during = ([each.quantile(0.95) for each in rounds] for rounds in (quiet, flooded))
        print(f"answers to the flood: {dict(answers)}")
        print(f"p95 quiet {_shown(before)} ms, flooded {_shown(during)} ms")
        assert {sort.split()[0] for sort in answers} == {"single", "batch", "upload", "inbox", "poll", "track"}
        assert statistics.median(during) <= TIMES_AS_LONG * statistics.median(before) + NOISE
        await assert_kept(world, recipient, sent, flood)


async def work(one: Agency, other: Agency, recipient: Agency, sent: dict[str, list[str]]) -> Latencies:
    """Two agencies at their daily work: each sends, looks at the track, and the recipient reads what is new."""
    found = Latencies()
    for _ in range(ACTS):
        for agency in (one, other):
            message = agency.message(recipient)
            await found.of(lambda agency=agency, message=message: _accepted(agency, message))
            sent[agency.identity.source].append(message_id(message))
            await found.of(lambda agency=agency, message=message: _tracked(agency, message))
        await asyncio.sleep(0.02)
    return found


async def _accepted(agency: Agency, message: SignedBytes) -> None:
    answer = await agency.post(message)
    assert answer.status_code == 201, answer.text


async def _tracked(agency: Agency, message: SignedBytes) -> None:
    answer = await agency.track(agency, message_id(message))
    assert answer.status_code == 200, answer.text


def _shown(quantiles: list[float]) -> str:
    return ", ".join(f"{each * 1e3:.0f}" for each in quantiles) + f" (median {quantile(quantiles, 0.5) * 1e3:.0f})"


async def assert_kept(world: World, recipient: Agency, sent: dict[str, list[str]], flood: list[SignedBytes]) -> None:
    """Once and in order for the others; of the flood too, everything is there once at most."""
    entries = await recipient.read_all()
    assert len({(entry.event["source"], entry.event["id"]) for entry in entries}) == len(entries)
    for source, ids in sent.items():
        assert [entry.event["id"] for entry in entries if entry.event["source"] == source] == ids
    known = {message_id(message) for message in flood}
    assert all(entry.event["id"] in known for entry in entries if entry.event["source"] not in sent)
    assert (await world.http.get("/health/ready")).status_code == 200


async def orders(exchange: Running, flooder: Agency, flood: list[SignedBytes]) -> Orders:
    """What the flooder sends: documents one by one and in batches, files, and questions of every sort."""
    assert (await flooder.post(flood[0])).status_code == 201
    headers, pdf = flooder.headers, fresh_pdf(200_000)
    digest = b64encode(hashlib.sha256(pdf).digest()).decode()
    lines = [json.dumps(message.to_line()).encode() for message in flood[_SINGLE:]]
    singles = [
        request(
            "POST", "/v1/messages", headers | {"Content-Type": CLOUDEVENTS, "X-JWS-Signature": each.jws}, each.payload
        )
        for each in flood[:_SINGLE]
    ]
    typed, named = {"Content-Type": "application/pdf"}, {"Content-Digest": f"sha-256=:{digest}:"}
    return Orders(
        "127.0.0.1",
        exchange.port,
        {
            "single": singles,
            "batch": [
                request("POST", "/v1/messages/batch", headers | {"Content-Type": NDJSON}, body)
                for body in batches(lines)
            ],
            "upload": [request("POST", "/v1/attachments", headers | typed | named, pdf)],
            "inbox": [request("GET", "/v1/inbox/ordinary?limit=100", headers)],
            "poll": [request("GET", "/v1/inbox/urgent?wait=1", headers)],
            "track": [request("GET", f"/v1/tracks/{flooder.id}/{message_id(flood[0])}", headers)],
        },
    )


@asynccontextmanager
async def flooding(province: Province, folder: Path) -> AsyncGenerator[dict[str, int]]:
    """The flooder, who waits for `go`; what it was answered is known after the block."""
    told: dict[str, int] = {}
    command = [sys.executable, "-m", "tests.integration.failures.flooder", str(folder)]
    root = str(Path(__file__).parents[3])
    child = province.processes.start(command, name="flooder", environment={"PYTHONPATH": root})
    try:
        yield told
    finally:
        await asyncio.to_thread(child.terminate)
    told |= json.loads((folder / "told.json").read_text("utf-8"))
