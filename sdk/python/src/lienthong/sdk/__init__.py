"""Client library of lienthong for agencies' systems. Begin with `Agency.open`; see README.md."""

from lienthong.common.messages.document import Document, DocumentKind, Lane, Priority, Purpose, Secrecy
from lienthong.sdk.attachments import Upload
from lienthong.sdk.client import Agency, Sent
from lienthong.sdk.compose import Draft
from lienthong.sdk.errors import (
    BadInput,
    DownloadChanged,
    EnrolmentUnfinished,
    InboxBroken,
    InboxChanged,
    InboxGap,
    InboxReordered,
    InboxRolledBack,
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
)
from lienthong.sdk.inbox import Letter
from lienthong.sdk.outgoing import Sealed
from lienthong.sdk.problems import PlatformError, Problem, Refused
from lienthong.sdk.profile import Profile
from lienthong.sdk.transport import Patience

__all__ = [
    "Agency",
    "BadInput",
    "Document",
    "DocumentKind",
    "DownloadChanged",
    "Draft",
    "EnrolmentUnfinished",
    "InboxBroken",
    "InboxChanged",
    "InboxGap",
    "InboxReordered",
    "InboxRolledBack",
    "Lane",
    "Letter",
    "NotReadYet",
    "OutcomeUnknown",
    "Patience",
    "PlatformError",
    "Priority",
    "Problem",
    "Profile",
    "ProfileBroken",
    "ProfileMissing",
    "Purpose",
    "Refused",
    "SdkError",
    "SealRefused",
    "SealUnusable",
    "Sealed",
    "Secrecy",
    "Sent",
    "StatementRefused",
    "UnexpectedAnswer",
    "Unreachable",
    "Upload",
]
