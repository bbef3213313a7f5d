"""Documents at recipients, and changes asked of them, as a page of submissions is judged by them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from lienthong.common.messages.document import Lane
from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.changes import ChangeKind, RequestState, Whereabouts
from lienthong.exchange.domain.expiry import judge_after_expiry
from lienthong.exchange.domain.states import DeliveryState, Fit, History, Said, judge_status

DeliveryKey = tuple[UUID, UUID, UUID]
"""Recipient's agency id, sender's agency id and message id: one message at one recipient."""

SubjectKey = tuple[UUID, UUID, UUID]
"""Sender's agency id, subject and recipient's agency id: a document through its updates, at one recipient."""


@dataclass(frozen=True, slots=True)
class DeliveredDocument:
    """A document at one recipient: which (by the id of its row and its subject), since when, what became of it."""

    message: UUID
    subject: UUID
    lane: Lane
    accepted_at: datetime
    history: History = field(default_factory=History)
    acknowledged: bool = False
    """Whether its entry was acknowledged; known of those whose change is asked."""
    asked: bool = False
    """Whether a change of it was asked and not answered yet."""
    current: UUID | None = None
    """The message that stands in its place, where another does."""
    expired_at: datetime | None = None
    """When it expired, if it is still so."""

    def judge(self, new: Said, occurred_at: datetime | None) -> Fit | Refusal:
        """Whether a status fits what is known of this delivery; `occurred_at` is that of its late entry."""
        if self.expired_at is None:
            return judge_status(self.history, new)
        return judge_after_expiry(self.history, self.expired_at, new, occurred_at)

    def with_status(self, new: Said, fit: Fit) -> Self:
        """The same delivery with a status that fits."""
        statuses = (*self.history.statuses, new)
        if self.expired_at is None or fit.state is DeliveryState.EXPIRED:
            return replace(self, history=replace(self.history, statuses=statuses))
        return replace(self, history=replace(self.history, statuses=statuses, end=None), expired_at=None)

    def ended(self, end: DeliveryState, current: UUID | None) -> Self:
        """The same delivery, ended by a change; `current` is what stands in its place."""
        history = replace(self.history, end=end, waits=False)
        return replace(self, history=history, current=current, expired_at=None)

    def started(self, start: DeliveryState | None) -> Self:
        """The same delivery, which asked for a change and was answered: it goes on there, or was declined."""
        if start is None:
            return self.ended(DeliveryState.DECLINED, None)
        return replace(self, history=replace(self.history, start=start, end=None, waits=False), expired_at=None)

    @property
    def where(self) -> Whereabouts:
        """Where it is."""
        return Whereabouts(self.history.state, self.acknowledged)

    @property
    def pending(self) -> bool:
        """Whether an answer is awaited about it: to a change of it, or to the one that it asks itself."""
        return self.asked or self.history.waits


@dataclass(frozen=True, slots=True)
class AskedChange:
    """What a message (by the id of its row) asked of one recipient, and about which deliveries there."""

    message: UUID
    subject: UUID
    lane: Lane
    accepted_at: datetime
    kind: ChangeKind
    state: RequestState
    documents: tuple[DeliveryKey, ...]
    removed: bool = False


@dataclass(frozen=True, slots=True)
class AdmittedStatus:
    """The document that an admitted status is about (by the id of its row), and how the status fits."""

    document: UUID
    fit: Fit


@dataclass(frozen=True, slots=True)
class AdmittedRequest:
    """What an admitted request comes to: the deliveries it ends at once, and those it asks about."""

    kind: ChangeKind
    granted: tuple[DeliveryKey, ...]
    asked: tuple[DeliveryKey, ...]


@dataclass(frozen=True, slots=True)
class AdmittedAnswer:
    """The request that an admitted answer settles (by the id of its message's row)."""

    request: UUID
    state: RequestState


@dataclass(frozen=True, slots=True)
class AdmittedRemoval:
    """The request after which content was removed (by the id of its message's row)."""

    request: UUID


Effect = AdmittedStatus | AdmittedRequest | AdmittedAnswer | AdmittedRemoval
