"""The disk of the object store is full: uploads are told so, nothing half is kept, what needs no room goes on."""

import asyncio
import resource
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import attachment, fresh_pdf

pytestmark = pytest.mark.xdist_group("failures")

SMALL, LARGE = 100_000, 3_000_000
_ROOM = 4 << 20


@dataclass(frozen=True)
class Disk:
    """A small file system of its own; `ballast` leaves room for small files only, until it goes."""

    folder: Path

    def fill(self) -> None:
        """What is left holds a small file and no large one."""
        (self.folder / "ballast").write_bytes(bytes(_ROOM - (SMALL << 3)))

    def free(self) -> None:
        """Room comes back."""
        (self.folder / "ballast").unlink()

    def files(self) -> set[Path]:
        """Everything that the store holds, half or whole."""
        return {path for path in self.folder.rglob("*") if path.is_file() and path.name != "ballast"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_disk_is_told_by_name_and_hurts_nothing_but_uploads(
    province: Province, exchange: Running, disk: Disk
) -> None:
    running = await asyncio.to_thread(
        province.start("full", LIENTHONG_OBJECTS=f"file:{disk.folder / 'objects'}").wait_ready
    )
    async with province.world(running.url, "full") as world:
        sender, recipient = await world.agencies(2)
        before = (await sender.upload(fresh_pdf(SMALL))).json()
        disk.fill()
        stored = disk.files()
        for content in (fresh_pdf(LARGE), fresh_pdf(LARGE // 2)):
            answer = await sender.upload(content)
            assert (answer.status_code, answer.json()["code"]) == (503, "file_store_full")
            assert answer.headers["retry-after"]
        assert disk.files() == stored, "nothing is kept of what found no room"
        assert len(await world.rows("SELECT FROM upload WHERE agency_id = $1", sender.id)) == 1

        sent = [await sender.send(recipient), await sender.send(recipient, attachments=[attachment(before)])]
        assert [entry.message for entry in await recipient.read_all()] == sent
        assert len((await recipient.download(before["sha256"])).content) == SMALL
        assert (await world.http.get("/health/ready")).status_code == 200, "documents go on"

        disk.free()
        again = fresh_pdf(LARGE)
        after = await sender.upload(again)
        assert after.status_code == 201
        await sender.send(recipient, attachments=[attachment(after.json())])
        assert (await recipient.download(after.json()["sha256"])).content == again
    await asyncio.to_thread(running.child.terminate)


async def test_many_uploads_into_the_last_room_are_whole_or_nothing(
    province: Province, exchange: Running, disk: Disk
) -> None:
    running = await asyncio.to_thread(
        province.start("crowded", LIENTHONG_OBJECTS=f"file:{disk.folder / 'objects'}").wait_ready
    )
    async with province.world(running.url, "crowded") as world:
        sender, recipient = await world.agencies(2)
        contents = [fresh_pdf(LARGE // 4) for _ in range(12)]
        answers = await asyncio.gather(*(sender.upload(content) for content in contents))
        told = {answer.status_code: answer.json().get("code") for answer in answers}
        assert told == {201: None, 503: "file_store_full"}
        for answer in answers:
            if answer.status_code == 201:
                sha256 = answer.json()["sha256"]
                assert len((await sender.download(sha256)).content) == LARGE // 4
        assert len(disk.files()) == sum(answer.status_code == 201 for answer in answers)
        assert (await sender.post(sender.message(recipient))).status_code == 201
    await asyncio.to_thread(running.child.terminate)


async def test_a_limit_of_the_process_is_told_by_the_same_name(province: Province, exchange: Running) -> None:
    """A quota shows as this does; and no right to mount anything is needed for it."""
    running = await asyncio.to_thread(province.start("limited").wait_ready)
    process = psutil.Process(running.child.pid)
    async with province.world(running.url, "limited") as world:
        sender, recipient = await world.agencies(2)
        process.rlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
        answer = await sender.upload(fresh_pdf(LARGE))
        assert (answer.status_code, answer.json()["code"]) == (503, "file_store_full")
        assert await world.rows("SELECT FROM upload WHERE agency_id = $1", sender.id) == []
        await sender.send(recipient)
        process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert (await sender.upload(fresh_pdf(LARGE))).status_code == 201
    await asyncio.to_thread(running.child.terminate)
