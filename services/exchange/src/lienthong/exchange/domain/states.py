"""The life of a document at one recipient, as that recipient reports it (Decision 28/2018; codes of the national axis).

Statuses are signed one by one and may overtake each other on their way. So the state is what they come to in the order
in which they are said to have happened, never in the order of their arrival: all statuses of a delivery, sorted by the
time said, are a path through the table below.

A change request may end a delivery (`changes.py`), or time may: after that no status moves it. A newer version of a
document goes on where the one before it was: its path starts in that state.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lienthong.common.errors import Words
from lienthong.common.messages.status import StatusCode
from lienthong.common.transitions import Refusal, TransitionRefused, Transitions, refuse

STATUS = "R-STATUS"

MOST_STATUSES = 200
"""Of one delivery: with as many, assigned and processing are not taken again. Whoever reads a track reads them all."""


class DeliveryState(StrEnum):
    """How far a recipient is with a document."""

    SENT = "sent"
    """In the recipient's inbox, nothing reported yet."""
    ARRIVED = "arrived"
    """Đã đến."""
    REFUSED = "refused"
    """Từ chối tiếp nhận: the end."""
    RECEIVED = "received"
    """Đã tiếp nhận."""
    ASSIGNED = "assigned"
    """Phân công."""
    PROCESSING = "processing"
    """Đang xử lý."""
    DONE = "done"
    """Hoàn thành."""
    WITHDRAWN = "withdrawn"
    """Taken back or revoked before it had arrived."""
    TAKEN_BACK = "taken_back"
    """Đã lấy lại: the recipient agreed (15)."""
    REVOKED = "revoked"
    """Đã thu hồi: the recipient agreed (15)."""
    UPDATED = "updated"
    """Đã cập nhật: a newer version stands."""
    REPLACED = "replaced"
    """Đã thay thế: another document stands in its place."""
    EXPIRED = "expired"
    """The recipient neither received nor refused it in time."""
    DECLINED = "declined"
    """An update or replacement that the recipient did not agree to: the document before it goes on."""


OPEN = frozenset({DeliveryState.SENT, DeliveryState.ARRIVED})
"""Where the recipient has neither received nor refused the document yet: every delivery leaves these in time."""

ENDS = frozenset(
    {
        DeliveryState.WITHDRAWN,
        DeliveryState.TAKEN_BACK,
        DeliveryState.REVOKED,
        DeliveryState.UPDATED,
        DeliveryState.REPLACED,
        DeliveryState.EXPIRED,
        DeliveryState.DECLINED,
    }
)
"""States that no status leads to, and none leads out of: ends by a change request, or by time."""

WITHHELD = frozenset({DeliveryState.WITHDRAWN, DeliveryState.TAKEN_BACK, DeliveryState.REVOKED})
"""States in which the recipient may no longer read what was sent."""


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """A status as its place among the others is judged: by the time said, then by its code."""

    said_at: datetime
    code: StatusCode


@dataclass(frozen=True, slots=True)
class Fit:
    """A status fits: the state of the delivery with it, and whether one that is said to be later was there before."""

    state: DeliveryState
    late: bool


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a delivery: its statuses in any order, where they start, whether it has ended otherwise.

    `waits` says that the document asks for a change itself, and the recipient has not answered yet.
    """

    statuses: tuple[Said, ...] = ()
    start: DeliveryState = DeliveryState.SENT
    end: DeliveryState | None = None
    waits: bool = False

    @property
    def state(self) -> DeliveryState:
        """Where the delivery is."""
        return self.end or fold(self.path, self.start)

    @property
    def path(self) -> list[Said]:
        """The statuses in the order of the times said. What starts later has its arrival behind it."""
        arrived_before = self.start is not DeliveryState.SENT
        return [said for said in sorted(self.statuses) if not (arrived_before and said.code is StatusCode.ARRIVED)]


def fold(path: Iterable[Said], start: DeliveryState = DeliveryState.SENT) -> DeliveryState:
    """The state that accepted statuses, in their order, lead to. Raises TransitionRefused."""
    state = start
    for said in path:
        state = LIFE.move(state, said.code)
    return state


def judge_status(history: History, new: Said) -> Fit | Refusal:
    """7.3 Whether a new status fits those that were accepted before, whatever order they came in."""
    if history.end is not None:
        return LIFE.refusal(history.end, new.code)
    if history.waits and new.code is not StatusCode.ARRIVED:
        return ANSWER_THE_REQUEST
    path = history.path
    if fold(path, history.start) is DeliveryState.REFUSED:
        return REFUSED_FOR_GOOD
    if len(path) >= MOST_STATUSES and new.code in _AGAIN:
        return TOO_MANY
    return _at_its_place(path, history.start, new)


def _at_its_place(path: list[Said], start: DeliveryState, new: Said) -> Fit | Refusal:
    place = bisect_right(path, new)
    reached = LIFE.decide(fold(path[:place], start), new.code)
    if isinstance(reached, Refusal):
        return reached
    try:
        return Fit(fold(path[place:], reached), late=place < len(path))
    except TransitionRefused:
        at_the_end = LIFE.decide(fold(path, start), new.code)
        return at_the_end if isinstance(at_the_end, Refusal) else LATER_ONE_STANDS


NOT_RECEIVED_YET = Refusal(
    "not_received_yet",
    Words(
        "Tại thời điểm đó văn bản chưa được tiếp nhận (03)",
        "At the time said the document had not been received (03) yet",
    ),
    Words(
        "Báo trạng thái 03 trước, rồi báo lại trạng thái này với thời điểm không sớm hơn.",
        "Report 03 first, then this status again, with a time that is not earlier.",
    ),
    STATUS,
)
REFUSAL_ONLY_AFTER_ARRIVAL = Refusal(
    "refusal_only_after_arrival",
    Words(
        "Chỉ từ chối (02) được văn bản đã đến (01) và chưa tiếp nhận",
        "Only a document that has arrived (01) and was not received can be refused (02)",
    ),
    Words(
        "Văn bản mới đến: báo 01 rồi 02. Văn bản đã tiếp nhận: trao đổi với nơi gửi để lấy lại hoặc thu hồi.",
        "A document just in: report 01, then 02. One that was received: ask its sender to take it back or revoke it.",
    ),
    STATUS,
)
REFUSED_FOR_GOOD = Refusal(
    "delivery_refused",
    Words("Cơ quan đã từ chối văn bản này (02)", "Your agency has refused this document (02)"),
    Words("Đề nghị nơi gửi gửi lại văn bản.", "Ask the sender to send the document again."),
    STATUS,
)
ALREADY_ARRIVED = Refusal(
    "already_arrived",
    Words("Văn bản đã được báo đến hoặc tiếp nhận", "The document was reported as arrived or received already"),
    Words("Không cần báo lại.", "There is nothing to report again."),
    STATUS,
)
ALREADY_RECEIVED = Refusal(
    "already_received",
    Words("Văn bản đã được báo tiếp nhận (03)", "The document was reported as received (03) already"),
    Words("Không cần báo lại.", "There is nothing to report again."),
    STATUS,
)
ALREADY_DONE = Refusal(
    "already_done",
    Words("Văn bản đã được báo hoàn thành (06)", "The document was reported as done (06) already"),
    Words("Không cần báo lại.", "There is nothing to report again."),
    STATUS,
)
LATER_ONE_STANDS = Refusal(
    "later_status_stands",
    Words(
        "Một trạng thái đã ghi nhận, có thời điểm muộn hơn, không thể đứng sau trạng thái này",
        "A status that was accepted and is said to be later does not fit behind this one",
    ),
    Words("Kiểm tra thời điểm (time) của trạng thái.", "Check the time of the status."),
    STATUS,
)
TOO_MANY = Refusal(
    "too_many_statuses",
    Words(
        f"Văn bản này đã có {MOST_STATUSES} trạng thái",
        f"There are {MOST_STATUSES} statuses of this document already",
    ),
    Words(
        "Chỉ báo khi trạng thái thay đổi; sau cùng báo hoàn thành (06).",
        "Report a status only when it changes; at the end report done (06).",
    ),
    STATUS,
)

ANSWER_THE_REQUEST = Refusal(
    "answer_the_request",
    Words(
        "Văn bản này đề nghị thu hồi, cập nhật hoặc thay thế và đang chờ cơ quan trả lời",
        "This document asks for a revocation, update or replacement and waits for your agency's answer",
    ),
    Words("Trả lời đồng ý (15) hoặc từ chối (16) trước.", "Answer first: agreed (15) or refused (16)."),
    STATUS,
)
GIVEN_BACK = Refusal(
    "already_taken_back",
    Words("Nơi gửi đã lấy lại văn bản này", "The sender has taken this document back"),
    Words("Không báo trạng thái của văn bản này nữa.", "Report nothing more of this document."),
    STATUS,
)
REVOKED = Refusal(
    "document_revoked",
    Words("Văn bản này đã bị thu hồi", "This document was revoked"),
    Words("Không báo trạng thái của văn bản này nữa.", "Report nothing more of this document."),
    STATUS,
)
SUPERSEDED = Refusal(
    "version_superseded",
    Words("Văn bản này đã được cập nhật hoặc thay thế", "This document was updated or replaced"),
    Words("Báo trạng thái của bản mới.", "Report the status of the newer version."),
    STATUS,
)
DECLINED = Refusal(
    "version_declined",
    Words(
        "Cơ quan không đồng ý bản cập nhật, thay thế này, hoặc chưa trả lời trong thời hạn",
        "Your agency did not agree to this update or replacement, or did not answer in time",
    ),
    Words("Báo trạng thái của bản trước.", "Report the status of the version before it."),
    STATUS,
)
EXPIRED = Refusal(
    "delivery_expired",
    Words(
        "Đã quá thời hạn tiếp nhận văn bản này; nơi gửi đã được báo",
        "The time to receive this document is over; its sender has been told",
    ),
    Words(
        "Đã tiếp nhận trước lúc hết hạn: báo lại kèm late_entry (thời điểm thật, người nhập, lý do). "
        "Chưa tiếp nhận: đề nghị nơi gửi gửi lại.",
        "If it was received before that: report it with late_entry (true time, who, why). "
        "If it was not: ask the sender to send it again.",
    ),
    STATUS,
)

_AGAIN = (StatusCode.ASSIGNED, StatusCode.PROCESSING)
_HANDLING = (StatusCode.ASSIGNED, StatusCode.PROCESSING, StatusCode.DONE)
_IN_HAND = (DeliveryState.RECEIVED, DeliveryState.ASSIGNED, DeliveryState.PROCESSING)
_ACCEPTED = (*_IN_HAND, DeliveryState.DONE)
_NEXT = {
    StatusCode.ASSIGNED: DeliveryState.ASSIGNED,
    StatusCode.PROCESSING: DeliveryState.PROCESSING,
    StatusCode.DONE: DeliveryState.DONE,
}

LIFE = Transitions(
    DeliveryState,
    StatusCode,
    moves={
        (DeliveryState.SENT, StatusCode.ARRIVED): DeliveryState.ARRIVED,
        # Arrival is shown by the delivery receipt too: 03 may come without 01 (docs/decisions/0007).
        (DeliveryState.SENT, StatusCode.RECEIVED): DeliveryState.RECEIVED,
        (DeliveryState.ARRIVED, StatusCode.REFUSED): DeliveryState.REFUSED,
        (DeliveryState.ARRIVED, StatusCode.RECEIVED): DeliveryState.RECEIVED,
        **{(state, code): _NEXT[code] for state in _IN_HAND for code in _HANDLING},
    },
    refusals={
        (DeliveryState.SENT, StatusCode.REFUSED): REFUSAL_ONLY_AFTER_ARRIVAL,
        **refuse((DeliveryState.SENT, DeliveryState.ARRIVED), _HANDLING, NOT_RECEIVED_YET),
        **refuse((DeliveryState.ARRIVED, *_ACCEPTED), (StatusCode.ARRIVED,), ALREADY_ARRIVED),
        **refuse(_ACCEPTED, (StatusCode.REFUSED,), REFUSAL_ONLY_AFTER_ARRIVAL),
        **refuse(_ACCEPTED, (StatusCode.RECEIVED,), ALREADY_RECEIVED),
        **refuse((DeliveryState.DONE,), _HANDLING, ALREADY_DONE),
        **refuse((DeliveryState.REFUSED,), StatusCode, REFUSED_FOR_GOOD),
        **refuse((DeliveryState.WITHDRAWN, DeliveryState.TAKEN_BACK), StatusCode, GIVEN_BACK),
        **refuse((DeliveryState.REVOKED,), StatusCode, REVOKED),
        **refuse((DeliveryState.UPDATED, DeliveryState.REPLACED), StatusCode, SUPERSEDED),
        **refuse((DeliveryState.DECLINED,), StatusCode, DECLINED),
        **refuse((DeliveryState.EXPIRED,), StatusCode, EXPIRED),
    },
)
"""Every status in every state: where it leads, or why it does not."""
