"""Before sending: will it arrive? What the exchange takes, and what is to be expected of each recipient."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import JsonValue

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.exchange import Exchange

MOST_ASKED = 1000


class Limits(AnswerPart):
    """What one message and its files may have."""

    message_bytes: int
    recipients: int
    attachments: int
    attachment_bytes: int
    attached_bytes: int
    media_types: tuple[str, ...]

    def takes(self, media_type: str) -> bool:
        """Whether files of this type are taken."""
        name = media_type.partition(";")[0].strip().lower()
        return not {name, f"{name.partition('/')[0]}/*", "*/*"}.isdisjoint(self.media_types)


class Scanner(AnswerPart):
    """The virus scanner: none, answers or away; larger files than `most_bytes` are refused while there is one."""

    state: str
    most_bytes: int | None = None


class Understood(AnswerPart):
    """Types of events, kinds of documents and purposes that are understood."""

    messages: tuple[str, ...]
    document_kinds: tuple[str, ...]
    purposes: tuple[str, ...]
    lanes: tuple[str, ...]


class SealState(AnswerPart):
    """Whether the agency has a good certificate now, and until when."""

    good: bool
    until: Timestamp | None = None


class InboxState(AnswerPart):
    """An inbox in one lane: what waits since when, when it was last acknowledged and asked for."""

    lane: str
    unacknowledged: int
    oldest_at: Timestamp | None = None
    acknowledged_at: Timestamp | None = None
    read_at: Timestamp | None = None


class Caution(AnswerPart):
    """Something that should give pause, in the language of the client."""

    code: str
    detail: str
    advice: str = ""


class NamedAgency(AnswerPart):
    """An agency of the register."""

    agency_id: Id
    name: str


class Recipient(AnswerPart):
    """One agency: `arrives` is yes, late (it does not read) or no (it would be refused)."""

    agency_id: Id
    name: str | None = None
    state: str
    successors: tuple[NamedAgency, ...] = ()
    arrives: str
    seal: SealState
    reads_by: tuple[str, ...] = ()
    inboxes: tuple[InboxState, ...] = ()
    warnings: tuple[Caution, ...] = ()


class Capabilities(AnswerPart):
    """The answer of the pre-flight check. It refuses nothing, and promises nothing either."""

    environment: str
    at: Timestamp
    limits: Limits
    understood: Understood
    scanner: Scanner
    recipients: tuple[Recipient, ...]


async def fetch_capabilities(exchange: Exchange, agencies: Sequence[UUID]) -> Capabilities:
    """Ask about at most 1000 agencies. Raises PlatformError, Unreachable, UnexpectedAnswer."""
    to: list[JsonValue] = [str(each) for each in agencies]
    return await exchange.read("POST", "/v1/capabilities", Capabilities, say={"to": to})
