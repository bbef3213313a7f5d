"""An agency reads a file that it uploaded or received: step 6 of docs/way-of-a-document.md."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.objects import ObjectStore
from lienthong.exchange.domain.errors import AttachmentNotFound
from lienthong.exchange.domain.permissions import Denied, may_read_attachment
from lienthong.exchange.domain.ranges import ByteRange, read_range
from lienthong.exchange.store import uploads
from lienthong.exchange.usecases.records import done_by


@dataclass(frozen=True, slots=True)
class OpenAttachment:
    """A file that may be read: what it is, and the part asked for (None: outside the file)."""

    media_type: str
    size: int
    part: ByteRange | None
    content: AsyncIterator[bytes]


class ReadAttachment:
    """Opens a file for an agency; nothing tells whether a file exists that it may not read."""

    def __init__(self, database: Database, objects: ObjectStore, clock: Clock) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock

    async def __call__(self, caller: Caller, sha256: str, range_header: str | None) -> OpenAttachment:
        """The file, or the one range of it that was asked for. Raises AttachmentNotFound."""
        async with self._database.transaction() as connection:
            # 6.1 Who uploaded it may, and who received a message that carries it.
            seen = await uploads.see(connection, caller.agency_id, sha256)
            if isinstance(may_read_attachment(seen.ties), Denied):
                raise AttachmentNotFound
            stored = await self._objects.find(sha256)
            if stored is None:
                raise AttachmentNotFound
            # 6.2 Who reads content is put on record before the first byte goes out.
            await write_audit(
                connection, done_by(caller, "attachment.read", f"attachments/{sha256}", self._clock.now())
            )
        part = read_range(range_header, stored.size)
        start, length = (part.start, part.length) if part else (0, 0)
        content = self._objects.read(sha256, start=start, length=length)
        return OpenAttachment(seen.media_type, stored.size, part, content)
