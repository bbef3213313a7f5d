"""What operators see of dead letters: a letter without its content, and where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lienthong.common.errors import Kind, LienthongError, Words


class LetterState(StrEnum):
    """`open`: nobody has decided. `asked`: the worker will read it again; then it was `applied`, was `known` before, is
    `held`, was `passed_over` (a type that is not listened to) or is `refused` again. `skipped`: given up.
    """

    OPEN = "open"
    ASKED = "asked"
    APPLIED = "applied"
    KNOWN = "known"
    HELD = "held"
    PASSED_OVER = "passed_over"
    REFUSED = "refused"
    SKIPPED = "skipped"

    @property
    def waits_for_operator(self) -> bool:
        """Whether an operator has still to decide."""
        return self in {LetterState.OPEN, LetterState.REFUSED}


class NoDeadLetter(LienthongError):
    """No dead letter stands at this place of the topic, or its time there is over."""

    code = "no_dead_letter"
    kind = Kind.NOT_FOUND
    title = Words("Không có bản ghi hỏng ở vị trí này", "No dead letter stands at this place")
    advice = Words("Xem lại danh sách bản ghi hỏng.", "Look at the list of dead letters again.")


class LetterDecided(LienthongError):
    """The dead letter was replayed or skipped before; its state tells what became of it."""

    code = "dead_letter_decided"
    kind = Kind.CONFLICT
    title = Words("Bản ghi hỏng này đã được xử lý", "This dead letter was handled before")
    advice = Words("Xem trạng thái của bản ghi.", "Look at the state of the letter.")


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter without its content. `error` is why it was put, or why it was refused again."""

    number: int
    consumer: str
    put_at: datetime
    state: LetterState
    decided_at: datetime | None
    error: str
    origin: str
    recorded_at: datetime
    key: str
    headers: Sequence[str]
    size: int
    sha256: str
