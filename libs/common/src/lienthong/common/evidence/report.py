"""What verifying tells: the steps that were taken, and what is proven if all of them hold."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane


class Step(StrEnum):
    """The steps in their order."""

    CONTAINER = "container"
    REGISTER = "register"
    MANIFEST = "manifest"
    STAMPS = "stamps"
    DOCUMENT = "document"
    INBOX = "inbox"
    MESSAGES = "messages"
    ATTACHMENTS = "attachments"


class StepOutcome(StrEnum):
    """How a step ended."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    """Nothing speaks against it, but what would clear it is not there."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: its outcome in a sentence, and the reason where it is not good."""

    step: Step
    outcome: StepOutcome
    words: Words
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """What evidence proves."""

    environment: str
    document_id: str
    title: str
    source: str
    sender: str
    recipient_id: UUID
    recipient: str
    message_id: UUID
    lane: Lane
    n: int
    sha256: str
    accepted_at: datetime
    stamped_at: datetime
    """When an authority saw the acceptance on record: nobody can have made it up afterwards."""
    acknowledged_at: datetime | None
    messages: tuple[str, ...]
    """Types of the messages beside the document."""
    attachments: int
    attached: int
    """Attachments that the document names, and those of them that are in the file."""
    seal_ended_since: bool
    """The seal's certificate was no longer good when the acceptance was stamped, as it was when it was accepted."""


@dataclass(frozen=True, slots=True)
class Report:
    """The steps in their order up to the first that is not good; `proven` is there exactly when all are."""

    taken: tuple[Taken, ...]
    proven: Proven | None = field(default=None)

    @property
    def exit_code(self) -> int:
        """0 valid, 1 invalid, 2 cannot tell."""
        if self.proven is not None:
            return 0
        return 2 if self.taken[-1].outcome is StepOutcome.UNKNOWN else 1
