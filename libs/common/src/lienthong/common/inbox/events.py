"""What the inbox hands to an effect, and what it asks of those around it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from lienthong.common.broker import DeadLetter, Record
from lienthong.common.database import Connection
from lienthong.common.messages.envelope import Event
from lienthong.common.signing import Certificate, SignedBytes

E_co = TypeVar("E_co", bound=Event[Any], covariant=True)


@dataclass(frozen=True, slots=True)
class VerifiedEvent(Generic[E_co]):
    """An event whose signature, signer and form were checked; only a reader of records makes one."""

    event: E_co
    signed: SignedBytes
    certificate: Certificate
    key: str
    topic: str
    partition: int
    offset: int
    headers: tuple[tuple[str, bytes | None], ...]


Effect: TypeAlias = Callable[[Connection, VerifiedEvent[Any]], Awaitable[None]]
"""What one event changes, inside the transaction of its page; it may be called again after a rollback."""

ReadRecord: TypeAlias = Callable[[Record], VerifiedEvent[Any]]
"""Verifies and parses a record; what it raises is the reason of the refusal. `CannotTellYet` asks for patience,
`UnknownEventType` of what was verified passes it over.

A held record is read again at every retry: verify as of the record's timestamp, not of the present.
"""


class CannotTellYet(Exception):
    """Neither good nor bad so far, for instance signed by a certificate that is still on its way to us."""


class DeadLetterBox(Protocol):
    """Where records go that cannot be verified or parsed (`broker.DeadLetters`)."""

    async def put(self, letters: Sequence[DeadLetter]) -> None:
        """Returns when all are acknowledged; raises when the page must come again."""
        ...
