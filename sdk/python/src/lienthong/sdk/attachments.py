"""Attached files: sent and fetched as streams, named by their SHA-256, checked at both ends (RFC 9530)."""

import asyncio
import base64
import hashlib
import json
import mimetypes
import os
import secrets
import unicodedata
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

from lienthong.common.errors import Words
from lienthong.common.messages.document import Attachment, AttachmentRole
from lienthong.common.text import safe_file_name_fault
from lienthong.sdk.errors import BadInput, DownloadChanged, UnexpectedAnswer
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.files import sync_folder

CHUNK = 1 << 18
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
    """Send the file. Raises PlatformError, Unreachable, OutcomeUnknown, UnexpectedAnswer."""
    answer = await exchange.ask(
        "POST",
        "/v1/attachments",
        headers={
            "content-type": told.media_type,
            "content-length": str(told.size),
            "content-digest": f"sha-256=:{base64.b64encode(bytes.fromhex(told.sha256)).decode()}:",
        },
        body=lambda: _chunks(path, told.size, progress),
    )
    try:
        agreed = json.loads(answer.body)["sha256"] == told.sha256
    except (ValueError, KeyError, TypeError):
        agreed = False
    if not agreed:
        raise UnexpectedAnswer(Words("Máy chủ nhận tệp khác", "The exchange names another file than was sent"))


async def download(exchange: Exchange, attachment: Attachment, target: Path, progress: Progress | None = None) -> None:
    """Fetch to `target`, which appears only when every byte is as signed.

    Raises DownloadChanged, PlatformError, Unreachable, BadInput.
    """
    draft = target.with_name(f".{target.name[:80]}.{secrets.token_hex(4)}")
    try:
        digest, size = hashlib.sha256(), 0
        async with exchange.stream(f"/v1/attachments/{attachment.sha256}") as response:
            with draft.open("xb") as handle:
                async for chunk in response.aiter_bytes(CHUNK):
                    size += len(chunk)
                    if size > attachment.size:
                        break
                    digest.update(chunk)
                    handle.write(chunk)
                    if progress:
                        progress(size, attachment.size)
                handle.flush()
                await asyncio.to_thread(os.fsync, handle.fileno())
        if size != attachment.size or digest.hexdigest() != attachment.sha256:
            raise DownloadChanged(
                Words(f"Tệp {attachment.name} bị thay đổi", f"The file {attachment.name} was changed")
            )
        draft.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(Words(f"{target}: không ghi được ({why})", f"{target}: cannot be written ({why})")) from error
    finally:
        draft.unlink(missing_ok=True)


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
    for target in (folder / name, folder / f"{attachment.sha256[:16]}-{name}"):
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
