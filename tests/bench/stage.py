"""Real servers, one exchange process, agencies with seals: what the product is measured on."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from uuid import UUID

import asyncpg
from tests.bench.wire import Wire, request
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import CLOUDEVENTS, NDJSON, Agency, World

from lienthong.common.messages.document import Priority
from lienthong.common.signing import SignedBytes
from lienthong.common.testing.failures import PrivateServers, private_servers
from lienthong.common.testing.processes import Processes

AGENCIES = 110
_TOKEN_SECONDS = 120.0
DATABASE = "bench"
_SETTLED = "SELECT (SELECT sum(n) FROM agency_inbox)::bigint AS delivered, (SELECT count(*) FROM outbox) AS waiting"


@dataclass(slots=True)
class Stage:
    """One running exchange and those who use it."""

    servers: PrivateServers
    running: Running
    world: World
    agencies: Sequence[Agency]
    database: asyncpg.Connection
    _headers: dict[UUID, tuple[float, dict[str, str]]] = field(default_factory=dict[UUID, tuple[float, dict[str, str]]])

    @property
    def server_pids(self) -> list[int]:
        """Kafka and PostgreSQL."""
        return [self.servers.pid("kafka"), self.servers.pid("postgres")]

    @property
    def pids(self) -> list[int]:
        """Every server process."""
        return [self.running.child.pid, *self.server_pids]

    def headers(self, agency: Agency) -> dict[str, str]:
        """Access token and language of an agency's client, which keeps a token for as long as it is good."""
        made, headers = self._headers.get(agency.id, (-_TOKEN_SECONDS, {}))
        if monotonic() - made > _TOKEN_SECONDS:
            headers = agency.headers
            self._headers[agency.id] = monotonic(), headers
        return headers

    def post_one(self, sender: Agency, signed: SignedBytes) -> bytes:
        """The request that submits one message."""
        headers = self.headers(sender) | {"Content-Type": CLOUDEVENTS, "X-JWS-Signature": signed.jws}
        return request("POST", "/v1/messages", headers, signed.payload)

    def post_many(self, sender: Agency, messages: Sequence[SignedBytes]) -> bytes:
        """The request that submits a batch."""
        body = b"\n".join(json.dumps(each.to_line(), ensure_ascii=False).encode() for each in messages)
        return request("POST", "/v1/messages/batch", self.headers(sender) | {"Content-Type": NDJSON}, body)

    async def wires(self, number: int) -> list[Wire]:
        """Open connections."""
        return [await Wire.to(self.running.url) for _ in range(number)]

    async def delivered(self) -> int:
        """Entries of all inboxes."""
        row = await self.database.fetchrow(_SETTLED)
        assert row is not None
        return row["delivered"] or 0

    async def settled(self, delivered: int, *, seconds: float = 300) -> None:
        """Wait until so many entries lie in the inboxes and Kafka has acknowledged all of them."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            row = await self.database.fetchrow(_SETTLED)
            if row is not None and (row["delivered"], row["waiting"]) == (delivered, 0):
                return
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"wanted {delivered} entries and an empty outbox, found {row}")
            await asyncio.sleep(0.02)


@contextmanager
def closing_all(processes: Processes) -> Generator[None]:
    """End every process after the block."""
    try:
        yield
    finally:
        processes.end()


@asynccontextmanager
async def stage(folder: Path) -> AsyncGenerator[Stage]:
    """Servers and an exchange for the block, in the folder."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o711)
    processes = Processes(folder / "logs")
    with private_servers(folder / "servers") as servers, closing_all(processes):
        province = Province.on(servers.addresses, folder / "province", processes)
        province.start(DATABASE, "migrate").child.popen.wait(timeout=60)
        running = province.start(DATABASE, LIENTHONG_EXCHANGE_TIMER_SECONDS="30", LIENTHONG_AUDIT_SECONDS="2")
        async with province.world(running.url, DATABASE) as world:
            await world.begin()
            await asyncio.to_thread(running.wait_ready)
            agencies = await asyncio.gather(*(world.agency(f"Sở số {place}") for place in range(AGENCIES)))
            database = await asyncpg.connect(province.dsn(DATABASE))
            try:
                yield Stage(servers, running, world, agencies, database)
            finally:
                await database.close()


def sealed(sender: Agency, to: Sequence[Agency], size: int, *, priority: Priority = Priority.NORMAL) -> SignedBytes:
    """A document of exactly so many bytes, or more where so few do not hold it; signed beforehand."""
    bare = sender.event(sender.document(to, priority=priority, extensions={"vn.lienthong.bench": ""}))
    filler = os.urandom(size).hex()[: max(0, size - len(bare.model_dump_json(exclude_none=True).encode()))]
    data = bare.data.model_copy(update={"extensions": {"vn.lienthong.bench": filler}})
    return sender.seal(bare.model_copy(update={"data": data}))
