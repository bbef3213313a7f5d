"""The AsyncAPI document is valid by the official JSON Schema of AsyncAPI 3.0.0 (`data/README.md`)."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from lienthong.common.schema_tools.asyncapi import asyncapi_document
from lienthong.common.schema_tools.events import event_documents


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    schema = json.loads((Path(__file__).parent / "data" / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
    return Draft7Validator(schema)


def test_the_document_is_valid(official: Draft7Validator) -> None:
    faults = [
        f"{list(fault.absolute_path)}: {fault.message[:200]}" for fault in official.iter_errors(asyncapi_document())
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("asyncapi",), "2.6.0"),
        (("info",), {"title": "without version"}),
        (("channels", "accounts.agency.v1", "address"), 5),
        (("channels", "accounts.agency.v1", "bindings", "kafka", "partitions"), 0),
        (("operations", "send-accounts-agency-v1", "action"), "publish"),
        (("components", "messages", "vn.lienthong.accounts.agency_changed.v1", "headers"), {"type": "no type"}),
    ],
)
def test_a_fault_would_be_found(official: Draft7Validator, place: tuple[str, ...], value: object) -> None:
    document: Any = copy.deepcopy(asyncapi_document())
    target = document
    for step in place[:-1]:
        target = target[step]
    assert place[-1] in target
    target[place[-1]] = value
    assert not official.is_valid(document)


@pytest.mark.parametrize(("name", "document"), event_documents().items())
def test_every_schema_of_an_event_is_a_schema(name: str, document: dict[str, Any]) -> None:
    assert document["properties"]["type"]["const"] == name
    Draft202012Validator.check_schema(document)


@pytest.mark.parametrize(("name", "document"), event_documents().items())
def test_no_required_member_may_be_null(name: str, document: dict[str, Any]) -> None:
    # Unset members are left out when an event is written, so a required one that is null could not be read again.
    objects = [document, *document.get("$defs", {}).values()]
    nullable = [
        member
        for schema in objects
        for member in schema.get("required", ())
        if {"type": "null"} in schema["properties"][member].get("anyOf", ())
    ]
    assert nullable == [], name
