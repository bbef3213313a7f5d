"""Objects in S3 (or what else obstore reaches): streamed to a temporary key, then copied to the name of the hash."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable
from uuid import uuid4

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import ObjectStore as RemoteStore
from obstore.store import S3Store

from lienthong.common.objects.store import (
    CHUNK_BYTES,
    ObjectMissing,
    RangeNotThere,
    StoreAway,
    StoredObject,
    object_path,
)

_PART_BYTES = 8 << 20

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class RemoteObjects:
    """An object store in a bucket. What is left under `incoming/` by a killed process is the bucket's life cycle's."""

    def __init__(self, store: RemoteStore) -> None:
        self._store = store

    async def put(self, content: AsyncIterable[bytes]) -> StoredObject:
        try:
            return await self._put(content)
        except BaseError as error:
            log.exception("the store of files takes nothing")
            raise StoreAway from error

    async def _put(self, content: AsyncIterable[bytes]) -> StoredObject:
        temporary = f"incoming/{uuid4().hex}"
        try:
            stored = await self._write(temporary, content)
            # Also where the name exists: the bytes are the same, and by how long it takes nobody learns that they were.
            await obstore.copy_async(self._store, temporary, object_path(stored.sha256))
        finally:
            await self._forget(temporary)
        return stored

    async def _write(self, temporary: str, content: AsyncIterable[bytes]) -> StoredObject:
        digest, size = hashlib.sha256(), 0
        async with obstore.open_writer_async(self._store, temporary, buffer_size=_PART_BYTES) as writer:
            async for piece in content:
                size += len(piece)
                digest.update(piece)
                await writer.write(piece)
        return StoredObject(digest.hexdigest(), size)

    async def _forget(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def find(self, sha256: str) -> StoredObject | None:
        try:
            head = await obstore.head_async(self._store, object_path(sha256))
        except FileNotFoundError:
            return None
        return StoredObject(sha256, head["size"])

    async def read(self, sha256: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        found = await self.find(sha256)
        if found is None:
            raise ObjectMissing
        if start < 0 or (start >= found.size and start > 0):
            raise RangeNotThere
        end = found.size if length is None else min(found.size, start + length)
        if start == end:
            return
        result = await obstore.get_async(self._store, object_path(sha256), options={"range": (start, end)})
        async for piece in result.stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(piece)

    async def delete(self, sha256: str) -> None:
        await self._forget(object_path(sha256))

    async def missing(self) -> str | None:
        try:
            await obstore.list_with_delimiter_async(self._store, "incoming")
        except BaseError as error:
            return f"objects: {type(error).__name__}"
        return None


def open_s3(uri: str) -> RemoteObjects:
    """`s3://bucket/prefix`; endpoint, region and credentials come from the AWS_… variables."""
    return RemoteObjects(S3Store.from_url(uri))
