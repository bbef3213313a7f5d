"""What was said once is not said anew: a name in the profile for each message that must not become two.

The name is written before the message is kept: a crash between the two leaves a name without a message, and it is said
again; a crash later leaves the message, and that is sent.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from lienthong.common.ids import MalformedId, parse_id
from lienthong.sdk.files import private_folder, write_atomically
from lienthong.sdk.outgoing import Kept, Outgoing


class Said:
    """One folder of the profile; a name in it, which may have folders of its own, stands for the last message said."""

    def __init__(self, folder: Path, outgoing: Outgoing) -> None:
        self._folder = folder
        self._outgoing = outgoing

    def note(self, name: str, message_id: UUID) -> None:
        """From now on the name stands for this message."""
        path = self._path(name)
        private_folder(path.parent)
        write_atomically(path, json.dumps({"message_id": str(message_id)}).encode())

    def find(self, name: str) -> Kept | None:
        """The last message under a name, where it was kept."""
        try:
            told = json.loads(self._path(name).read_bytes())
            return self._outgoing.find(parse_id(told["message_id"]))
        except (OSError, ValueError, KeyError, TypeError, MalformedId):
            return None

    def waiting(self, names: Iterable[str]) -> list[Kept]:
        """Those of the messages that have no receipt yet, oldest first."""
        found = [self.find(name) for name in names]
        return sorted(
            (kept for kept in found if kept and kept.receipt is None), key=lambda kept: kept.sealed.message_id
        )

    def names(self, folder: str) -> list[str]:
        """The names in one of its folders."""
        return [f"{folder}/{path.stem}" for path in (self._folder / folder).glob("*.json")]

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
