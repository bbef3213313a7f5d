"""What this system has seen of its own inbox: enough to notice if the platform ever tells another story.

`acknowledged` is where reading goes on after a restart; `seen` is the highest number whose signed head was verified.
Both carry the chain's value at that number.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fcntl import LOCK_EX, flock
from pathlib import Path
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import chain_start
from lienthong.sdk.errors import ProfileBroken
from lienthong.sdk.files import write_atomically


@dataclass(frozen=True, slots=True)
class Link:
    """The chain's value after entry `n`."""

    n: int
    chain: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """State of one lane."""

    acknowledged: Link
    seen: Link


class LaneState:
    """The state of one lane, kept in the profile's folder."""

    def __init__(self, folder: Path, recipient: UUID, lane: Lane) -> None:
        self._path = folder / f"inbox-{lane}.json"
        self._start = Link(0, chain_start(recipient, lane))

    def load(self) -> Seen:
        """The state as last kept; the start of the chain where there is none. Raises ProfileBroken."""
        try:
            told = json.loads(self._path.read_text("utf-8"))
            return Seen(_link(told["acknowledged"]), _link(told["seen"]))
        except FileNotFoundError:
            return Seen(self._start, self._start)
        except (OSError, ValueError, KeyError, TypeError) as error:
            # Starting anew would hide exactly what the chain is there to show.
            raise ProfileBroken(Words(f"{self._path}: không đọc được", f"{self._path}: cannot be read")) from error

    def keep(self, *, acknowledged: Link | None = None, seen: Link | None = None) -> None:
        """Move the state on; it never goes back, whichever of several processes writes last."""
        with self._locked():
            old = new = self.load()
            if acknowledged and acknowledged.n > old.acknowledged.n:
                new = replace(new, acknowledged=acknowledged)
            if seen and seen.n > old.seen.n:
                new = replace(new, seen=seen)
            if new != old:
                members = {"acknowledged": _members(new.acknowledged), "seen": _members(new.seen)}
                write_atomically(self._path, json.dumps(members).encode())

    @contextmanager
    def _locked(self) -> Generator[None]:
        with self._path.with_suffix(".lock").open("ab") as handle:
            flock(handle, LOCK_EX)
            yield


def _link(told: dict[str, object]) -> Link:
    n, chain = told["n"], told["chain"]
    if type(n) is not int or n < 0 or not isinstance(chain, str) or len(chain) != 64:
        raise ValueError("not a link")
    return Link(n, bytes.fromhex(chain))


def _members(link: Link) -> dict[str, object]:
    return {"n": link.n, "chain": link.chain.hex()}
