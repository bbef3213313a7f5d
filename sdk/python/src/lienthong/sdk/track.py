"""The track of a document: where it stands at each recipient, as the exchange knows it.

The track is an answer and not a signed statement; what is signed are the status reports in the sender's inbox.
"""

from uuid import UUID

from lienthong.common.clock import Timestamp
from lienthong.common.errors import Words
from lienthong.common.ids import Id
from lienthong.common.messages.document import Lane
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.errors import UnexpectedAnswer
from lienthong.sdk.exchange import Exchange

MAX_TRACK_BYTES = 8 << 20
"""A thousand recipients with many reports each stay below."""
_UNREADABLE = Words("Quá trình xử lý trả về không đọc được", "The track cannot be read")


class TrackedLateEntry(AnswerPart):
    """It was recorded elsewhere first and entered late (N4), as its sender says."""

    occurred_at: Timestamp
    by: str
    reason: str
    outage: int | None = None


class TrackedStatus(AnswerPart):
    """A report as it was stored: when it happened as the recipient says, when it was accepted; `late` behind others."""

    message_id: Id
    status: str
    said_at: Timestamp
    stored_at: Timestamp
    late: bool = False
    description: str | None = None
    late_entry: TrackedLateEntry | None = None


class TrackedChange(AnswerPart):
    """What was asked for the document at one recipient, and what became of it; `kind` and `state` as `statuses.py`."""

    request: Id
    kind: str
    state: str
    asked_at: Timestamp
    answered_at: Timestamp | None = None
    reason: str | None = None
    description: str | None = None
    removal: str = "none"
    removed_at: Timestamp | None = None


class TrackedVersion(AnswerPart):
    """A message that brought the document; `type` 0 new, 2 update."""

    message_id: Id
    type: int = 0
    accepted_at: Timestamp


class TrackedWay(AnswerPart):
    """What keeps a document from its recipient: the recipient's own webhook fails, or is disabled."""

    by: str
    state: str
    failing_since: Timestamp | None = None
    next_attempt_at: Timestamp | None = None


class TrackedRecipient(AnswerPart):
    """One recipient: its state, when it acknowledged the document, and everything it reported, in the order said.

    `due_at` is when it should have received it, `expires_at` when the delivery ends without it.
    """

    agency_id: Id
    code: str
    name: str
    state: str
    acknowledged_at: Timestamp | None = None
    statuses: tuple[TrackedStatus, ...] = ()
    changes: tuple[TrackedChange, ...] = ()
    way: TrackedWay | None = None
    due_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    overdue: bool = False

    def is_asked_by(self, request: UUID) -> bool:
        """Whether a message that asks for a change waits for this recipient's answer."""
        return any(each.request == request and each.state == "asked" for each in self.changes)


class Track(AnswerPart):
    """A document's way: the sender sees every recipient, a recipient itself alone."""

    environment: str
    source: str
    message_id: Id
    subject: Id
    lane: Lane
    accepted_at: Timestamp
    document_id: str
    title: str
    versions: tuple[TrackedVersion, ...] = ()
    late_entry: TrackedLateEntry | None = None
    recipients: tuple[TrackedRecipient, ...]


async def fetch_track(exchange: Exchange, source: UUID, message_id: UUID) -> Track:
    """Ask for a track. Raises NotFound (also where the caller has no part in it), PlatformError, Unreachable."""
    track = await exchange.read(
        "GET", f"/v1/tracks/{source}/{message_id}", Track, max_bytes=MAX_TRACK_BYTES, unreadable=_UNREADABLE
    )
    if (track.source, track.message_id) != (f"/agencies/{source}", message_id):
        raise UnexpectedAnswer(Words("Quá trình xử lý của văn bản khác", "It is the track of another document"))
    return track
