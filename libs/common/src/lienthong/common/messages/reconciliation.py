"""What two agencies tell each other to find gaps: how much one has sent to, and received from, the other on each day.

The format of the files that carry it, and what it proves, stand in docs/reconcile.md.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from lienthong.common.clock import Timestamp
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import Environment, Statement, chain_next
from lienthong.common.messages.parts import Organization, Part, Sha256

MOST_DAYS: Final = 366
_MOST_HEADS: Final = MOST_DAYS * 4


class Direction(StrEnum):
    """Seen from whom the statement is of."""

    SENT = "sent"
    RECEIVED = "received"


class DayHead(Part):
    """The messages of one direction, day and lane, linked in the order of their SHA-256.

    Link 0 is SHA-256 of `/agencies/<sender>/to/<recipient>/<lane>/<day>`, link n is SHA-256(link n-1 ‖ SHA-256(message)
    ‖ n as eight bytes, most significant first); `chain` is the last one.
    """

    direction: Direction
    day: Annotated[date, Field(description="Day in Vietnam on which the exchange accepted them")]
    lane: Lane
    count: Annotated[int, Field(ge=1, le=2**53 - 1)]
    chain: Sha256


class Commitment(Statement):
    """What an agency says it has sent to a counterpart and received from it: sealed with its seal, sent to nobody.

    Days without a head had nothing. `entries` and `entries_sha256` are of the lines that name the messages, whether or
    not these are handed over.
    """

    VERSION: ClassVar[str] = "1.0"
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"

    type: Literal["vn.lienthong.exchange.commitment.v1"]
    environment: Environment
    agency: Annotated[Organization, Field(description="Whose word it is")]
    counterpart: Organization
    first: Annotated[date, Field(description="First day, in Vietnam")]
    last: Annotated[date, Field(description="Last day, included")]
    made_at: Annotated[Timestamp, Field(description="When reading began: what was accepted later is not in it")]
    heads: Annotated[tuple[DayHead, ...], Field(max_length=_MOST_HEADS)]
    entries: Annotated[int, Field(ge=0, le=2**53 - 1)]
    entries_sha256: Sha256


STATEMENTS: tuple[type[Statement], ...] = (Commitment,)


def day_chain(sender: UUID, recipient: UUID, lane: Lane, day: date, digests: Iterable[bytes]) -> bytes:
    """The last link over the SHA-256 of messages, in whatever order they are given."""
    chain = hashlib.sha256(f"/agencies/{sender}/to/{recipient}/{lane}/{day.isoformat()}".encode()).digest()
    for n, digest in enumerate(sorted(digests), 1):
        chain = chain_next(chain, digest, n)
    return chain
