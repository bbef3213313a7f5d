"""Evidence before effect: a signed message is kept before it is sent, and its receipt beside it afterwards.

After a crash, or where the answer was lost, `pending` gives the same bytes back, so that they are sent again and never
signed anew.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.sdk.errors import ProfileBroken
from lienthong.sdk.files import private_folder, sync_folder, write_atomically


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message with the agency's seal on it; sending it twice is sending it once."""

    message_id: UUID
    signed: SignedBytes


class Outgoing:
    """`outgoing/` holds what may not have arrived, `sent/` what has a receipt."""

    def __init__(self, folder: Path) -> None:
        self._waiting = folder / "outgoing"
        self._sent = folder / "sent"

    def put(self, sealed: Sealed) -> None:
        """Keep a message before its first sending."""
        path = private_folder(self._waiting) / f"{sealed.message_id}.json"
        write_atomically(path, _bytes({"message": sealed.signed.to_line()}))

    def settle(self, sealed: Sealed, receipt: SignedBytes) -> None:
        """Keep the receipt with the message; the message waits no more."""
        members = {"message": sealed.signed.to_line(), "receipt": receipt.to_line()}
        write_atomically(private_folder(self._sent) / f"{sealed.message_id}.json", _bytes(members))
        self.drop(sealed.message_id)

    def drop(self, message_id: UUID) -> None:
        """Forget a message that was refused for good."""
        (self._waiting / f"{message_id}.json").unlink(missing_ok=True)
        if self._waiting.is_dir():
            sync_folder(self._waiting)

    def pending(self) -> list[Sealed]:
        """What may not have arrived, oldest first. Raises ProfileBroken."""
        return [self._read(path) for path in sorted(self._waiting.glob("*.json"))]

    def _read(self, path: Path) -> Sealed:
        try:
            told = json.loads(path.read_text("utf-8"))
            return Sealed(parse_id(path.stem), SignedBytes.from_line(told["message"]))
        except (OSError, ValueError, KeyError, TypeError, MalformedId) as error:
            raise ProfileBroken(Words(f"{path}: không đọc được", f"{path}: cannot be read")) from error


def _bytes(members: dict[str, dict[str, str]]) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()
