"""The queue is bounded, fair, and keeps the order of each agency."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.ids import new_id
from lienthong.exchange.domain.turns import Turns

AGENCIES = [new_id() for _ in range(4)]


def filled(*items: tuple[UUID, str]) -> Turns[str]:
    turns = Turns[str](bound=100, share=100)
    for agency_id, item in items:
        assert turns.put(agency_id, item)
    return turns


def test_a_flood_does_not_delay_another_agency() -> None:
    flooder, other = AGENCIES[:2]
    turns = filled(*[(flooder, f"f{number}") for number in range(50)], (other, "o"))
    assert "o" in turns.take(most=2, weight=100)


def test_one_agency_keeps_its_order() -> None:
    turns = filled(*[(AGENCIES[0], str(number)) for number in range(10)])
    assert turns.take(4, 100) + turns.take(100, 100) == [str(number) for number in range(10)]


def test_a_full_queue_and_a_full_share_are_told() -> None:
    turns = Turns[int](bound=3, share=2)
    assert [turns.put(AGENCIES[0], 1), turns.put(AGENCIES[0], 2), turns.put(AGENCIES[0], 3)] == [True, True, False]
    assert [turns.put(AGENCIES[1], 4), turns.put(AGENCIES[2], 5)] == [True, False]
    assert sorted(turns.take(10, 10)) == [1, 2, 4]
    assert turns.put(AGENCIES[0], 6)


def test_batches_leave_half_of_the_queue_and_of_their_agency_to_single_messages() -> None:
    turns = Turns[str](bound=8, share=4)
    first, second, third = AGENCIES[:3]
    assert [turns.put(first, "b", of_batch=True) for _ in range(3)] == [True, True, False]
    assert [turns.put(first, "s") for _ in range(3)] == [True, True, False], "the other half of the agency's share"
    assert [turns.put(second, "b", of_batch=True) for _ in range(2)] == [True, True]
    assert not turns.put(third, "b", of_batch=True), "batches have their half of the queue"
    assert [turns.put(third, "s") for _ in range(3)] == [True, True, False]
    turns.take(1, 10)
    assert turns.put(third, "b", of_batch=True), "what was taken has left room"


def test_a_queue_of_one_takes_a_batch_too() -> None:
    assert Turns[str](bound=1, share=1).put(AGENCIES[0], "b", of_batch=True)


def test_a_page_ends_at_its_weight_but_is_never_empty() -> None:
    turns = Turns[str](bound=10, share=10)
    for item, weight in (("heavy", 500), ("light", 1), ("next", 1)):
        turns.put(AGENCIES[0], item, weight)
    assert turns.take(10, 100) == ["heavy"]
    assert turns.take(10, 100) == ["light", "next"]
    assert turns.take(10, 100) == []


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), max_size=60),
    st.integers(1, 8),
    st.integers(1, 20),
)
def test_everything_comes_out_once_and_in_the_order_of_its_agency(
    puts: list[tuple[int, int]], most: int, weight: int
) -> None:
    turns = Turns[tuple[int, int]](bound=100, share=100)
    for place, (agency, own_weight) in enumerate(puts):
        assert turns.put(AGENCIES[agency], (agency, place), own_weight)
    pages: list[list[tuple[int, int]]] = []
    while len(turns):
        pages.append(turns.take(most, weight))
    out = [item for page in pages for item in page]
    assert all(0 < len(page) <= most for page in pages)
    assert sorted(out, key=lambda item: item[1]) == [(agency, place) for place, (agency, _) in enumerate(puts)]
    for agency in range(4):
        own = [place for owner, place in out if owner == agency]
        assert own == sorted(own)


def test_bytes_are_bounded_and_one_agency_has_a_quarter_of_them() -> None:
    turns = Turns[str](bound=100, share=100, room=80)
    first, second, third, fourth = AGENCIES
    assert [turns.put(first, "s", size=10) for _ in range(3)] == [True, True, False]
    assert [turns.put(second, "b", size=5, of_batch=True) for _ in range(3)] == [True, True, False]
    assert turns.put(third, "s", size=70 - 20), "whatever its size, an item finds room where its agency has none yet"
    assert [turns.put(fourth, "s", size=1), turns.put(fourth, "s")] == [False, True]
    turns.take(1, 100)
    assert turns.put(first, "s", size=10), "what was taken has left room"


def test_a_page_takes_no_more_of_one_than_is_said_and_the_rest_in_its_order() -> None:
    flooder, other = AGENCIES[:2]
    turns = filled(*[(flooder, f"f{number}") for number in range(10)], *[(other, f"o{number}") for number in range(2)])

    def most_of(agency_id: UUID) -> int:
        return 3 if agency_id == flooder else 100

    assert sorted(turns.take(100, 100, most_of)) == ["f0", "f1", "f2", "o0", "o1"]
    assert turns.take(100, 100, most_of) == ["f3", "f4", "f5"]
    assert turns.take(2, 100, most_of) == ["f6", "f7"]
    assert turns.take(100, 100) == ["f8", "f9"]
    assert len(turns) == 0
