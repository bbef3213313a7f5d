"""What is measured of the product: each scenario prepares its messages first, then the clock runs.

The clock ends when every sender has its receipt, every inbox its entry and Kafka has acknowledged every record.
"""

import asyncio
import base64
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from tests.bench.cpu import Watch, resident_mb
from tests.bench.stage import Stage, sealed
from tests.bench.wire import Wire, request
from tests.integration.exchange.world import Agency

from lienthong.common.messages.document import Lane, ResponseFor
from lienthong.common.messages.envelope import read
from lienthong.common.messages.exchange import DocumentSent, StatusReported
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.signing import SignedBytes

LINES = 500
CONNECTIONS = 64
BATCHES_AT_ONCE = 4
FANOUT = 100
_MEGABYTE = 1_000_000
_ENTRIES = "SELECT agency_id, n FROM agency_inbox WHERE lane = 'ordinary'"
_COME_AGAIN = 429
_PAUSE = 0.05
"""Seconds before a request that found no room is sent again; its latency counts from the first time."""


@dataclass(slots=True)
class Run:
    """What one run came to. `units` are documents, for a fan-out deliveries, for an attachment megabytes."""

    units: int
    seconds: float = 0.0
    cpu_us: float = 0.0
    rss_mb: float = 0.0
    latencies: list[float] = field(default_factory=list[float])


class Refused(Exception):
    """The product did not do what was asked of it; no figure is worth anything then."""


async def timed(stage: Stage, units: int, act: Callable[[Run], Awaitable[None]]) -> Run:
    """Run `act` under the clock and the kernel's count of CPU time."""
    run = Run(units)
    with Watch(stage.pids) as watch:
        started = perf_counter()
        await act(run)
        run.seconds = perf_counter() - started
    run.cpu_us = watch.seconds / units * 1e6
    run.rss_mb = resident_mb(stage.pids)
    return run


async def batches(stage: Stage, number: int, size: int) -> Run:
    """Documents to one recipient each, as batches."""
    requests: list[bytes] = []
    for place in range(0, number, LINES):
        sender = stage.agencies[place // LINES % len(stage.agencies)]
        to = stage.agencies[(place // LINES + 1) % len(stage.agencies)]
        lines = [sealed(sender, [to], size) for _ in range(min(LINES, number - place))]
        requests.append(stage.post_many(sender, lines))
    expected = await stage.delivered() + number

    async def act(run: Run) -> None:
        answers = await _ask_all(stage, requests, run, at_once=BATCHES_AT_ONCE)
        statuses = [json.loads(line)["status"] for _, body in answers for line in body.splitlines()]
        _demand(statuses == [201] * number, f"{len(statuses)} lines, {statuses.count(201)} accepted")
        await stage.settled(expected)

    return await timed(stage, number, act)


async def singles(stage: Stage, number: int, size: int) -> Run:
    """Documents to one recipient each, one request each, over connections that stay."""
    requests = [stage.post_one(sender, sealed(sender, [to], size)) for sender, to in _pairs(stage.agencies, number)]
    expected = await stage.delivered() + number

    async def act(run: Run) -> None:
        answers = await _ask_all(stage, requests, run, at_once=CONNECTIONS)
        _demand_all(answers, 201)
        await stage.settled(expected)

    return await timed(stage, number, act)


async def fanout(stage: Stage, number: int, size: int) -> Run:
    """Documents to many recipients each; a delivery is the unit."""
    groups = [(sender, _others(stage.agencies, sender)) for sender in stage.agencies]
    chosen = [groups[place % len(groups)] for place in range(number)]
    requests = [stage.post_one(sender, sealed(sender, others, size)) for sender, others in chosen]
    expected = await stage.delivered() + number * FANOUT

    async def act(run: Run) -> None:
        answers = await _ask_all(stage, requests, run, at_once=CONNECTIONS)
        _demand_all(answers, 201)
        await stage.settled(expected)

    return await timed(stage, number * FANOUT, act)


async def reading(stage: Stage, number: int, size: int) -> Run:
    """What is new in inboxes is read, page by page."""
    before = {row["agency_id"]: int(row["n"]) for row in await stage.database.fetch(_ENTRIES)}
    await batches(stage, number, size)
    agencies = {agency.id: agency for agency in stage.agencies}
    held = [(agencies[row["agency_id"]], int(row["n"])) for row in await stage.database.fetch(_ENTRIES)]
    inboxes = [(agency, last) for agency, last in held if last > before[agency.id]]

    async def read_inbox(wire: Wire, agency: Agency, last: int, run: Run) -> int:
        given, after = 0, before[agency.id]
        while after < last:
            path = f"/v1/inbox/{Lane.ORDINARY}?after={after}&limit={LINES}"
            started = perf_counter()
            status, body = await wire.ask(request("GET", path, stage.headers(agency)))
            run.latencies.append(perf_counter() - started)
            _demand(status == 200, f"{status}")
            entries = body.count(b"\n") - 1 if body.endswith(b"\n") else body.count(b"\n")
            _demand(entries > 0, "a page without entries")
            given, after = given + entries, after + entries
        return given

    total = sum(last - before[agency.id] for agency, last in inboxes)

    async def act(run: Run) -> None:
        wires = await stage.wires(len(inboxes))
        jobs = zip(wires, inboxes, strict=True)
        counts = await asyncio.gather(*(read_inbox(wire, agency, last, run) for wire, (agency, last) in jobs))
        _demand(sum(counts) == total, f"{sum(counts)} entries of {total}")

    return await timed(stage, total, act)


async def statuses(stage: Stage, number: int, size: int) -> Run:
    """Recipients say `received` (03) of documents, one request each."""
    pairs = _pairs(stage.agencies, number)
    sent = [(sender, to, sealed(sender, [to], size)) for sender, to in pairs]
    expected = await stage.delivered() + number
    _demand_all(
        await _ask_all(
            stage, [stage.post_one(sender, signed) for sender, _, signed in sent], Run(0), at_once=CONNECTIONS
        ),
        201,
    )
    await stage.settled(expected)
    requests = [stage.post_one(to, _received(to, signed)) for _, to, signed in sent]

    async def act(run: Run) -> None:
        _demand_all(await _ask_all(stage, requests, run, at_once=CONNECTIONS), 201)
        await stage.settled(expected + number)

    return await timed(stage, number, act)


async def attachment(stage: Stage, megabytes: int, _size: int) -> Run:
    """One file goes in and out; a megabyte is the unit."""
    agency = stage.agencies[0]
    piece = os.urandom(_MEGABYTE)
    digest = hashlib.sha256(b"%PDF-1.7\n")
    for _ in range(megabytes):
        digest.update(piece)
    size = megabytes * _MEGABYTE + len(b"%PDF-1.7\n")

    async def pieces():
        yield b"%PDF-1.7\n"
        for _ in range(megabytes):
            yield piece

    told = base64.b64encode(digest.digest()).decode()
    headers = stage.headers(agency) | {
        "Content-Digest": f"sha-256=:{told}:",
        "Content-Type": "application/pdf",
        "Content-Length": str(size),
    }

    async def act(_run: Run) -> None:
        http = stage.world.http
        answer = await http.post("/v1/attachments", content=pieces(), headers=headers, timeout=600)
        _demand(answer.status_code in {200, 201}, answer.text)
        received = 0
        async with http.stream(
            "GET", f"/v1/attachments/{digest.hexdigest()}", headers=stage.headers(agency)
        ) as download:
            async for got in download.aiter_bytes(1 << 18):
                received += len(got)
        _demand(received == size, f"{received} bytes of {size}")

    return await timed(stage, megabytes, act)


async def steady(stage: Stage, number: int, size: int, *, rate: float) -> Run:
    """Open loop at a rate: from the moment a document should go out to its place in the recipient's inbox."""
    pairs = _pairs(stage.agencies, number)
    sent = [(to, sealed(sender, [to], size), sender) for sender, to in pairs]
    requests = [stage.post_one(sender, signed) for _, signed, sender in sent]
    ids = [json.loads(signed.payload)["id"] for _, signed, _ in sent]
    recipients = {to.id: to for to, _, _ in sent}
    expected = await stage.delivered() + number
    starts = await stage.database.fetch(_ENTRIES)
    seen: dict[str, float] = {}

    async def follow(agency: Agency, after: int, wire: Wire) -> None:
        while True:
            path = f"/v1/inbox/{Lane.ORDINARY}?after={after}&limit={LINES}&wait=20"
            _, body = await wire.ask(request("GET", path, stage.headers(agency)))
            *entries, _head = [json.loads(line) for line in body.splitlines()]
            now = perf_counter()
            for entry in entries:
                seen[json.loads(entry["payload"])["id"]] = now
                after = entry["n"]

    async def act(run: Run) -> None:
        wires = await stage.wires(CONNECTIONS)
        free: asyncio.Queue[Wire] = asyncio.Queue()
        for wire in wires:
            free.put_nowait(wire)
        due: dict[str, float] = {}

        async def send(place: int) -> None:
            wire = await free.get()
            status, body = await wire.ask(requests[place])
            free.put_nowait(wire)
            _demand(status == 201, body.decode())

        async with asyncio.TaskGroup() as sending:
            started = perf_counter()
            for place, message_id in enumerate(ids):
                due[message_id] = started + place / rate
                await asyncio.sleep(max(0.0, due[message_id] - perf_counter()))
                sending.create_task(send(place))
        await stage.settled(expected)
        await _until(lambda: len(seen) >= number)
        run.latencies += [seen[message_id] - at for message_id, at in due.items()]

    readers = await stage.wires(len(recipients))
    after = {row["agency_id"]: int(row["n"]) for row in starts}
    following = [
        asyncio.create_task(follow(agency, after.get(agency.id, 0), wire))
        for agency, wire in zip(recipients.values(), readers, strict=True)
    ]
    try:
        return await timed(stage, number, act)
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


async def _until(reached: Callable[[], bool], seconds: float = 60) -> None:
    deadline = perf_counter() + seconds
    while not reached():
        if perf_counter() > deadline:
            raise Refused("not all documents came into the inboxes")
        await asyncio.sleep(0.01)


async def _ask_all(stage: Stage, requests: Sequence[bytes], run: Run, *, at_once: int) -> list[tuple[int, bytes]]:
    answers: list[tuple[int, bytes]] = [(0, b"")] * len(requests)
    places = iter(range(len(requests)))

    async def work(wire: Wire) -> None:
        for place in places:
            started = perf_counter()
            answers[place] = await _ask_patiently(wire, requests[place])
            run.latencies.append(perf_counter() - started)
        wire.close()

    await asyncio.gather(*(work(wire) for wire in await stage.wires(min(at_once, len(requests)))))
    return answers


async def _ask_patiently(wire: Wire, asked: bytes) -> tuple[int, bytes]:
    while True:
        status, body = await wire.ask(asked)
        if status != _COME_AGAIN:
            return status, body
        await asyncio.sleep(_PAUSE)


def _pairs(agencies: Sequence[Agency], number: int) -> list[tuple[Agency, Agency]]:
    """Sender and recipient of each document: all agencies in turn, each to the next."""
    return [(agencies[place % len(agencies)], agencies[(place + 1) % len(agencies)]) for place in range(number)]


def _others(agencies: Sequence[Agency], sender: Agency) -> list[Agency]:
    return [agency for agency in agencies if agency is not sender][:FANOUT]


def _received(to: Agency, signed: SignedBytes) -> SignedBytes:
    told = read(signed.payload, DocumentSent, tolerant=True)
    report = StatusReport(
        sender=to.organization,
        to=(told.data.sender,),
        lane=told.data.lane,
        message_id=told.id,
        response_for=ResponseFor(document_id=told.data.document_id),
        status=StatusCode.RECEIVED,
        extensions={},
    )
    now = to.world.clock.now()
    return to.seal(StatusReported.new(source=to.identity.source, time=now, data=report, subject=told.subject))


def _demand_all(answers: Sequence[tuple[int, bytes]], wanted: int) -> None:
    odd = [body[:300] for status, body in answers if status != wanted]
    _demand(not odd, f"{len(odd)} of {len(answers)}: {odd[:1]}")


def _demand(holds: bool, told: str) -> None:
    if not holds:
        raise Refused(told)
