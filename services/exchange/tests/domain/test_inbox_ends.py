"""What a process knows of the ends of inboxes: it may know nothing, but what it knows is so, or word is on its way."""

from collections import deque
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.inbox_ends import InboxEnds
from lienthong.exchange.domain.numbers import InboxKey

INBOX = InboxKey(UUID(int=1), Lane.ORDINARY)
OTHER_LANE = InboxKey(UUID(int=1), Lane.URGENT)


def known(n: int) -> InboxEnds:
    ends = InboxEnds(good_for=10)
    ends.found_nothing(INBOX, n, ends.looking(INBOX), now=0)
    return ends


def test_nothing_is_known_before_the_first_look() -> None:
    assert InboxEnds(good_for=10).behind(INBOX, 0, now=0) is None


def test_a_look_that_found_nothing_tells_the_end() -> None:
    assert known(3).behind(INBOX, 3, now=1) == 0
    assert known(3).behind(INBOX, 1, now=1) == 2


def test_own_pages_carry_the_end_on() -> None:
    ends = known(3)
    ends.reached(INBOX, 5, now=9)
    assert ends.behind(INBOX, 3, now=18) == 2


def test_a_cursor_beyond_the_end_is_looked_up() -> None:
    assert known(3).behind(INBOX, 4, now=1) is None


def test_after_some_seconds_nothing_is_known() -> None:
    assert known(3).behind(INBOX, 3, now=10.1) is None


@pytest.mark.parametrize("everyone", [True, False])
def test_word_from_elsewhere_ends_what_is_known(everyone: bool) -> None:
    ends = known(3)
    ends.moved_all(Lane.ORDINARY) if everyone else ends.moved(INBOX)
    assert ends.behind(INBOX, 3, now=1) is None


def test_word_of_one_lane_leaves_the_other() -> None:
    ends = known(3)
    ends.moved_all(OTHER_LANE.lane)
    assert ends.behind(INBOX, 3, now=1) == 0


def test_a_look_overtaken_by_news_tells_nothing() -> None:
    ends = InboxEnds(good_for=10)
    look = ends.looking(INBOX)
    ends.reached(INBOX, 4, now=0)
    ends.found_nothing(INBOX, 3, look, now=0)
    assert ends.behind(INBOX, 3, now=0) is None


@settings(max_examples=400)
@given(st.lists(st.sampled_from(["own", "foreign", "own word", "foreign word", "look", "read", "found"]), max_size=40))
def test_whoever_is_said_to_have_everything_has_it_or_word_is_on_its_way(acts: list[str]) -> None:
    """Pages of this process and of others, each told of some time after its commit; looks under way meanwhile."""
    ends, n = InboxEnds(good_for=10), 0
    own, foreign = deque[int](), deque[int]()
    look, seen = ends.looking(INBOX), -1
    for act in acts:
        match act:
            case "own" | "foreign":
                n += 1
                (own if act == "own" else foreign).append(n)
            case "own word" if own:
                ends.reached(INBOX, own.popleft(), now=0)
            case "foreign word" if foreign:
                foreign.popleft()
                ends.moved(INBOX)
            case "look":
                look, seen = ends.looking(INBOX), -1
            case "read":
                seen = n
            case "found" if seen >= 0:
                ends.found_nothing(INBOX, seen, look, now=0)
            case _:
                continue
        for after in range(n + 1):
            if ends.behind(INBOX, after, now=0) == 0:
                assert after == n or max([*own, *foreign], default=0) > after
