"""Client library of lienthong for agencies' systems. Begin with `Agency.open`; see README.md."""

from lienthong.common.messages.document import (
    Document,
    DocumentKind,
    Lane,
    LateEntry,
    Priority,
    Purpose,
    Secrecy,
    StaffInfo,
)
from lienthong.common.messages.registration import Channel
from lienthong.common.messages.status import StatusCode
from lienthong.sdk.attachments import Upload
from lienthong.sdk.client import Agency
from lienthong.sdk.compose import Draft
from lienthong.sdk.errors import (
    BadInput,
    DownloadChanged,
    EnrolmentUnfinished,
    EntryRefused,
    InboxBroken,
    InboxChanged,
    InboxGap,
    InboxReordered,
    InboxRolledBack,
    NoticeRefused,
    NotReadYet,
    OutcomeUnknown,
    ProfileBroken,
    ProfileMissing,
    SdkError,
    SealRefused,
    SealUnusable,
    StatementRefused,
    UnexpectedAnswer,
    Unreachable,
    WebhookRefused,
)
from lienthong.sdk.groups import ExpandedGroup
from lienthong.sdk.items import Item, Letter, StatusNotice, UnknownMessage, Withheld
from lienthong.sdk.notices import ChangeAnswerNotice, EndedNotice, LapsedNotice, RemovalNotice, TakeBackNotice
from lienthong.sdk.operator import fetch_operator_token
from lienthong.sdk.outgoing import Sealed
from lienthong.sdk.preflight import Capabilities
from lienthong.sdk.problems import PlatformError, Problem, Refused
from lienthong.sdk.profile import Profile
from lienthong.sdk.reading import InboxItem
from lienthong.sdk.registering import Incoming
from lienthong.sdk.renewing import Renewal
from lienthong.sdk.sending import Outcome, Sent
from lienthong.sdk.statuses import ChangeKind
from lienthong.sdk.support import HotlineKind
from lienthong.sdk.track import Track, TrackedChange, TrackedRecipient, TrackedStatus, TrackedVersion
from lienthong.sdk.transport import Patience
from lienthong.sdk.webhook import MOST_BODY_BYTES, Pushed, WebhookAttempt, WebhookState

__all__ = [
    "MOST_BODY_BYTES",
    "Agency",
    "BadInput",
    "Capabilities",
    "ChangeAnswerNotice",
    "ChangeKind",
    "Channel",
    "Document",
    "DocumentKind",
    "DownloadChanged",
    "Draft",
    "EndedNotice",
    "EnrolmentUnfinished",
    "EntryRefused",
    "ExpandedGroup",
    "HotlineKind",
    "InboxBroken",
    "InboxChanged",
    "InboxGap",
    "InboxItem",
    "InboxReordered",
    "InboxRolledBack",
    "Incoming",
    "Item",
    "Lane",
    "LapsedNotice",
    "LateEntry",
    "Letter",
    "NotReadYet",
    "NoticeRefused",
    "Outcome",
    "OutcomeUnknown",
    "Patience",
    "PlatformError",
    "Priority",
    "Problem",
    "Profile",
    "ProfileBroken",
    "ProfileMissing",
    "Purpose",
    "Pushed",
    "Refused",
    "RemovalNotice",
    "Renewal",
    "SdkError",
    "SealRefused",
    "SealUnusable",
    "Sealed",
    "Secrecy",
    "Sent",
    "StaffInfo",
    "StatementRefused",
    "StatusCode",
    "StatusNotice",
    "TakeBackNotice",
    "Track",
    "TrackedChange",
    "TrackedRecipient",
    "TrackedStatus",
    "TrackedVersion",
    "UnexpectedAnswer",
    "UnknownMessage",
    "Unreachable",
    "Upload",
    "WebhookAttempt",
    "WebhookRefused",
    "WebhookState",
    "Withheld",
    "fetch_operator_token",
]
