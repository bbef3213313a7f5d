"""An agency uploads a file that its next messages will carry: step 1 of docs/way-of-a-document.md.

The file streams through; nothing holds it in memory. Until a message adopts it, it is in quarantine and ends after a
day. Bytes are stored once, yet every upload goes the whole way: that somebody else has the same file never shows.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.objects import ObjectStore
from lienthong.exchange.domain.errors import AttachmentInfected, DigestMismatch, EmptyAttachment, UploadBroken
from lienthong.exchange.domain.file_kinds import HEAD_BYTES, FilePolicy
from lienthong.exchange.domain.submission import Upload
from lienthong.exchange.store import uploads
from lienthong.exchange.usecases.destroy_files import DestroyFiles
from lienthong.exchange.usecases.places import Places
from lienthong.exchange.usecases.records import done_by, refused_to
from lienthong.exchange.usecases.scan_upload import ScanUpload

_SILENCE_SECONDS = 60.0


class UploadAttachment:
    """`at_once` uploads run in this process at the same time, `at_once_of_one` of them of one agency.

    `policy` says which files may be attached, `kept` how long one waits for its message.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        scan: ScanUpload,
        destroy_files: DestroyFiles,
        clock: Clock,
        *,
        policy: FilePolicy,
        kept: timedelta,
        at_once: int = 64,
        at_once_of_one: int = 16,
    ) -> None:
        self._database = database
        self._objects = objects
        self._scan = scan
        self._destroy_files = destroy_files
        self._clock = clock
        self._policy = policy
        self._kept = kept
        self._places = Places(at_once, at_once_of_one)

    async def __call__(self, caller: Caller, sha256: str, media_type: str, content: AsyncIterator[bytes]) -> Upload:
        """Store the stream if it has the hash that was said.

        Raises DigestMismatch, EmptyAttachment, UploadBroken, TooManyRequests; AttachmentTypeForbidden,
        AttachmentTypeMismatch; AttachmentInfected, AttachmentNotScannable, ScannerAway.
        """
        self._policy.check_type(media_type)
        with self._places.of(caller.agency_id):
            # 1.2 The row first: from here on nobody destroys these bytes under us.
            async with self._database.transaction() as connection:
                until = self._clock.now() + self._kept
                await uploads.reserve(connection, caller.agency_id, sha256, media_type, until)
            try:
                # 1.3 The bytes, looked at and hashed on their way; they get their name only if they are what was said.
                shown = self._looked_at(media_type, _unless_silent(content))
                stored = await self._objects.put(_checked(shown, sha256))
                # The scanner, if there is one, looks through what is stored; nobody can refer to it yet.
                scan = await self._scan(stored)
            except AttachmentInfected as infected:
                await self._destroy(caller, sha256, infected)
                raise
            except BaseException:
                async with self._database.transaction() as connection:
                    await uploads.give_up(connection, caller.agency_id, sha256, self._clock.now())
                raise
            return await self._finish(caller, Upload(caller.agency_id, sha256, stored.size, media_type, scan))

    async def _looked_at(self, media_type: str, content: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The stream, when its first bytes have shown that such a file may be attached under this type."""
        head = b""
        async for piece in content:
            head += piece
            if len(head) >= HEAD_BYTES:
                break
        if head:
            self._policy.check_head(media_type, head[:HEAD_BYTES])
            yield head
        async for piece in content:
            yield piece

    async def _destroy(self, caller: Caller, sha256: str, infected: AttachmentInfected) -> None:
        """The bytes go at once; that they were refused is on record, and nothing else."""
        now = self._clock.now()
        record = refused_to(
            caller, "attachment.upload", f"attachments/{sha256}", now, code=infected.code, found=infected.signature
        )
        async with self._database.transaction() as connection:
            await uploads.condemn(connection, caller.agency_id, sha256, now)
            await write_audit(connection, record)
        await self._destroy_files()

    async def _finish(self, caller: Caller, upload: Upload) -> Upload:
        # 1.5 It can be referenced from now on, by its uploader alone.
        path = f"attachments/{upload.sha256}"
        record = done_by(caller, "attachment.upload", path, self._clock.now(), size=upload.size, scan=upload.scan.value)
        async with self._database.transaction() as connection:
            finished = await uploads.finish(connection, upload)
            if finished:
                await write_audit(connection, record)
            else:  # it was destroyed while it came, as a forbidden message's: its bytes go too
                await uploads.abandon(connection, upload.sha256, self._clock.now())
        if not finished:
            raise UploadBroken
        return upload


async def _checked(content: AsyncIterator[bytes], sha256: str) -> AsyncGenerator[bytes]:
    digest, size = hashlib.sha256(), 0
    async for piece in content:
        digest.update(piece)
        size += len(piece)
        yield piece
    if size == 0:
        raise EmptyAttachment
    if digest.hexdigest() != sha256:
        raise DigestMismatch


async def _unless_silent(content: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """A sender that stops sending does not hold its place for ever."""
    while True:
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                piece = await anext(content, None)
        except TimeoutError:
            raise UploadBroken from None
        if piece is None:
            return
        yield piece
