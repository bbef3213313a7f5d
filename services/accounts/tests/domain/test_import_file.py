"""Reading a directory file: every fault with its line, the rest read."""

import json
from importlib.resources import files
from typing import Any

import pytest

from lienthong.accounts.domain.import_file import ReadFile, read_file

ENTRY: dict[str, Any] = {
    "code": "000.00.02.H53",
    "name": "Sở Công Thương",
    "kind": "department",
    "level": 2,
    "status": "active",
}


def file_of(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"meta": {"agencies": []}, "agencies": entries}, ensure_ascii=False, indent=1).encode()


def faults(read: ReadFile) -> list[tuple[int, str, str]]:
    return [(each.line, each.fault, each.pointer) for each in read.errors]


def test_the_sample_data_are_read_whole() -> None:
    read = read_file(files("lienthong.accounts").joinpath("sample_data", "agencies.json").read_bytes())
    assert (len(read.entries), list(read.errors)) == (60, [])
    assert read.entries[0].line == 10


def test_an_entry_with_a_fault_is_told_with_its_line_and_the_others_are_read() -> None:
    read = read_file(file_of(ENTRY, ENTRY | {"level": 0, "colour": "red"}, ENTRY | {"code": "000.00.03.H53"}))
    assert [placed.entry.code for placed in read.entries] == ["000.00.02.H53", "000.00.03.H53"]
    assert faults(read) == [(13, "greater_than_equal", "/level"), (13, "extra_forbidden", "/colour")]
    assert all(each.detail.vi and each.advice.en for each in read.errors)


@pytest.mark.parametrize("missing", ["code", "name", "kind", "level", "status"])
def test_a_missing_member_is_named(missing: str) -> None:
    read = read_file(file_of({name: value for name, value in ENTRY.items() if name != missing}))
    assert faults(read) == [(6, "missing", f"/{missing}")]


def test_one_successor_may_stand_without_a_list() -> None:
    merged = ENTRY | {"status": "merged", "valid_to": "2025-02-28", "merged_into": "000.00.03.H53"}
    assert read_file(file_of(merged)).entries[0].entry.merged_into == ("000.00.03.H53",)
    assert read_file(file_of(merged | {"merged_into": ["A", "B"]})).entries[0].entry.merged_into == ("A", "B")


@pytest.mark.parametrize("wrong", [7, {"code": "A"}, [1]])
def test_successors_of_another_type_are_a_fault_with_its_line(wrong: object) -> None:
    assert {line for line, *_ in faults(read_file(file_of(ENTRY | {"merged_into": wrong})))} == {6}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", 1),
        (b'{"agencies": [\n{"code": 1,}]}', 2),
        (b'{"a": 1,\n "a": 2}', 1),
        (b"\xff", 1),
        (b"[]", 1),
        (b'{"agencies": {}}', 1),
    ],
)
def test_what_is_no_directory_is_told(data: bytes, line: int) -> None:
    read = read_file(data)
    assert not read.entries
    assert faults(read) == [(line, "malformed_file", "")]


@pytest.mark.parametrize("data", [b'{"agencies":[]}', b' \n{ "x" : [1,2] , "agencies" : [ ] }'])
def test_an_empty_list_is_no_fault(data: bytes) -> None:
    assert read_file(data) == ReadFile([], [])
