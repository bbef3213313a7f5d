"""However many endpoints hang, those that answer, and urgent entries, find a place."""

from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.webhook_places import Due, WebhookPlaces

PLACES = WebhookPlaces(16)


def crowd(number: int, *, lane: Lane = Lane.ORDINARY, troubled: bool = False) -> list[Due]:
    return [Due(InboxKey(new_id(), lane), troubled) for _ in range(number)]


def test_troubled_endpoints_leave_half_of_the_places() -> None:
    busy = PLACES.choose(crowd(100, troubled=True) + crowd(100, lane=Lane.URGENT, troubled=True), [])
    assert len(busy) == 8
    assert len(PLACES.choose(crowd(100), busy)) == 8


def test_ordinary_lanes_leave_a_quarter_to_urgent_ones() -> None:
    busy = PLACES.choose(crowd(100), [])
    assert len(busy) == 12
    assert len(PLACES.choose(crowd(100, lane=Lane.URGENT), busy)) == 4


def test_who_waits_longest_goes_first_among_equals() -> None:
    waiting = crowd(40)
    assert PLACES.choose(waiting, []) == waiting[:12]


def test_one_place_serves_everybody_in_turn() -> None:
    for due in (*crowd(1), *crowd(1, lane=Lane.URGENT), *crowd(1, troubled=True)):
        assert WebhookPlaces(1).choose([due], []) == [due]


@given(st.lists(st.builds(Due, st.builds(InboxKey, st.builds(new_id), st.sampled_from(Lane)), st.booleans())))
def test_never_more_than_there_are_places_and_each_once(waiting: list[Due]) -> None:
    chosen = PLACES.choose(waiting, [])
    assert len(chosen) <= 16
    assert len({due.inbox for due in chosen}) == len(chosen)
    assert {due.inbox for due in chosen} <= {due.inbox for due in waiting}
