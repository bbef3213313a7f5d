"""The schedule of token keys: always one in use, each announced before, each kept until its last token has run out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.accounts.domain.token_keys import Due, KeyTimes, Schedule, State, Step, due

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SCHEDULE = Schedule(use=60 * MINUTE, announce=10 * MINUTE, keep=6 * MINUTE)


def key(name: str, state: State, minutes: int = 0) -> KeyTimes:
    return KeyTimes(name, state, BEGIN + minutes * MINUTE)


def at(minutes: int, *keys: KeyTimes) -> list[Due]:
    return due(keys, SCHEDULE, BEGIN + minutes * MINUTE)


def test_the_first_key_is_announced_then_used_at_once() -> None:
    assert at(0) == [Due(Step.ANNOUNCE)]
    assert at(0, key("a", State.ANNOUNCED)) == [Due(Step.TAKE_INTO_USE, "a")]
    assert at(0, key("a", State.ACTIVE)) == []


@pytest.mark.parametrize(("minute", "steps"), [(49, []), (50, [Due(Step.ANNOUNCE)])])
def test_the_next_key_is_announced_before_the_present_one_is_worn(minute: int, steps: list[Due]) -> None:
    assert at(minute, key("a", State.ACTIVE)) == steps


@pytest.mark.parametrize(("minute", "used"), [(59, False), (60, True)])
def test_the_next_key_is_used_when_its_time_has_come(minute: int, used: bool) -> None:
    steps = at(minute, key("a", State.ACTIVE), key("b", State.ANNOUNCED, 50))
    assert steps == ([Due(Step.TAKE_INTO_USE, "b")] if used else [])


def test_after_a_long_sleep_a_key_is_still_announced_first() -> None:
    worn = key("a", State.ACTIVE)
    assert at(600, worn) == [Due(Step.ANNOUNCE)]
    assert at(605, worn, key("b", State.ANNOUNCED, 600)) == []
    assert at(610, worn, key("b", State.ANNOUNCED, 600)) == [Due(Step.TAKE_INTO_USE, "b")]


@pytest.mark.parametrize(("minute", "steps"), [(65, []), (66, [Due(Step.END, "a")])])
def test_a_retired_key_is_kept_until_its_last_token_has_run_out(minute: int, steps: list[Due]) -> None:
    assert at(minute, key("a", State.RETIRED, 60), key("b", State.ACTIVE, 60)) == steps


@pytest.mark.parametrize(("use", "announce", "keep"), [(10, 10, 1), (10, 0, 1), (10, 5, 0)])
def test_a_schedule_that_cannot_work_is_refused(use: int, announce: int, keep: int) -> None:
    with pytest.raises(ValueError, match="announced"):
        Schedule(use * MINUTE, announce * MINUTE, keep * MINUTE)


class Simulation:
    """Keys through time, as the use case would move them."""

    def __init__(self) -> None:
        self.keys: dict[str, KeyTimes] = {}
        self.announced: dict[str, datetime] = {}

    def turn(self, now: datetime) -> None:
        while steps := due(sorted(self.keys.values(), key=lambda each: each.since), SCHEDULE, now):
            for step in steps:
                self.do(step, now)

    def do(self, step: Due, now: datetime) -> None:
        if step.step is Step.ANNOUNCE:
            name = str(len(self.keys))
            self.announced[name] = now
            self.keys[name] = KeyTimes(name, State.ANNOUNCED, now)
            return
        assert step.key_id is not None
        if step.step is Step.TAKE_INTO_USE:
            for each in list(self.keys.values()):
                if each.state is State.ACTIVE:
                    self.keys[each.key_id] = KeyTimes(each.key_id, State.RETIRED, now)
            assert len(self.keys) == 1 or now - self.announced[step.key_id] >= SCHEDULE.announce
            self.keys[step.key_id] = KeyTimes(step.key_id, State.ACTIVE, now)
            return
        retired = self.keys[step.key_id]
        assert (retired.state, now - retired.since >= SCHEDULE.keep) == (State.RETIRED, True)
        self.keys[step.key_id] = KeyTimes(step.key_id, State.ENDED, now)


@settings(max_examples=200)
@given(st.lists(st.integers(0, 100), max_size=60))
def test_at_any_pace_of_turns_exactly_one_key_is_in_use(pauses: list[int]) -> None:
    simulation, now = Simulation(), BEGIN
    for pause in [0, *pauses]:
        now += pause * MINUTE
        simulation.turn(now)
        states = [each.state for each in simulation.keys.values()]
        assert states.count(State.ACTIVE) == 1
        assert states.count(State.ANNOUNCED) <= 1
