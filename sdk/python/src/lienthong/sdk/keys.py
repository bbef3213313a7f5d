"""One key, one message, for ever: what a program sends again under the same key is the message it sent before.

The ids are drawn and kept before anything is sealed. So a batch that was interrupted, or of which some lines were
corrected, is run again as a whole, and no line of it is ever sent twice.
"""

import json
import os
from collections.abc import Sequence
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, new_id, parse_id
from lienthong.sdk.errors import BadInput
from lienthong.sdk.files import private_folder, sync_folder


class Keys:
    """`keys.jsonl` in the profile's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "keys.jsonl"

    def ids(self, keys: Sequence[str]) -> list[UUID]:
        """The message id of each key, in order; drawn now for those that have none. Raises BadInput."""
        if len(set(keys)) < len(keys):
            raise BadInput(Words("Hai văn bản cùng một khóa", "Two documents have the same key"))
        private_folder(self._path.parent)
        is_new = not self._path.exists()
        with self._path.open("a+b") as handle:
            flock(handle, LOCK_EX)
            known = self._read()
            names = [_name(key) for key in keys]
            fresh = {name: new_id() for name in names if name not in known}
            if fresh:
                # On a line of its own, also behind one that a crash cut off.
                lines = [json.dumps({"key": name, "id": str(value)}).encode() for name, value in fresh.items()]
                handle.write(b"\n" + b"\n".join(lines) + b"\n")
                handle.flush()
                os.fsync(handle.fileno())
        if is_new:
            sync_folder(self._path.parent)
        return [(known | fresh)[name] for name in names]

    def find(self, key: str) -> UUID | None:
        """The message id of a key, or None."""
        return self._read().get(_name(key)) if self._path.exists() else None

    def _read(self) -> dict[str, UUID]:
        known: dict[str, UUID] = {}
        for line in self._path.read_bytes().splitlines():
            try:
                told = json.loads(line)
                known.setdefault(told["key"], parse_id(told["id"]))
            except (ValueError, KeyError, TypeError, MalformedId):
                continue  # an empty line, or one that a crash cut off: nothing was sealed under it
        return known


def _name(key: str) -> str:
    return sha256(key.encode()).hexdigest()
