"""Violations speak both languages for every fault, known or not, and never repeat a value."""

from typing import Any

import pytest

from lienthong.common.messages.violations import FAULT_CODES, find_not_nfc, pointer_to, violation, violations_of
from lienthong.common.strict_json import JsonValue

CONTEXT = {
    "min_length": 1,
    "max_length": 5,
    "pattern": "^a$",
    "expected": "'a' or 'b'",
    "ge": 1,
    "le": 9,
}


@pytest.mark.parametrize(
    "fault",
    [
        "missing",
        "extra_forbidden",
        "string_too_long",
        "too_short",
        "enum",
        "less_than_equal",
        "not_nfc",
        "never heard of",
    ],
)
def test_every_fault_is_said_in_both_languages(fault: str) -> None:
    found = violation(fault, "/a", CONTEXT)
    assert found.code == fault
    for words in (found.detail, found.advice):
        assert words.vi
        assert words.en
        assert "{" not in words.vi + words.en


@pytest.mark.parametrize(
    ("location", "value", "pointer"),
    [
        ((), {}, ""),
        (("a",), {"a": 1}, "/a"),
        (("a", 0, "b"), {"a": [{"b": 1}]}, "/a/0/b"),
        (("a", "Member", "b"), {"a": {"b": 1}}, "/a/b"),
        (("a", "function-after[check(), str]"), {"a": 1}, "/a"),
        (("a~/b",), {"a~/b": 1}, "/a~0~1b"),
        (("a", 5), {"a": []}, "/a"),
    ],
)
def test_pointers_lead_into_the_value(location: tuple[str | int, ...], value: Any, pointer: str) -> None:
    assert pointer_to(location, value) == pointer


def test_a_missing_member_is_pointed_at_where_it_should_stand() -> None:
    errors: list[dict[str, Any]] = [{"type": "missing", "loc": ("a", "Member", "b")}]
    assert [each.pointer for each in violations_of(errors, {"a": {}})] == ["/a/b"]


def test_names_that_mean_the_same_have_one_code() -> None:
    assert violation("uuid_parsing", "").code == violation("uuid_type", "").code == "malformed_id"


def test_at_most_a_hundred_loose_texts_are_pointed_at() -> None:
    loose: list[JsonValue] = ["e\u0301"] * 500
    assert len(find_not_nfc(loose)) == 100


@pytest.mark.parametrize("context", [None, {}, {"tag": "bí mật", "expected_tags": "'a'"}])
@pytest.mark.parametrize("fault", [*FAULT_CODES, "union_tag_invalid"])
def test_a_sentence_never_hangs_on_what_pydantic_tells(fault: str, context: dict[str, Any] | None) -> None:
    found = violation(fault, "", context)
    assert "bí mật" not in repr(found)
    assert "{" not in found.detail.vi + found.advice.en
