"""One suite for every object store: what `put` returned is there, whole, for good, and under the name of its bytes."""

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import MemoryStore, S3Store

from lienthong.common.objects import LocalObjects, ObjectMissing, ObjectStore, RangeNotThere, StoreAway, open_objects
from lienthong.common.objects.s3 import RemoteObjects

CONTENT = random.Random(7).randbytes(700_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def bucket_address() -> Iterator[str]:
    """A server that speaks S3, on a free port of this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["local", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return LocalObjects(tmp_path / "objects")
    if request.param == "memory":
        return RemoteObjects(MemoryStore())
    address: str = request.getfixturevalue("bucket_address")
    bucket = f"objects-{uuid4().hex}"
    httpx.put(f"{address}/{bucket}").raise_for_status()
    return RemoteObjects(
        S3Store(
            bucket,
            endpoint=address,
            region="us-east-1",
            access_key_id="training",
            secret_access_key="training",
            client_options={"allow_http": True},
        )
    )


async def pieces(content: bytes, size: int = 100_000) -> AsyncGenerator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def whole(stream: AsyncIterable[bytes]) -> bytes:
    return b"".join([piece async for piece in stream])


async def test_what_was_put_is_found_under_its_hash(store: ObjectStore) -> None:
    stored = await store.put(pieces(CONTENT))
    assert (stored.sha256, stored.size) == (SHA256, len(CONTENT))
    assert await store.find(SHA256) == stored
    assert await whole(store.read(SHA256)) == CONTENT


async def test_an_empty_object_is_one_too(store: ObjectStore) -> None:
    stored = await store.put(pieces(b""))
    assert stored.size == 0
    assert await whole(store.read(stored.sha256)) == b""


async def test_the_same_again_is_harmless(store: ObjectStore) -> None:
    first = await store.put(pieces(CONTENT))
    assert await store.put(pieces(CONTENT, 64)) == first
    assert await whole(store.read(SHA256)) == CONTENT


async def test_many_at_once_of_the_same(store: ObjectStore) -> None:
    stored = await asyncio.gather(*(store.put(pieces(CONTENT)) for _ in range(8)))
    assert {each.sha256 for each in stored} == {SHA256}
    assert await whole(store.read(SHA256)) == CONTENT


@pytest.mark.parametrize(("start", "length"), [(0, 10), (5, None), (699_999, 10), (262_100, 200), (0, 10**9), (3, 0)])
async def test_ranges(store: ObjectStore, start: int, length: int | None) -> None:
    await store.put(pieces(CONTENT))
    end = None if length is None else start + length
    assert await whole(store.read(SHA256, start=start, length=length)) == CONTENT[start:end]


@pytest.mark.parametrize("start", [700_000, -1])
async def test_a_range_outside_is_refused(store: ObjectStore, start: int) -> None:
    await store.put(pieces(CONTENT))
    with pytest.raises(RangeNotThere):
        await whole(store.read(SHA256, start=start))


async def test_what_is_not_there_is_missing(store: ObjectStore) -> None:
    assert await store.find(SHA256) is None
    with pytest.raises(ObjectMissing):
        await whole(store.read(SHA256))


async def test_deleted_is_gone_and_twice_is_harmless(store: ObjectStore) -> None:
    await store.put(pieces(CONTENT))
    await store.delete(SHA256)
    await store.delete(SHA256)
    assert await store.find(SHA256) is None


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", SHA256.upper(), SHA256 + "/", SHA256[:-1] + "g"])
async def test_only_a_hash_is_a_name(store: ObjectStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        await store.find(name)
    with pytest.raises(ValueError, match="SHA-256"):
        await whole(store.read(name))


async def test_an_upload_that_breaks_off_leaves_nothing(store: ObjectStore) -> None:
    async def breaks_off() -> AsyncGenerator[bytes]:
        yield CONTENT[:1000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(breaks_off())
    assert await store.find(hashlib.sha256(CONTENT[:1000]).hexdigest()) is None


async def test_it_is_ready(store: ObjectStore) -> None:
    assert await store.missing() is None


class TestLocal:
    async def test_nothing_half_written_stays(self, tmp_path: Path) -> None:
        store = LocalObjects(tmp_path)
        await store.put(pieces(CONTENT))
        await store.put(pieces(CONTENT))
        assert list((tmp_path / "incoming").iterdir()) == []

    async def test_what_a_killed_process_left_is_cleaned(self, tmp_path: Path) -> None:
        store = LocalObjects(tmp_path)
        (tmp_path / "incoming" / "left").write_bytes(b"half")
        assert await store.clean_incoming(older_than_seconds=3600) == 0
        assert await store.clean_incoming(older_than_seconds=-1) == 1

    async def test_an_upload_that_ends_while_others_are_cleaned_disturbs_nobody(self, tmp_path: Path) -> None:
        store = LocalObjects(tmp_path)
        (tmp_path / "incoming" / "ended").symlink_to("its file is gone by the time it is looked at")
        (tmp_path / "incoming" / "left").write_bytes(b"half")
        assert await store.clean_incoming(older_than_seconds=-1) == 1

    async def test_file_and_folders_are_synced_before_put_returns(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, synced, fsync = LocalObjects(tmp_path), list[Path](), os.fsync

        def note(handle: int) -> None:
            synced.append(Path(f"/proc/self/fd/{handle}").readlink())
            fsync(handle)

        monkeypatch.setattr(os, "fsync", note)
        await store.put(pieces(CONTENT))
        folder = tmp_path / SHA256[:2] / SHA256[2:4]
        assert synced[0].parent == tmp_path / "incoming"
        assert synced[1:] == [folder, folder.parent, tmp_path]

    async def test_what_is_stored_is_never_written_over(self, tmp_path: Path) -> None:
        store = LocalObjects(tmp_path)
        await store.put(pieces(CONTENT))
        path = tmp_path / SHA256[:2] / SHA256[2:4] / SHA256
        before = path.stat().st_ino
        await store.put(pieces(CONTENT))
        assert path.stat().st_ino == before


def test_the_setting_names_the_store(tmp_path: Path) -> None:
    assert isinstance(open_objects(f"file:{tmp_path}"), LocalObjects)
    assert isinstance(open_objects("s3://bucket/prefix"), RemoteObjects)
    for wrong in ("", "file:", "ftp://x", str(tmp_path)):
        with pytest.raises(ValueError, match="LIENTHONG_OBJECTS"):
            open_objects(wrong)


async def test_a_bucket_that_cannot_be_reached_is_told_by_name() -> None:
    nobody = S3Store(
        "objects",
        endpoint="http://127.0.0.1:9",
        region="us-east-1",
        access_key_id="training",
        secret_access_key="training",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(StoreAway):
        await RemoteObjects(nobody).put(pieces(CONTENT))
