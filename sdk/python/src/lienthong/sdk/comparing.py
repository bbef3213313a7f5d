"""Two commitments beside each other: which days agree, and where they differ, which messages (pure; no I/O).

A message is known by its SHA-256. What only one side has is missing on the other; where the other has another message
of the same id, it was altered. What a side has twice is doubled. What was accepted after the other side had begun to
read its books is later, and what its recipient may no longer read can stand on a neighbouring day: neither is a gap.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from lienthong.common.clock import local_day
from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.reconciliation import DayHead, Direction
from lienthong.sdk.commitments import CommitmentEntry, Told
from lienthong.sdk.errors import BadInput


class GapKind(StrEnum):
    """What is wrong with one message."""

    NOT_RECEIVED = "not_received"
    """The sender has it, the recipient does not."""
    NOT_SENT = "not_sent"
    """The recipient has it, the sender does not."""
    ALTERED = "altered"
    """Both have a message of this id, with other bytes."""
    DOUBLED = "doubled"
    """One side has it more than once."""
    OTHER_DAY = "other_day"
    """Both have it, on another day or in another lane."""
    LATER = "later"
    """Accepted after the other side began to read its books: no gap."""


class DayState(StrEnum):
    """How one direction, day and lane stands."""

    EQUAL = "equal"
    DIFFERS = "differs"
    EXPLAINED = "explained"
    """The heads differ, and nothing is missing: what differs is later, or withheld on a neighbouring day."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One message that the two do not agree about; `at` is the agency whose books lack, double or differ."""

    kind: GapKind
    sender: UUID
    recipient: UUID
    at: UUID
    entry: CommitmentEntry
    other: CommitmentEntry | None = None
    """What the other side has instead."""
    times: int = 1
    """Of what is doubled: how often it stands there."""


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """One direction, day and lane of which either side tells."""

    sender: UUID
    recipient: UUID
    day: date
    lane: Lane
    sent: int
    received: int
    state: DayState
    named: bool
    """Whether both lists were at hand, so that every difference is named."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that is not missing: it lies in the recipient's inbox, and its system has not acknowledged it."""

    recipient: UUID
    entry: CommitmentEntry


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both directions, over the days that both commitments cover."""

    agencies: tuple[Organization, Organization]
    first: date
    last: date
    days: tuple[ComparedDay, ...]
    gaps: tuple[Gap, ...]
    unread: tuple[Unread, ...]
    open_since: date | None
    """The first day that was not over when one of the two was made, or None."""

    @property
    def is_equal(self) -> bool:
        """Whether nothing is missing, as far as the two can tell."""
        return all(each.state is not DayState.DIFFERS for each in self.days)


def compare(one: Told, other: Told) -> Comparison:
    """Raises BadInput where the two are not about the same pair, environment and days."""
    _check_pair(one, other)
    first = max(one.commitment.first, other.commitment.first)
    last = min(one.commitment.last, other.commitment.last)
    if first > last:
        raise BadInput(Words("Hai bản không có ngày chung", "The two have no day in common"))
    days: list[ComparedDay] = []
    gaps: list[Gap] = []
    for sender, recipient in ((one, other), (other, one)):
        found_days, found = _Way(sender, recipient, first, last).compare()
        days += found_days
        gaps += found
    open_since = local_day(min(one.commitment.made_at, other.commitment.made_at))
    return Comparison(
        agencies=(one.commitment.agency, other.commitment.agency),
        first=first,
        last=last,
        days=tuple(days),
        gaps=tuple(gaps),
        unread=tuple(each for told in (one, other) for each in _unread(told, first, last)),
        open_since=max(open_since, first) if open_since <= last else None,
    )


def _check_pair(one: Told, other: Told) -> None:
    if one.agency_id == other.agency_id:
        raise BadInput(Words("Cả hai bản của cùng một cơ quan", "Both are of one agency"))
    pair = {one.agency_id, other.agency_id}
    for each in (one, other):
        if {each.agency_id, each.commitment.counterpart.agency_id} != pair:
            raise BadInput(Words("Hai bản không cùng một cặp cơ quan", "The two are not of one pair of agencies"))
    if one.commitment.environment != other.commitment.environment:
        raise BadInput(Words("Hai bản thuộc hai môi trường", "The two are of two environments"))


@dataclass(frozen=True, slots=True)
class _Way:
    """One direction: what `sender` says it has sent, what `recipient` says it has received."""

    sender: Told
    recipient: Told
    first: date
    last: date

    def compare(self) -> tuple[list[ComparedDay], list[Gap]]:
        sent = self._heads(self.sender, Direction.SENT)
        received = self._heads(self.recipient, Direction.RECEIVED)
        slots = sorted({*sent, *received}, key=lambda slot: (slot[0], slot[1].value))
        differing = {slot for slot in slots if _value(sent.get(slot)) != _value(received.get(slot))}
        named = self.sender.entries is not None and self.recipient.entries is not None
        gaps = self._gaps(differing) if named else []
        wrong = {place for each in gaps if each.kind is not GapKind.LATER for place in _places(each)}
        days = [
            ComparedDay(
                sender=self.sender.agency_id,
                recipient=self.recipient.agency_id,
                day=slot[0],
                lane=slot[1],
                sent=_count(sent.get(slot)),
                received=_count(received.get(slot)),
                state=_state(slot in differing, named=named, wrong=slot in wrong),
                named=named,
            )
            for slot in slots
        ]
        return days, gaps

    def _heads(self, told: Told, direction: Direction) -> dict[tuple[date, Lane], DayHead]:
        heads = [each for each in told.commitment.heads if each.direction is direction]
        return {(each.day, each.lane): each for each in heads if self.first <= each.day <= self.last}

    def _gaps(self, differing: set[tuple[date, Lane]]) -> list[Gap]:
        sent = _chosen(self.sender.entries, Direction.SENT, differing)
        received = _chosen(self.recipient.entries, Direction.RECEIVED, differing)
        by_sent, by_received = _by_hash(sent), _by_hash(received)
        gaps = [*self._doubled(sent, self.sender), *self._doubled(received, self.recipient)]
        for sha256 in by_sent.keys() & by_received.keys():
            ours, theirs = by_sent[sha256], by_received[sha256]
            if theirs.withheld is None and ours.slot[1:] != theirs.slot[1:]:
                gaps.append(self._gap(GapKind.OTHER_DAY, self.recipient, ours, theirs))
        only_sent = [each for sha256, each in by_sent.items() if sha256 not in by_received]
        only_received = [each for sha256, each in by_received.items() if sha256 not in by_sent]
        gaps += self._unmatched(only_sent, received, GapKind.NOT_RECEIVED, self.recipient)
        # What was altered is told once, by what its sender has.
        told = {each.other.sha256 for each in gaps if each.kind is GapKind.ALTERED and each.other is not None}
        left = [each for each in only_received if each.sha256 not in told]
        gaps += self._unmatched(left, sent, GapKind.NOT_SENT, self.sender)
        return sorted(gaps, key=lambda each: (each.entry.day, each.entry.lane.value, each.entry.sha256, each.kind))

    def _unmatched(
        self, entries: Iterable[CommitmentEntry], others: Sequence[CommitmentEntry], kind: GapKind, at: Told
    ) -> list[Gap]:
        by_id = {each.message_id: each for each in others if each.message_id is not None}
        gaps: list[Gap] = []
        for each in entries:
            other = by_id.get(each.message_id) if each.message_id is not None else None
            if other is not None:
                gaps.append(self._gap(GapKind.ALTERED, at, each, other))
            elif _is_later(each, at.commitment.made_at):
                gaps.append(self._gap(GapKind.LATER, at, each))
            else:
                gaps.append(self._gap(kind, at, each))
        return gaps

    def _doubled(self, entries: Iterable[CommitmentEntry], at: Told) -> list[Gap]:
        listed = list(entries)
        times = Counter(each.sha256 for each in listed)
        first = _by_hash(listed)
        return [
            self._gap(GapKind.DOUBLED, at, first[sha256], times=count) for sha256, count in times.items() if count > 1
        ]

    def _gap(
        self, kind: GapKind, at: Told, entry: CommitmentEntry, other: CommitmentEntry | None = None, times: int = 1
    ) -> Gap:
        return Gap(kind, self.sender.agency_id, self.recipient.agency_id, at.agency_id, entry, other, times)


def _unread(told: Told, first: date, last: date) -> list[Unread]:
    return [
        Unread(told.agency_id, each)
        for each in told.entries or ()
        if each.acknowledged is False and each.withheld is None and first <= each.day <= last
    ]


def _chosen(
    entries: Sequence[CommitmentEntry] | None, direction: Direction, differing: set[tuple[date, Lane]]
) -> list[CommitmentEntry]:
    return [each for each in entries or () if each.direction is direction and (each.day, each.lane) in differing]


def _by_hash(entries: Iterable[CommitmentEntry]) -> dict[str, CommitmentEntry]:
    found: dict[str, CommitmentEntry] = {}
    for each in entries:
        found.setdefault(each.sha256, each)
    return found


def _places(gap: Gap) -> set[tuple[date, Lane]]:
    return {(each.day, each.lane) for each in (gap.entry, gap.other) if each is not None}


def _is_later(entry: CommitmentEntry, made_at: datetime) -> bool:
    return entry.accepted_at is not None and entry.accepted_at > made_at


def _value(head: DayHead | None) -> tuple[int, str]:
    return (0, "") if head is None else (head.count, head.chain)


def _count(head: DayHead | None) -> int:
    return 0 if head is None else head.count


def _state(differs: bool, *, named: bool, wrong: bool) -> DayState:
    if not differs:
        return DayState.EQUAL
    return DayState.DIFFERS if wrong or not named else DayState.EXPLAINED
