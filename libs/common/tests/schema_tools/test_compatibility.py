"""A published schema may only grow: hand-made changes, each judged."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from lienthong.common.schema_tools.compatibility import differs, find_breaks_between

Schema = dict[str, Any]
Change = Callable[[Schema], None]

PUBLISHED: Schema = {
    "$defs": {
        "Part": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"name": {"type": "string", "maxLength": 50}, "inner": {"$ref": "#/$defs/Part"}},
            "required": ["name"],
        },
        "Colour": {"type": "string", "enum": ["red", "yellow"]},
    },
    "title": "Thing",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "const": "thing"},
        "number": {"type": "integer", "minimum": 1, "maximum": 9},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "description": "A word."},
        "colour": {"$ref": "#/$defs/Colour"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "maxItems": 10},
        "open": {"type": "object", "additionalProperties": {"type": "string"}},
        "keyed": {"type": "object", "patternProperties": {"^[a-z.]+$": {"type": "integer"}}},
    },
    "required": ["type", "number"],
}


def add_member(schema: Schema) -> None:
    schema["properties"]["more"] = {"type": "string"}


def add_member_to_a_part(schema: Schema) -> None:
    schema["$defs"]["Part"]["properties"]["more"] = {"type": "string"}


def add_value(schema: Schema) -> None:
    schema["$defs"]["Colour"]["enum"].append("green")


def widen(schema: Schema) -> None:
    schema["properties"]["number"] |= {"minimum": 0, "maximum": 99}
    del schema["properties"]["parts"]["maxItems"]


def allow_null(schema: Schema) -> None:
    schema["properties"]["note"] = {"anyOf": [{"type": "null"}, {"type": "string"}], "default": None}


def rename_a_definition(schema: Schema) -> None:
    schema["$defs"]["Piece"] = schema["$defs"].pop("Part")
    schema["$defs"]["Piece"]["properties"]["inner"] = {"$ref": "#/$defs/Piece"}
    schema["properties"]["parts"]["items"] = {"$ref": "#/$defs/Piece"}


def write_in_place(schema: Schema) -> None:
    schema["properties"]["colour"] = {"type": "string", "enum": ["red", "yellow"]}


def say_otherwise(schema: Schema) -> None:
    schema["title"] = "Other"
    schema["properties"]["note"]["description"] = "Another word."


def nothing(schema: Schema) -> None:
    assert schema


@pytest.mark.parametrize("change", [nothing, rename_a_definition, write_in_place, say_otherwise, allow_null])
def test_what_means_the_same_does_not_differ(change: Change) -> None:
    later = copy.deepcopy(PUBLISHED)
    change(later)
    assert find_breaks_between(PUBLISHED, later) == []
    assert not differs(PUBLISHED, later)


@pytest.mark.parametrize("change", [add_member, add_member_to_a_part, add_value, widen])
def test_growth_is_compatible_and_differs(change: Change) -> None:
    later = copy.deepcopy(PUBLISHED)
    change(later)
    assert find_breaks_between(PUBLISHED, later) == []
    assert differs(PUBLISHED, later)


def member(name: str, **facets: Any) -> Change:
    return lambda schema: schema["properties"].update({name: facets})


def part(**facets: Any) -> Change:
    return lambda schema: schema["$defs"]["Part"]["properties"]["name"].update(facets)


def remove(name: str) -> Change:
    return lambda schema: schema["properties"].pop(name)


def require(*names: str) -> Change:
    return lambda schema: schema.update(required=list(names))


def add_required(schema: Schema) -> None:
    schema["properties"]["more"] = {"type": "string"}
    schema["required"].append("more")


def rename(schema: Schema) -> None:
    schema["properties"]["amount"] = schema["properties"].pop("number")
    schema["required"] = ["type", "amount"]


def remove_value(schema: Schema) -> None:
    schema["$defs"]["Colour"]["enum"].remove("red")


def lose_the_list(schema: Schema) -> None:
    del schema["$defs"]["Colour"]["enum"]


def forbid_members(schema: Schema) -> None:
    schema["properties"]["open"]["additionalProperties"] = False


def retype_items(schema: Schema) -> None:
    schema["properties"]["parts"]["items"] = {"type": "string"}


def retype_deep(schema: Schema) -> None:
    schema["$defs"]["Part"]["properties"]["inner"] = {"type": "string"}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (remove("note"), "/note: removed"),
        (rename, "/number: removed"),
        (member("number", type="string"), "/number: type"),
        (member("number", type="number", minimum=1, maximum=9), "/number: type"),
        (member("number", type="integer", minimum=2, maximum=9), "/number: minimum"),
        (member("number", type="integer", minimum=1, maximum=8), "/number: maximum"),
        (member("type", type="string", const="other"), "/type: const"),
        (member("note", type="string", default=None), "/note: type"),
        (
            member("note", anyOf=[{"type": "integer"}, {"type": "null"}], default=None),
            "/note: an alternative was removed",
        ),
        (
            member("note", anyOf=[{"type": "string"}, {"type": "integer"}, {"type": "null"}], default=None),
            "/note: an alternative was added",
        ),
        (member("note", anyOf=[{"type": "string"}, {"type": "null"}], default=""), "/note: default"),
        (member("parts", type="array", items={"$ref": "#/$defs/Part"}, maxItems=9), "/parts: maxItems"),
        (member("parts", type="array", items={"$ref": "#/$defs/Part"}, minItems=1), "/parts: minItems"),
        (member("keyed", type="object", patternProperties={"^[a-z]+$": {"type": "integer"}}), "/keyed: the pattern"),
        (member("keyed", type="object", patternProperties={"^[a-z.]+$": {"type": "string"}}), "/keyed/^[a-z.]+$: type"),
        (member("open", type="object", additionalProperties={"type": "integer"}), "/open/additionalProperties: type"),
        (part(maxLength=49), "/parts/items/name: maxLength"),
        (part(pattern="^a$"), "/parts/items/name: pattern"),
        (part(format="date"), "/parts/items/name: format"),
        (require("type", "number", "note"), "/note: became required"),
        (require("type"), "/number: is no longer required"),
        (add_required, "/more: became required"),
        (remove_value, "/colour: values removed"),
        (lose_the_list, "/colour: a list of values disappeared"),
        (forbid_members, "/open: additionalProperties"),
        (retype_items, "/parts/items: type"),
        (retype_deep, "/parts/items/inner: type"),
    ],
)
def test_whatever_breaks_a_reader_or_a_writer_is_named(change: Change, place: str) -> None:
    later = copy.deepcopy(PUBLISHED)
    change(later)
    breaks = find_breaks_between(PUBLISHED, later)
    assert any(each.startswith(place) for each in breaks), breaks
    assert differs(PUBLISHED, later)
