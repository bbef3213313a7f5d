"""Files of a profile: written whole or not at all, secrets readable by their owner only."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from lienthong.common.pki import generate_key, key_to_pem

_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 90
"""Bytes of a part of a name: two of them, and what stands around them, are a file name everywhere."""


def safe_name(text: str) -> str:
    """What others call something, as a part of a file name here."""
    return _UNSAFE.sub("_", text).encode()[:_LONGEST].decode(errors="ignore")


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write so that a reader, or a crash at any moment, leaves the old file or the new one, never a part."""
    write_all(path.parent, {path.name: data}, mode=mode)


def write_all(folder: Path, files: Mapping[str, bytes], *, mode: int = 0o600) -> None:
    """Each file as `write_atomically` does, the folder made durable once for all of them."""
    for name, data in files.items():
        _replace(folder / name, data, mode)
    sync_folder(folder)


def _replace(path: Path, data: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename or removal in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_key(path: Path) -> None:
    """A new private key in PEM, unless there is one already."""
    if not path.exists():
        write_atomically(path, key_to_pem(generate_key()))


def private_folder(path: Path) -> Path:
    """The folder, made with its parents if missing; only its owner may look into a new one."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
