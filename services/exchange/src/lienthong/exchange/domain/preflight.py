"""Will it arrive? What a sender is told of its recipients before it sends, and what should give it pause.

A warning here refuses nothing: only the admission of a message decides, at its own time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from lienthong.common.calendar import WorkingCalendar
from lienthong.common.clock import VIETNAM
from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.submission import KnownAgency

PREFLIGHT: Final = "R-PREFLIGHT"
SEAL_ENDS_SOON: Final = timedelta(days=7)
A_WORKING_DAY: Final = timedelta(hours=9)
"""Working hours, as the calendar counts them: an agency that looks in once a day is not idle."""


class Standing(StrEnum):
    """What the register says of an agency."""

    ACTIVE = "active"
    MERGED = "merged"
    ENDED = "ended"
    UNKNOWN = "unknown"


class Arrival(StrEnum):
    """What a sender may expect."""

    YES = "yes"
    LATE = "late"
    """It would be accepted, and lie unread: the recipient has not read for a working day."""
    NO = "no"
    """A message to it would be refused."""


class Way(StrEnum):
    """How an agency gets its entries."""

    HTTP = "http"
    WEBHOOK = "webhook"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Backlog:
    """An inbox in one lane: what waits unacknowledged since when, when it was last acknowledged and asked for."""

    unacknowledged: int = 0
    oldest_at: datetime | None = None
    acknowledged_at: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """An agency as one who would send to it should know it; `seal_until` is None where it has no good seal now."""

    agency_id: UUID
    agency: KnownAgency | None
    successors: Sequence[KnownAgency]
    seal_until: datetime | None
    backlogs: Mapping[Lane, Backlog]
    brought: Mapping[Way, datetime | None] = field(default_factory=dict[Way, datetime | None])
    """How its entries are brought to it, without its asking; since when that fails."""

    @property
    def standing(self) -> Standing:
        """What the register says of it."""
        return Standing.UNKNOWN if self.agency is None else Standing(self.agency.state.value)

    @property
    def ways(self) -> list[Way]:
        """Every agency may ask over HTTP; some have their entries brought besides."""
        return [Way.HTTP, *sorted(self.brought)]

    @property
    def read_at(self) -> datetime | None:
        """When it last asked for either inbox."""
        return max((each.read_at for each in self.backlogs.values() if each.read_at), default=None)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be expected of a recipient, and why."""

    arrives: Arrival
    warnings: tuple[Violation, ...]


def expect(recipient: Recipient, pointer: str, now: datetime, calendar: WorkingCalendar) -> Expected:
    """Whether a document sent now would arrive; `pointer` is where the sender named the recipient."""
    if recipient.standing is not Standing.ACTIVE:
        return Expected(Arrival.NO, tuple(_standing(recipient, pointer)))
    warnings = tuple(_habits(recipient, pointer, now, calendar))
    late = any(each.code in _IDLE for each in warnings)
    return Expected(Arrival.LATE if late else Arrival.YES, warnings)


_IDLE = frozenset({"never_read", "not_reading", "webhook_failing"})

_LOOK_UP = Words("Tra cứu lại danh bạ cơ quan.", "Look the agency up in the register.")
_CALL = Words(
    "Văn bản vẫn gửi được; việc gấp thì gọi đầu mối liên hệ của cơ quan đó.",
    "It can be sent all the same; if it is urgent, call that agency's contact officer.",
)


def _standing(recipient: Recipient, pointer: str) -> Iterator[Violation]:
    name = recipient.agency.name if recipient.agency else ""
    if recipient.standing is Standing.UNKNOWN:
        words = Words("Cơ quan không có trong danh bạ", "The agency is not in the register")
        yield Violation("recipient_unknown", PREFLIGHT, pointer, words, _LOOK_UP)
    elif recipient.standing is Standing.MERGED:
        heirs = ", ".join(each.name for each in recipient.successors) or "—"
        words = Words(f"{name} đã sáp nhập", f"{name} was merged")
        yield Violation(
            "recipient_merged",
            PREFLIGHT,
            pointer,
            words,
            Words(f"Gửi đến cơ quan kế thừa: {heirs}", f"Send to: {heirs}"),
        )
    elif recipient.standing is Standing.ENDED:
        words = Words(f"{name} đã chấm dứt hoạt động", f"{name} has ended")
        yield Violation("recipient_ended", PREFLIGHT, pointer, words, _LOOK_UP)


def _habits(recipient: Recipient, pointer: str, now: datetime, calendar: WorkingCalendar) -> Iterator[Violation]:
    yield from _seal(recipient, pointer, now)
    failing = recipient.brought.get(Way.WEBHOOK)
    if failing is not None and Way.TOPIC not in recipient.brought:
        since = _shown(failing)
        words = Words(
            f"Webhook của cơ quan không nhận được từ {since}", f"The agency's webhook has been failing since {since}"
        )
        yield Violation("webhook_failing", PREFLIGHT, pointer, words, _CALL)
    if not recipient.brought:  # else it need not ask
        yield from _reading(recipient, pointer, now, calendar)
    for lane, backlog in recipient.backlogs.items():
        yield from _backlog(lane, backlog, pointer, now, calendar)


def _reading(recipient: Recipient, pointer: str, now: datetime, calendar: WorkingCalendar) -> Iterator[Violation]:
    if recipient.read_at is None:
        words = Words("Cơ quan chưa đọc hộp đến lần nào", "The agency has never read its inbox")
        yield Violation("never_read", PREFLIGHT, pointer, words, _CALL)
    elif _is_idle(recipient.read_at, now, calendar):
        since = _shown(recipient.read_at)
        words = Words(f"Cơ quan không đọc hộp đến từ {since}", f"The agency has not read its inbox since {since}")
        yield Violation("not_reading", PREFLIGHT, pointer, words, _CALL)


def _backlog(
    lane: Lane, backlog: Backlog, pointer: str, now: datetime, calendar: WorkingCalendar
) -> Iterator[Violation]:
    if backlog.oldest_at is not None and _is_idle(backlog.oldest_at, now, calendar):
        named = Words("khẩn", "urgent") if lane is Lane.URGENT else Words("thường", "ordinary")
        count, since = backlog.unacknowledged, _shown(backlog.oldest_at)
        words = Words(
            f"Luồng {named.vi}: {count} mục chưa xác nhận, cũ nhất từ {since}",
            f"{count} entries of the {named.en} lane are unacknowledged, the oldest since {since}",
        )
        yield Violation("backlog_old", PREFLIGHT, pointer, words, _CALL)


def _seal(recipient: Recipient, pointer: str, now: datetime) -> Iterator[Violation]:
    if recipient.seal_until is None:
        words = Words(
            "Cơ quan không có chứng thư số dùng được: đọc được văn bản, không báo được trạng thái",
            "The agency has no good seal: it can read documents and cannot report on them",
        )
        yield Violation("seal_missing", PREFLIGHT, pointer, words, _CALL)
    elif recipient.seal_until < now + SEAL_ENDS_SOON:
        until = _shown(recipient.seal_until)
        words = Words(f"Chứng thư số của cơ quan hết hạn lúc {until}", f"The agency's seal ends at {until}")
        advice = Words("Nhắc cơ quan đó gia hạn.", "Remind that agency to renew it.")
        yield Violation("seal_ends_soon", PREFLIGHT, pointer, words, advice)


def _is_idle(since: datetime, now: datetime, calendar: WorkingCalendar) -> bool:
    return calendar.add_working_time(since, A_WORKING_DAY) < now


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
