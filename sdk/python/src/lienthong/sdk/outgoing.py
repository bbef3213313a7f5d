"""Evidence before effect: a signed message is kept before it is sent, and its receipt beside it afterwards.

After a crash, or where the answer was lost, `pending` gives the same bytes back, so that they are sent again and never
signed anew.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.signing.errors import SigningError
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.sdk.errors import ProfileBroken
from lienthong.sdk.files import private_folder, sync_folder, write_all


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message with the agency's seal on it; sending it twice is sending it once."""

    message_id: UUID
    signed: SignedBytes

    @property
    def headers(self) -> dict[str, str]:
        """What stands beside its bytes in a request."""
        return {"content-type": "application/cloudevents+json", "x-jws-signature": self.signed.jws}


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of this agency as the profile holds it; without a receipt it may not have arrived."""

    sealed: Sealed
    receipt: SignedBytes | None


class Outgoing:
    """`outgoing/` holds what may not have arrived, `sent/` what has a receipt."""

    def __init__(self, folder: Path) -> None:
        self._waiting = folder / "outgoing"
        self._sent = folder / "sent"

    def put(self, messages: Iterable[Sealed]) -> None:
        """Keep messages before their first sending."""
        files = {_name(each.message_id): _bytes({"message": each.signed.to_line()}) for each in messages}
        write_all(private_folder(self._waiting), files)

    def settle(self, answered: Sequence[tuple[Sealed, SignedBytes]]) -> None:
        """Keep receipts with their messages; these wait no more."""
        if not answered:
            return
        files = {
            _name(sealed.message_id): _bytes({"message": sealed.signed.to_line(), "receipt": receipt.to_line()})
            for sealed, receipt in answered
        }
        write_all(private_folder(self._sent), files)
        self.drop([sealed.message_id for sealed, _ in answered])

    def drop(self, messages: Sequence[UUID]) -> None:
        """Forget messages that were refused for good."""
        for message_id in messages:
            (self._waiting / _name(message_id)).unlink(missing_ok=True)
        if messages and self._waiting.is_dir():
            sync_folder(self._waiting)

    def pending(self) -> list[Sealed]:
        """What may not have arrived, oldest first. Raises ProfileBroken."""
        found = [_read(path) for path in sorted(self._waiting.glob("*.json"))]
        return [kept.sealed for kept in found if kept]

    def find(self, message_id: UUID) -> Kept | None:
        """A message sent from this profile, or None. Raises ProfileBroken."""
        return _read(self._sent / _name(message_id)) or _read(self._waiting / _name(message_id))

    def newest_first(self) -> Iterable[Kept]:
        """Everything that has a receipt. Raises ProfileBroken."""
        for path in sorted(self._sent.glob("*.json"), reverse=True):
            if kept := _read(path):
                yield kept


def _read(path: Path) -> Kept | None:
    try:
        told = json.loads(path.read_text("utf-8"))
        receipt = SignedBytes.from_line(told["receipt"]) if "receipt" in told else None
        return Kept(Sealed(parse_id(path.stem), SignedBytes.from_line(told["message"])), receipt)
    except FileNotFoundError:
        return None  # also one that another process of this profile has settled meanwhile
    except (OSError, ValueError, KeyError, TypeError, MalformedId, SigningError) as error:
        raise ProfileBroken(Words(f"{path}: không đọc được", f"{path}: cannot be read")) from error


def _name(message_id: UUID) -> str:
    return f"{message_id}.json"


def _bytes(members: dict[str, dict[str, str]]) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()
