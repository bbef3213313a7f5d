"""Objects as plain files: written, fsynced, renamed, folder fsynced. (obstore's LocalStore never fsyncs.)"""

import asyncio
import contextlib
import errno
import hashlib
import os
import time
from collections.abc import AsyncGenerator, AsyncIterable, Generator
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import structlog

from lienthong.common.objects.store import (
    CHUNK_BYTES,
    ObjectMissing,
    RangeNotThere,
    StoreAway,
    StoredObject,
    StoreFull,
    object_path,
)

_INCOMING = "incoming"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class LocalObjects:
    """An object store in a folder. File work runs in threads, so that a slow disk does not stop the loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / _INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True)

    async def put(self, content: AsyncIterable[bytes]) -> StoredObject:
        temporary = self._incoming / uuid4().hex
        try:
            stored = await self._write(temporary, content)
            await asyncio.to_thread(self._adopt, temporary, stored.sha256)
        finally:
            await asyncio.to_thread(temporary.unlink, missing_ok=True)
        return stored

    async def _write(self, temporary: Path, content: AsyncIterable[bytes]) -> StoredObject:
        digest, size = hashlib.sha256(), 0
        file = await asyncio.to_thread(_make, temporary)
        try:
            async for piece in content:
                size += len(piece)
                await asyncio.to_thread(_write_and_hash, file, piece, digest)
            await asyncio.to_thread(_sync_file, file)
        finally:
            await asyncio.to_thread(_close, file)
        return StoredObject(digest.hexdigest(), size)

    def _adopt(self, temporary: Path, sha256: str) -> None:
        """Give the file its name. A link fails where the name exists: what is stored is never written over."""
        target = self._folder / object_path(sha256)
        with _faults_named():
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):  # the same content is there already
                os.link(temporary, target)
            # Also where nothing was made: whoever made it may not have come to its own sync yet.
            for folder in (target.parent, target.parent.parent, self._folder):
                _sync_folder(folder)

    async def find(self, sha256: str) -> StoredObject | None:
        path = self._folder / object_path(sha256)
        try:
            status = await asyncio.to_thread(path.stat)
        except FileNotFoundError:
            return None
        return StoredObject(sha256, status.st_size)

    async def read(self, sha256: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        path = self._folder / object_path(sha256)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError:
            raise ObjectMissing from None
        try:
            left = await asyncio.to_thread(_seek, file, start, length)
            while left and (piece := await asyncio.to_thread(file.read, min(left, CHUNK_BYTES))):
                left -= len(piece)
                yield piece
        finally:
            file.close()

    async def delete(self, sha256: str) -> None:
        path = self._folder / object_path(sha256)
        await asyncio.to_thread(_delete, path)

    async def missing(self) -> str | None:
        return None if await asyncio.to_thread(os.access, self._incoming, os.W_OK) else "objects: folder not writable"

    async def clean_incoming(self, *, older_than_seconds: float) -> int:
        """Remove what a killed process left half written; returns how many files."""
        return await asyncio.to_thread(_remove_old, self._incoming, older_than_seconds)


@contextlib.contextmanager
def _faults_named() -> Generator[None]:
    """What the disk refuses is no fault of who sends the file, and is told by its name."""
    try:
        yield
    except OSError as error:
        log.exception("the store of files takes nothing")
        raise (StoreFull if error.errno in _NO_ROOM else StoreAway)() from error


def _make(path: Path) -> BinaryIO:
    with _faults_named():
        return path.open("xb")


def _write_and_hash(file: BinaryIO, piece: bytes, digest: "hashlib._Hash") -> None:
    digest.update(piece)
    with _faults_named():
        file.write(piece)


def _sync_file(file: BinaryIO) -> None:
    with _faults_named():
        file.flush()
        os.fsync(file.fileno())


def _close(file: BinaryIO) -> None:
    """Closing writes what is still held back; where that fails as it did before, the file is closed all the same."""
    with contextlib.suppress(OSError):
        file.close()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _seek(file: BinaryIO, start: int, length: int | None) -> int:
    size = os.fstat(file.fileno()).st_size
    if start < 0 or (start >= size and start > 0):
        raise RangeNotThere
    file.seek(start)
    return size - start if length is None else min(length, size - start)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        _sync_folder(path.parent)


def _remove_old(folder: Path, older_than_seconds: float) -> int:
    limit, removed = time.time() - older_than_seconds, 0
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # an upload ended meanwhile, and took its file with it
            if path.stat().st_mtime < limit:
                path.unlink()
                removed += 1
    return removed
