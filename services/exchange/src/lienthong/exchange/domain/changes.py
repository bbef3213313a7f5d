"""Changes that a sender asks of a document it sent: what becomes of each kind, wherever the document is at a recipient.

Decision 28/2018 Art 8, 9; codes 13, 15, 16 and `BussinessDocType` 1 to 3 of the national axis. Where the document has
not arrived, the exchange grants the change at once; where it has, the recipient is asked; where it ended without being
kept, a newer version is simply delivered anew. Everything else is refused by name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final, NamedTuple, TypeAlias

from lienthong.common.errors import Words
from lienthong.common.messages.change import Answer
from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.states import DeliveryState

CHANGE: Final = "R-CHANGE"


class ChangeKind(StrEnum):
    """What is asked."""

    TAKE_BACK = "take_back"
    """Lấy lại (13): sent by mistake."""
    REVOKE = "revoke"
    """Thu hồi (type 1)."""
    UPDATE = "update"
    """Cập nhật (type 2): a newer version of the same document."""
    REPLACE = "replace"
    """Thay thế (type 3): another document in its place."""


class RequestState(StrEnum):
    """How far a request is at one recipient."""

    ASKED = "asked"
    """It waits for the recipient's answer."""
    GRANTED = "granted"
    """Done at once: the document had not arrived."""
    AGREED = "agreed"
    """The recipient agreed (15)."""
    REFUSED = "refused"
    """The recipient refused (16): the document goes on as it was."""
    LAPSED = "lapsed"
    """Nobody answered in time: the document goes on as it was."""


class Course(StrEnum):
    """What happens to a request at one recipient."""

    AT_ONCE = "at once"
    """The exchange grants it, and tells the sender."""
    ASK = "ask"
    """The recipient answers."""
    FRESH = "fresh"
    """Nothing is asked: the newer version is delivered like a new document, the one before it stays as it ended."""


class Whereabouts(NamedTuple):
    """Where a delivery is when its change is asked: its state, and whether its entry was acknowledged."""

    state: DeliveryState
    acknowledged: bool


Decision: TypeAlias = Course | Refusal

END_AT_ONCE: Final[Mapping[ChangeKind, DeliveryState]] = {
    ChangeKind.TAKE_BACK: DeliveryState.WITHDRAWN,
    ChangeKind.REVOKE: DeliveryState.WITHDRAWN,
    ChangeKind.UPDATE: DeliveryState.UPDATED,
    ChangeKind.REPLACE: DeliveryState.REPLACED,
}
"""How a delivery ends where its change is granted at once."""

END_AGREED: Final[Mapping[ChangeKind, DeliveryState]] = {
    **END_AT_ONCE,
    ChangeKind.TAKE_BACK: DeliveryState.TAKEN_BACK,
    ChangeKind.REVOKE: DeliveryState.REVOKED,
}
"""How a delivery ends where its recipient agrees."""

NEWER: Final = (ChangeKind.UPDATE, ChangeKind.REPLACE)
"""What brings a newer version, which stands where the document stood if it is granted or agreed."""

REMOVED_AFTER: Final = frozenset({ChangeKind.TAKE_BACK, ChangeKind.REVOKE})
"""What obliges a recipient that agreed to remove the content, and to report it."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the answer to a request does.

    `end` is how the document's delivery ends (None: it goes on); `start` where the delivery of the asking document
    itself goes on, `declined` that it ends as refused: a take-back has none, and of it neither is said.
    """

    request: RequestState
    end: DeliveryState | None = None
    start: DeliveryState | None = None
    declined: bool = False


def decide(kind: ChangeKind, where: Whereabouts, *, pending: bool = False) -> Decision:
    """8.2 What happens to a request; `pending` says that another one about this delivery waits for its answer."""
    return CHANGE_PENDING if pending else TABLE[where, kind]


def settle(kind: ChangeKind, answer: Answer, state: DeliveryState) -> Settlement:
    """8.3 What an answer does; `state` is where the document's delivery is. What none does: `store/lapses.py`."""
    if answer is Answer.AGREED:
        return Settlement(RequestState.AGREED, END_AGREED[kind], _start(kind, state))
    match kind:
        case ChangeKind.TAKE_BACK:
            return Settlement(RequestState.REFUSED)
        case ChangeKind.REVOKE:
            return Settlement(RequestState.REFUSED, start=DeliveryState.DONE)
        case ChangeKind.UPDATE | ChangeKind.REPLACE:
            return Settlement(RequestState.REFUSED, declined=True)


def _start(kind: ChangeKind, state: DeliveryState) -> DeliveryState | None:
    match kind:
        case ChangeKind.TAKE_BACK:
            return None
        case ChangeKind.REVOKE:
            return DeliveryState.DONE
        case ChangeKind.UPDATE:
            return state if state in _KEPT else DeliveryState.RECEIVED
        case ChangeKind.REPLACE:
            return DeliveryState.RECEIVED


CHANGE_PENDING = Refusal(
    "change_pending",
    Words(
        "Một đề nghị khác về văn bản này đang chờ nơi nhận trả lời",
        "Another request about this document waits for the recipient's answer",
    ),
    Words("Chờ trả lời (15, 16) hoặc hết hạn rồi đề nghị lại.", "Wait for the answer (15, 16), or until it lapses."),
    CHANGE,
)
DELIVERY_REFUSED = Refusal(
    "delivery_refused",
    Words("Nơi nhận đã từ chối văn bản này (02)", "The recipient has refused this document (02)"),
    Words("Không cần lấy lại, thu hồi ở nơi này.", "There is nothing to take back or revoke here."),
    CHANGE,
)
ALREADY_TAKEN_BACK = Refusal(
    "already_taken_back",
    Words("Văn bản này đã được lấy lại ở nơi nhận", "This document was taken back from the recipient already"),
    Words("Không cần đề nghị lại.", "There is nothing to ask again."),
    CHANGE,
)
DOCUMENT_REVOKED = Refusal(
    "document_revoked",
    Words("Văn bản này đã bị thu hồi ở nơi nhận", "This document was revoked at the recipient"),
    Words("Gửi văn bản mới (type 0) nếu cần.", "Send a new document (type 0) if one is needed."),
    CHANGE,
)
VERSION_SUPERSEDED = Refusal(
    "version_superseded",
    Words("Bản này không còn hiệu lực ở nơi nhận", "Another version stands in this one's place at the recipient"),
    Words("Nêu bản hiện hành trong đề nghị.", "Name the present version in the request."),
    CHANGE,
)

_KEPT = (DeliveryState.RECEIVED, DeliveryState.ASSIGNED, DeliveryState.PROCESSING, DeliveryState.DONE)
_BOTH = (False, True)
_BACK = (ChangeKind.TAKE_BACK, ChangeKind.REVOKE)


def _rows(
    states: Iterable[DeliveryState], acknowledged: Iterable[bool], kinds: Iterable[ChangeKind], decision: Decision
) -> dict[tuple[Whereabouts, ChangeKind], Decision]:
    where = (Whereabouts(state, known) for state, known in product(states, acknowledged))
    return dict.fromkeys(product(where, kinds), decision)


def _whole(
    *parts: dict[tuple[Whereabouts, ChangeKind], Decision],
) -> Mapping[tuple[Whereabouts, ChangeKind], Decision]:
    """The parts as one table. Raises TypeError where they leave a place open or decide one twice."""
    table = {place: decision for part in parts for place, decision in part.items()}
    places = set(product((Whereabouts(*each) for each in product(DeliveryState, _BOTH)), ChangeKind))
    if table.keys() != places or len(table) != sum(map(len, parts)):
        raise TypeError("every kind of change in every state is decided once")
    return table


TABLE: Final = _whole(
    _rows((DeliveryState.SENT,), (False,), ChangeKind, Course.AT_ONCE),
    _rows((DeliveryState.SENT,), (True,), ChangeKind, Course.ASK),
    _rows((DeliveryState.ARRIVED, *_KEPT), _BOTH, ChangeKind, Course.ASK),
    _rows((DeliveryState.EXPIRED,), (False,), _BACK, Course.AT_ONCE),
    _rows((DeliveryState.EXPIRED,), (True,), _BACK, Course.ASK),
    _rows((DeliveryState.REFUSED,), _BOTH, _BACK, DELIVERY_REFUSED),
    _rows((DeliveryState.WITHDRAWN, DeliveryState.TAKEN_BACK), _BOTH, _BACK, ALREADY_TAKEN_BACK),
    _rows(
        (DeliveryState.EXPIRED, DeliveryState.REFUSED, DeliveryState.WITHDRAWN, DeliveryState.TAKEN_BACK),
        _BOTH,
        NEWER,
        Course.FRESH,
    ),
    _rows((DeliveryState.REVOKED,), _BOTH, ChangeKind, DOCUMENT_REVOKED),
    _rows(
        (DeliveryState.UPDATED, DeliveryState.REPLACED, DeliveryState.DECLINED), _BOTH, ChangeKind, VERSION_SUPERSEDED
    ),
)
"""Every kind of change wherever a delivery may be."""
