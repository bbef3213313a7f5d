"""What an import would change: added, renamed, moved, merged, ended; nothing the second time."""

from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.accounts.domain.import_changes import Plan
from lienthong.accounts.domain.import_file import Entry, Placed, read_file
from lienthong.accounts.domain.import_plan import make_plan
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import Agency, AgencyLife

TODAY = date(2026, 11, 22)


def entry(code: str = "000.00.02.H53", **members: Any) -> Entry:
    told = {"code": code, "name": f"Cơ quan {code}", "kind": "department", "level": 2, "status": "active"}
    return Entry.model_validate(told | members)


def plan(*entries: Entry, register: Sequence[Agency] = (), today: date = TODAY) -> Plan:
    placed = [Placed(each, line) for line, each in enumerate(entries, 1)]
    return make_plan(placed, register, today=today, new_id=new_id)


def registry_of(*entries: Entry, today: date = TODAY) -> list[Agency]:
    made = plan(*entries, today=today)
    assert not made.errors
    return [change.after for change in made.changes]


def faults(made: Plan) -> list[tuple[int, str]]:
    assert not made.changes
    return [(each.line, each.fault) for each in made.errors]


def sample() -> list[Placed]:
    return list(read_file(files("lienthong.accounts").joinpath("sample_data", "agencies.json").read_bytes()).entries)


def test_the_sample_province_is_added_once() -> None:
    first = make_plan(sample(), [], today=TODAY, new_id=new_id)
    assert (len(first.added), first.changed, first.ended, len(first.errors)) == (60, [], [], 0)
    assert {each.fault for each in first.warnings} == {"below_an_ended_agency"}
    again = make_plan(sample(), [change.after for change in first.changes], today=TODAY, new_id=new_id)
    assert (again.changes, again.unchanged) == ([], 60)


def test_mergers_of_the_sample_name_their_successors() -> None:
    known = {a.codes[0].code: a for a in (c.after for c in make_plan(sample(), [], today=TODAY, new_id=new_id).changes)}
    transport, construction = known["000.00.00.G04"], known["000.00.00.G17"]
    assert (transport.state, transport.successors) == (AgencyLife.MERGED, (construction.agency_id,))
    assert {code.valid_to for code in transport.codes} == {date(2025, 2, 28)}
    assert known["000.00.31.H53"].state is AgencyLife.ENDED
    assert known["000.20.31.H53"].parent == known["000.00.31.H53"].agency_id


def test_an_agency_is_found_by_any_of_its_codes() -> None:
    known = registry_of(entry(code_qd20="H53.02"))
    moved = plan(entry("000.00.99.H53", code_qd20="H53.02", name=known[0].names[0].name), register=known)
    (change,) = moved.changed
    assert change.after.agency_id == known[0].agency_id
    assert change.fields == ("codes",)
    assert [(code.code, code.valid_from, code.valid_to) for code in change.after.codes] == [
        ("000.00.02.H53", None, TODAY - timedelta(days=1)),
        ("H53.02", None, None),
        ("000.00.99.H53", TODAY, None),
    ]


def test_a_renaming_keeps_the_former_name_with_its_period() -> None:
    known = registry_of(entry(name="Cũ", name_en="Old"))
    (change,) = plan(entry(name="Mới"), register=known).changed
    assert [(name.name, name.valid_from, name.valid_to) for name in change.after.names] == [
        ("Cũ", None, TODAY - timedelta(days=1)),
        ("Mới", TODAY, None),
    ]
    assert change.after.version == 2


def test_a_renaming_with_a_date_is_taken_over_from_that_day() -> None:
    renamed = entry(name="Cũ", status="renamed", renamed_to="Mới", renamed_from_date=date(2025, 3, 1))
    (new,) = registry_of(renamed)
    assert [(name.name, name.valid_to) for name in new.names] == [("Cũ", date(2025, 2, 28)), ("Mới", None)]
    (known,) = registry_of(entry(name="Cũ"))
    (change,) = plan(renamed, register=[known]).changed
    assert change.after.names == new.names


def test_two_renamings_on_one_day_leave_no_period_of_less_than_a_day() -> None:
    known = registry_of(entry(name="A"))
    second = plan(entry(name="B"), register=known).changes[0].after
    third = plan(entry(name="C"), register=[second]).changes[0].after
    assert [(name.name, name.valid_from) for name in third.names] == [("A", None), ("C", TODAY)]


def test_codes_changed_twice_on_one_day_stay_in_order() -> None:
    (first,) = registry_of(entry(code_qd20="H53.02"))
    named = first.names[0].name
    second = plan(entry("000.00.98.H53", code_qd20="H53.02", name=named), register=[first]).changes[0].after
    third = plan(entry("000.00.99.H53", code_qd20="H53.02", name=named), register=[second]).changes[0].after
    assert all(code.valid_from is None or (code.valid_to or TODAY) >= code.valid_from for code in third.codes)


def test_an_end_in_the_future_is_announced_and_comes_with_time() -> None:
    closing = entry(status="closed", valid_to=TODAY + timedelta(days=3))
    (announced,) = registry_of(closing)
    assert (announced.state, announced.ended_on) == (AgencyLife.ACTIVE, TODAY + timedelta(days=3))
    (change,) = plan(closing, register=[announced], today=TODAY + timedelta(days=4)).changes
    assert (change.after.state, change.fields) == (AgencyLife.ENDED, ("state",))


def test_what_ends_is_shown_apart_from_what_changes() -> None:
    known = registry_of(entry())
    made = plan(entry(status="closed", valid_to=date(2025, 6, 30)), register=known)
    assert (len(made.ended), made.changed, made.added) == (1, [], [])


def test_an_end_set_by_mistake_is_taken_back() -> None:
    known = registry_of(entry(status="closed", valid_to=date(2025, 6, 30)))
    (change,) = plan(entry(), register=known).changes
    assert (change.after.state, change.after.ended_on, change.after.codes[0].valid_to) == (
        AgencyLife.ACTIVE,
        None,
        None,
    )


def test_what_a_file_leaves_out_stays() -> None:
    officer = {"full_name": "Nguyễn Văn Minh"}
    known = registry_of(entry(contact_officer=officer), entry("000.00.03.H53"))
    made = plan(entry(kind="office"), register=known)
    (change,) = made.changes
    assert change.fields == ("kind",)
    assert change.after.contact_officer == known[0].contact_officer


def test_references_may_stand_before_what_they_name() -> None:
    parent, child = entry("000.00.00.H53", level=1), entry(parent="000.00.00.H53")
    known = registry_of(child, parent)
    assert known[0].parent == known[1].agency_id


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"parent": "X99"}, "unknown_parent"),
        ({"parent": "000.00.02.H53"}, "own_parent"),
        ({"status": "closed"}, "end_missing"),
        ({"valid_to": date(2025, 1, 1)}, "end_unexpected"),
        (
            {"status": "closed", "valid_from": date(2025, 1, 2), "valid_to": date(2025, 1, 1)},
            "end_before_start",
        ),
        ({"status": "merged", "valid_to": date(2025, 1, 1)}, "successor_missing"),
        ({"merged_into": "000.00.03.H53"}, "successor_unexpected"),
        ({"status": "merged", "valid_to": date(2025, 1, 1), "merged_into": "X99"}, "unknown_successor"),
        ({"status": "merged", "valid_to": date(2025, 1, 1), "merged_into": "000.00.02.H53"}, "own_successor"),
        ({"status": "renamed"}, "new_name_missing"),
        ({"name": "Sở Ðịa chính"}, "text"),
        ({"name": "Sở Giáo du\u0323c"}, "text"),
    ],
)
def test_each_fault_is_named_with_its_line(members: dict[str, Any], fault: str) -> None:
    assert (2, fault) in faults(plan(entry("000.00.03.H53"), entry(**members)))


def test_a_code_stands_once_in_a_file() -> None:
    assert faults(plan(entry(), entry())) == [(2, "code_twice")]
    assert faults(plan(entry(code_qd20="H53.02"), entry("000.00.03.H53", code_qd20="H53.02"))) == [(2, "code_twice")]


def test_two_entries_for_one_agency_by_different_codes_are_found() -> None:
    known = registry_of(entry(code_qd20="H53.02"))
    found = faults(plan(entry(), entry("H53.02"), register=known))
    assert found == [(2, "code_twice")]


def test_codes_of_two_agencies_do_not_make_one() -> None:
    known = registry_of(entry(), entry("000.00.03.H53", code_qd20="H53.03"))
    assert faults(plan(entry(code_qd20="H53.03"), register=known)) == [(1, "codes_of_two_agencies")]


def test_circles_of_superiors_and_successors_are_refused() -> None:
    assert {fault for _, fault in faults(plan(entry(parent="B"), entry("B", parent="000.00.02.H53")))} == {"circle"}
    merged: dict[str, Any] = {"status": "merged", "valid_to": date(2025, 1, 1)}
    circle = plan(entry(merged_into="B", **merged), entry("B", merged_into="000.00.02.H53", **merged))
    assert {fault for _, fault in faults(circle)} == {"circle"}


def test_odd_codes_and_levels_are_taken_and_pointed_out() -> None:
    made = plan(entry("000.1137.H53"), entry("000.00.02.H53", level=3))
    assert [(each.line, each.fault) for each in made.warnings] == [(1, "unusual_code"), (2, "unusual_level")]
    assert len(made.added) == 2


CODES = ["000.00.01.H53", "000.00.02.H53", "000.00.03.H53"]
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@st.composite
def directories(draw: st.DrawFn) -> list[Entry]:
    return [draw(entries(code)) for code in draw(st.lists(st.sampled_from(CODES), unique=True, min_size=1))]


@st.composite
def entries(draw: st.DrawFn, code: str) -> Entry:
    status = draw(st.sampled_from(["active", "closed", "renamed"]))
    more: dict[str, Any] = {}
    if status == "closed":
        more["valid_to"] = draw(DAYS)
    if status == "renamed":
        more |= {"renamed_to": draw(st.sampled_from("ABC")), "renamed_from_date": draw(DAYS)}
    return entry(
        code,
        name=draw(st.sampled_from("ABC")),
        code_qd20=draw(st.sampled_from([None, f"N{code[7:9]}", f"M{code[7:9]}"])),
        kind=draw(st.sampled_from(["office", "department"])),
        status=status,
        **more,
    )


@settings(max_examples=300)
@given(st.lists(st.tuples(directories(), DAYS), min_size=1, max_size=4))
def test_any_history_of_imports_is_idempotent_and_versions_grow_by_one(
    history: list[tuple[list[Entry], date]],
) -> None:
    register: dict[Any, Agency] = {}
    for directory, day in sorted(history, key=lambda step: step[1]):
        made = plan(*directory, register=list(register.values()), today=day)
        assert not made.errors
        for change in made.changes:
            assert change.after.version == (1 if change.before is None else change.before.version + 1)
            register[change.after.agency_id] = change.after
        again = plan(*directory, register=list(register.values()), today=day)
        assert (list(again.changes), again.unchanged) == ([], len(directory))
        for agency in register.values():
            assert all((n.valid_from or day) <= (n.valid_to or date.max) for n in agency.names if n.valid_from)
            assert all((c.valid_from or day) <= (c.valid_to or date.max) for c in agency.codes if c.valid_from)
