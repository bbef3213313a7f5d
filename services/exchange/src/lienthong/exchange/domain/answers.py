"""The answer to a submission: given once, repeated for ever (same bytes), never replaced (other bytes)."""

from dataclasses import dataclass

from lienthong.common.errors import LienthongError, Violation
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.errors import MessageIdReused


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message was accepted; a repeat gets the first receipt again."""

    receipt: SignedBytes
    warnings: tuple[Violation, ...]
    first_time: bool


SubmissionAnswer = Accepted | LienthongError


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What was answered when a message was accepted, and to which bytes under which signature."""

    sha256: bytes
    jws: str
    receipt: SignedBytes
    warnings: tuple[Violation, ...]

    def to(self, sha256: bytes, jws: str) -> SubmissionAnswer:
        """The answer to a message under the same (source, id): the first one again, if it is the very same message."""
        if (self.sha256, self.jws) != (sha256, jws):
            return MessageIdReused()
        return Accepted(self.receipt, self.warnings, first_time=False)
