"""1 GB goes in and out, and no process needs 150 MB more for it than at rest.

`LIENTHONG_TEST_MEMORY_BYTES=20000000000 pytest tests/integration/exchange/test_memory.py` sends more.
"""

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from tests.integration.exchange.province import Province
from tests.integration.exchange.world import Agency, attachment, fresh_pdf

from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.processes import Processes

SIZE = int(os.environ.get("LIENTHONG_TEST_MEMORY_BYTES", "1000000000"))
MOST = 150_000_000
_BLOCK = os.urandom(1 << 18)


def pieces() -> Iterator[bytes]:
    """The file, made anew each time: it is nowhere whole."""
    left = SIZE
    head = b"%PDF-1.7\n"
    while left:
        piece = (head + _BLOCK)[:left]
        head, left = left.to_bytes(8, "big"), left - len(piece)
        yield piece


def hashed() -> str:
    digest = hashlib.sha256()
    for piece in pieces():
        digest.update(piece)
    return digest.hexdigest()


class Memory:
    """What processes and their children hold for themselves alone; PostgreSQL's shared buffers are there at rest."""

    def __init__(self, **pids: int) -> None:
        self._roots = {name: psutil.Process(pid) for name, pid in pids.items()}
        self.looks = 0
        self.rest = self._look()
        self.most = dict(self.rest)

    @property
    def rises(self) -> dict[str, int]:
        return {name: most - self.rest[name] for name, most in self.most.items()}

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[None]:
        """Look again and again while the block runs."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            now = await asyncio.to_thread(self._look)
            self.most = {name: max(self.most[name], size) for name, size in now.items()}
            await asyncio.sleep(0.1)

    def _look(self) -> dict[str, int]:
        self.looks += 1
        return {name: sum(map(_own, [root, *root.children(recursive=True)])) for name, root in self._roots.items()}


def _own(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().uss)
    except psutil.NoSuchProcess:  # a backend that has ended meanwhile
        return 0


async def test_large_files_need_no_memory(tmp_path: Path, private_servers: PrivateServers) -> None:
    processes = Processes(tmp_path / "logs")
    province = Province.on(private_servers.addresses, tmp_path / "province", processes)
    try:
        running = province.start("memory").wait_live()
        async with province.world(running.url, "memory") as world:
            await world.begin()
            await asyncio.to_thread(running.wait_ready)
            sender, recipient = await world.agencies(2)
            small = fresh_pdf()
            file = (await sender.upload(small)).json()
            await sender.send(recipient, attachments=[attachment(file)])
            assert (await recipient.download(file["sha256"])).content == small
            pids = {which: private_servers.pid(which) for which in ("kafka", "postgres")}
            memory = Memory(exchange=running.child.pid, **pids)
            async with memory.watched():
                sha256 = await asyncio.to_thread(hashed)
                file = await upload(sender, sha256)
                await sender.send(recipient, attachments=[attachment(file)])
                assert await download(recipient, sha256) == sha256
            assert memory.looks > 10
            print({name: f"{rise / 1e6:.0f} MB" for name, rise in memory.rises.items()})
            assert {name: rise for name, rise in memory.rises.items() if rise > MOST} == {}, memory.rest
    finally:
        processes.end()


async def upload(sender: Agency, sha256: str) -> dict[str, object]:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces():
            yield piece

    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    headers = sender.headers | {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": "application/pdf"}
    answer = await sender.world.http.post("/v1/attachments", content=body(), headers=headers, timeout=300)
    assert answer.status_code == 201, answer.text
    assert answer.json()["size"] == SIZE
    return answer.json()


async def download(recipient: Agency, sha256: str) -> str:
    digest = hashlib.sha256()
    world = recipient.world
    async with world.http.stream("GET", f"/v1/attachments/{sha256}", headers=recipient.headers) as answer:
        assert answer.status_code == 200
        async for piece in answer.aiter_raw(1 << 18):
            digest.update(piece)
    return digest.hexdigest()
