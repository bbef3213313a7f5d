"""Attached files: sent and fetched as streams, named by their SHA-256, checked at both ends (RFC 9530)."""

import asyncio
import base64
import hashlib
import mimetypes
import os
import secrets
import unicodedata
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from lienthong.common.errors import LienthongError, Words
from lienthong.common.messages.document import Attachment, AttachmentRole
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.common.text import safe_file_name_fault
from lienthong.sdk.errors import BadInput, DownloadChanged, OutcomeUnknown, UnexpectedAnswer, UploadUnknown
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.files import sync_folder
from lienthong.sdk.problems import NotAuthenticated, Overloaded, PlatformUnavailable
from lienthong.sdk.transport import MOST_TOKENS, HttpAnswer, unreachable

CHUNK = 1 << 18
PARTIAL = 206
MOST_WAIT = 30
"""Seconds waited at most because an answer asks for it."""
SCAN_SECONDS = 150.0
"""How much longer the answer to an upload may take: the exchange has the file scanned before it answers."""
Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that lies at the exchange, ready to be named by a message within 24 hours."""

    name: str
    media_type: str
    size: int
    sha256: str

    def as_attachment(self, id: str, role: AttachmentRole = AttachmentRole.MAIN) -> Attachment:  # noqa: A002
        """The file as a message names it; `id` is unique in the message."""
        return Attachment(
            id=id, name=self.name, media_type=self.media_type, role=role, size=self.size, sha256=self.sha256
        )


def with_roles(files: Sequence[Upload], originals: Sequence[Upload] = ()) -> list[Attachment]:
    """As a message names them: the first file is the document itself, the others are annexes, then the originals."""
    roles = [AttachmentRole.MAIN, *[AttachmentRole.APPENDIX] * len(files)][: len(files)]
    roles += [AttachmentRole.ORIGINAL] * len(originals)
    named = zip([*files, *originals], roles, strict=True)
    return [file.as_attachment(f"file-{place}", role) for place, (file, role) in enumerate(named, 1)]


def describe_file(path: Path, *, name: str | None = None, media_type: str | None = None) -> Upload:
    """Read the file once for its hash and size. Raises BadInput."""
    try:
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256")
            size = handle.tell()
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(Words(f"{path}: không đọc được ({why})", f"{path}: cannot be read ({why})")) from error
    if size == 0:
        raise BadInput(Words(f"{path}: tệp rỗng", f"{path}: the file is empty"))
    # Some systems give file names decomposed; before signing is the one moment when that may be mended.
    shown = unicodedata.normalize("NFC", name or path.name)
    guessed = media_type or mimetypes.guess_type(shown)[0] or "application/octet-stream"
    return Upload(shown, guessed, size, digest.hexdigest())


async def upload(exchange: Exchange, path: Path, told: Upload, progress: Progress | None = None) -> None:
    """Send the file. Raises PlatformError, Unreachable, UploadUnknown, UnexpectedAnswer; a note names the file."""
    try:
        answer = await _post(exchange, path, told, progress)
    except LienthongError as error:
        error.add_note(str(path))
        raise
    try:
        named = loads(answer.body)
    except MalformedJson:
        named = None
    if not isinstance(named, dict) or named.get("sha256") != told.sha256:
        raise UnexpectedAnswer(Words("Máy chủ nhận tệp khác", "The exchange names another file than was sent"))


async def _post(exchange: Exchange, path: Path, told: Upload, progress: Progress | None) -> HttpAnswer:
    try:
        return await exchange.ask(
            "POST",
            "/v1/attachments",
            headers={
                "content-type": told.media_type,
                "content-length": str(told.size),
                "content-digest": f"sha-256=:{base64.b64encode(bytes.fromhex(told.sha256)).decode()}:",
            },
            body=lambda: _chunks(path, told.size, progress),
            waits=SCAN_SECONDS,
        )
    except OutcomeUnknown as error:
        # A file that may have arrived is of no consequence: what the platform said last is worth more.
        if isinstance(error.__cause__, PlatformUnavailable):
            raise error.__cause__ from None
        raise UploadUnknown(error.words) from error


async def download(exchange: Exchange, attachment: Attachment, target: Path, progress: Progress | None = None) -> None:
    """Fetch to `target`, which appears only when every byte is as signed; a broken connection is taken up again.

    Raises DownloadChanged, PlatformError, Unreachable, BadInput.
    """
    # Its own name, not the file's with something beside it: that may be as long as a name can be.
    draft = target.with_name(f".{attachment.sha256[:16]}.{secrets.token_hex(4)}")
    try:
        with draft.open("x+b") as handle:
            fetch = _Fetch(exchange, attachment, handle, progress)
            await fetch.run()
            handle.flush()
            await asyncio.to_thread(os.fsync, handle.fileno())
        if fetch.size != attachment.size or fetch.digest.hexdigest() != attachment.sha256:
            raise _changed(attachment)
        draft.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(Words(f"{target}: không ghi được ({why})", f"{target}: cannot be written ({why})")) from error
    finally:
        draft.unlink(missing_ok=True)


class _Fetch:
    """A download over as many connections as it takes: each goes on where the last one broke (RFC 9110, Range).

    It gives up when so many attempts as the client is patient have brought nothing; a file is bounded by its size.
    """

    def __init__(
        self, exchange: Exchange, attachment: Attachment, handle: BinaryIO, progress: Progress | None = None
    ) -> None:
        self._exchange = exchange
        self._attachment = attachment
        self._handle = handle
        self._progress = progress
        self.digest = hashlib.sha256()
        self.size = 0

    async def run(self) -> None:
        """Fetch all of it. Raises PlatformError, Unreachable, DownloadChanged where it is longer than was signed."""
        patience, idle, refused = self._exchange.transport.patience, 0, False
        while self.size < self._attachment.size:
            before = self.size
            try:
                await self._attempt(refused)
            except (httpx.TransportError, NotAuthenticated, Overloaded, PlatformUnavailable) as error:
                # A token may end, and a key be renewed, while a large file is on its way.
                refused = isinstance(error, NotAuthenticated)
                idle = idle + 1 if self.size == before else 0
                if idle >= (MOST_TOKENS if refused else patience.attempts):
                    if isinstance(error, httpx.TransportError):
                        raise unreachable(f"{self._exchange.address}{self._path}", error) from error
                    raise
                wait = error.retry_after if isinstance(error, LienthongError) else None
                await asyncio.sleep(patience.pause(idle) if wait is None else min(wait, MOST_WAIT))
            else:
                return

    @property
    def _path(self) -> str:
        return f"/v1/attachments/{self._attachment.sha256}"

    async def _attempt(self, refused: bool) -> None:
        # Bytes as they lie there: a range of a compressed answer would be a range of something else.
        headers = {"accept-encoding": "identity"} | ({"range": f"bytes={self.size}-"} if self.size else {})
        async with self._exchange.stream(self._path, headers=headers, refused=refused) as response:
            if self.size and not _continues(response, self.size):
                self._begin_again()
            async for chunk in response.aiter_bytes():  # as they come: what came before a break counts
                self.size += len(chunk)
                if self.size > self._attachment.size:
                    raise _changed(self._attachment)
                self.digest.update(chunk)
                self._handle.write(chunk)
                if self._progress:
                    self._progress(self.size, self._attachment.size)
        if self.size < self._attachment.size and response.headers.get("content-length") is None:
            raise httpx.RemoteProtocolError("the answer ended before the file did")

    def _begin_again(self) -> None:
        self._handle.seek(0)
        self._handle.truncate()
        self.digest, self.size = hashlib.sha256(), 0


def _continues(response: httpx.Response, size: int) -> bool:
    said = response.headers.get("content-range", "")
    return response.status_code == PARTIAL and said.startswith(f"bytes {size}-")


def _changed(attachment: Attachment) -> DownloadChanged:
    name = attachment.name
    return DownloadChanged(Words(f"Tệp {name} bị thay đổi", f"The file {name} was changed"))


def find_place(folder: Path, attachment: Attachment) -> tuple[Path, bool]:
    """Where the attachment goes, by its own name where that is free and harmless; whether it is there already.

    Raises BadInput.
    """
    name = attachment.name
    if safe_file_name_fault(name) is not None:
        name = f"{attachment.sha256[:16]}.bin"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(Words(f"{folder}: không tạo được thư mục", f"{folder}: cannot be made")) from error
    beside = f"{attachment.sha256[:16]}-{name}"
    if safe_file_name_fault(beside) is not None:  # too long with it
        beside = f"{attachment.sha256[:16]}.bin"
    for target in (folder / name, folder / beside):
        if not target.exists():
            return target, False
        if _is(target, attachment):
            return target, True
    return target, False


def _is(path: Path, attachment: Attachment) -> bool:
    try:
        told = describe_file(path)
    except BadInput:
        return False
    return (told.size, told.sha256) == (attachment.size, attachment.sha256)


async def _chunks(path: Path, size: int, progress: Progress | None) -> AsyncGenerator[bytes]:
    done = 0
    with path.open("rb") as handle:
        while chunk := await asyncio.to_thread(handle.read, CHUNK):
            yield chunk
            done += len(chunk)
            if progress:
                progress(done, size)
