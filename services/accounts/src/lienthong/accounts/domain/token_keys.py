"""Keys that sign access tokens: announced to everyone before first use, retired before they end.

Nobody asks accounts whether a token is good, so a key must be known everywhere before it signs, and must stay known
until its last token has run out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lienthong.common.messages.accounts import TokenKeyState

State = TokenKeyState


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """A key as the schedule sees it: `since` is when it came into its present state."""

    key_id: str
    state: State
    since: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long a key signs, how long before that it is announced, how long afterwards its tokens may still come."""

    use: timedelta
    announce: timedelta
    keep: timedelta

    def __post_init__(self) -> None:
        if not timedelta() < self.announce < self.use or self.keep <= timedelta():
            raise ValueError("a token key is announced for less time than it is used, and kept afterwards")


class Step(StrEnum):
    """What is due."""

    ANNOUNCE = "announce"
    TAKE_INTO_USE = "take_into_use"
    END = "end"


@dataclass(frozen=True, slots=True)
class Due:
    """One step. `key_id` is None for a key that is still to be made."""

    step: Step
    key_id: str | None = None


def due(keys: Sequence[KeyTimes], schedule: Schedule, now: datetime) -> list[Due]:
    """What is to be done now, in this order. Taking one key into use retires the one before it.

    The very first key is used as soon as it is announced: there is no other one to bridge the time with.
    """
    active = [key for key in keys if key.state is State.ACTIVE]
    announced = [key for key in keys if key.state is State.ANNOUNCED]
    ends = [Due(Step.END, key.key_id) for key in keys if _is_over(key, schedule, now)]
    if announced and (not active or _is_worn(active[-1], schedule, now)):
        ready = announced[0]
        if not active or ready.since + schedule.announce <= now:
            return [Due(Step.TAKE_INTO_USE, ready.key_id), *ends]
    wanted = not active or active[-1].since + schedule.use - schedule.announce <= now
    if wanted and not announced:
        return [Due(Step.ANNOUNCE), *ends]
    return ends


def _is_worn(key: KeyTimes, schedule: Schedule, now: datetime) -> bool:
    return key.since + schedule.use <= now


def _is_over(key: KeyTimes, schedule: Schedule, now: datetime) -> bool:
    return key.state is State.RETIRED and key.since + schedule.keep <= now
