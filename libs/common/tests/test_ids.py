"""Identifiers: their form, their order, and what is refused."""

import itertools
import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lienthong.common.ids import Id, IdSource, MalformedId, new_id, parse_id


def test_an_id_is_a_uuid_of_version_7_with_its_time() -> None:
    before = datetime.now(UTC)
    made = new_id()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert abs((made.int >> 80) / 1000 - before.timestamp()) < 5


def test_the_layout_is_that_of_rfc_9562_appendix_a6() -> None:
    # The example of the RFC: 2022-02-22T19:22:22Z, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    number = (0xCC3 << 62 | 0x18C4DC0C0C07398F) << 6
    source = IdSource(lambda: 0x017F22E279B0, lambda length: number.to_bytes(10) if length == 10 else b"")
    assert str(source()) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.lists(st.integers(min_value=0, max_value=2**47), min_size=1, max_size=50))
def test_ids_grow_whatever_the_clock_does(times: list[int]) -> None:
    readings = iter(times)
    source = IdSource(lambda: next(readings))
    made = [source() for _ in times]
    assert all(earlier < later for earlier, later in itertools.pairwise(made))


def test_ids_grow_when_all_random_bits_are_used_up() -> None:
    source = IdSource(lambda: 1000, lambda length: b"\xff" * length)
    first, second = source(), source()
    assert first < second
    assert second.version == 7
    assert second.int >> 80 >= first.int >> 80


def test_ids_made_by_many_threads_are_distinct_and_grow_in_each() -> None:
    made: list[list[UUID]] = [[] for _ in range(4)]

    def make(mine: list[UUID]) -> None:
        mine.extend(new_id() for _ in range(2000))

    threads = [threading.Thread(target=make, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each for mine in made for each in mine}) == 8000
    assert all(mine == sorted(mine) for mine in made)


def test_what_is_written_is_read() -> None:
    made = new_id()
    assert parse_id(str(made)) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0192f0c1-2345-7abc-8def-0123456789AB",
        "{0192f0c1-2345-7abc-8def-0123456789ab}",
        "urn:uuid:0192f0c1-2345-7abc-8def-0123456789ab",
        "0192f0c123457abc8def0123456789ab",
        "0192f0c1-2345-7abc-8def-0123456789ab\n",
        " 0192f0c1-2345-7abc-8def-0123456789ab",
        "0192f0c1-2345-7abc-cdef-0123456789ab",
        "0192f0c1-2345-4abc-8def-0123456789ab",
        "0192f0c1-2345-7abc-8def-0123456789a\u0663",
        "23b5684c-3b84-4963-8bf2-8e3f9eb1f819",
    ],
)
def test_every_other_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedId):
        parse_id(text)
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(text)


def test_as_a_member_it_is_read_from_text_and_written_as_text() -> None:
    made = new_id()
    adapter = TypeAdapter(Id)
    assert adapter.validate_json(f'"{made}"', strict=True) == made
    assert adapter.dump_json(made) == f'"{made}"'.encode()
    assert adapter.json_schema()["format"] == "uuid"
    with pytest.raises(ValidationError):
        adapter.validate_python(7)
