"""The envelope: what is written, what each kind of reader takes, and how every fault is told."""

import json
import unicodedata
from enum import StrEnum
from typing import Any, ClassVar, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.clock import from_text
from lienthong.common.messages.envelope import (
    Catalogue,
    Event,
    MalformedEvent,
    UnknownEventType,
    event_type,
    read,
    to_bytes,
)
from lienthong.common.messages.topics import TopicSpec
from lienthong.common.strict_json import JsonFault, MalformedJson

AGENCY = "/agencies/0192f0c1-2345-7abc-8def-0123456789ab"
nfc_texts = st.text(st.characters(codec="utf-8")).map(lambda text: unicodedata.normalize("NFC", text))
TIME = from_text("2026-11-22T02:37:06.123Z")
ID = UUID("0192f0c1-2345-7abc-8def-0123456789ac")


class Colour(StrEnum):
    """A closed list."""

    RED = "red"
    YELLOW = "yellow"


class Stamp(BaseModel):
    """A part of a part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=5)
    colour: Colour = Colour.RED


class Thing(BaseModel):
    """What the fact carries."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    pages: int = Field(default=1, ge=1)
    note: str | None = None
    stamps: list[Stamp] = Field(default_factory=list[Stamp])
    owner: UUID | Stamp | None = None
    extensions: dict[str, str] = Field(default_factory=dict[str, str])


class ThingMade(Event[Thing]):
    """A thing was made: said by the agency that made it."""

    TYPE: ClassVar[str] = "vn.lienthong.example.thing_made.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:example.thing_made:1.3"
    TOPIC: ClassVar[TopicSpec | None] = None
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class ThingLost(Event[Thing]):
    """A thing was lost: said by the agency that lost it."""

    TYPE: ClassVar[str] = "vn.lienthong.example.thing_lost.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:example.thing_lost:1.0"
    TOPIC: ClassVar[TopicSpec | None] = None
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


CATALOGUE = Catalogue([ThingMade, ThingLost])
MADE = ThingMade.new(id=ID, source=AGENCY, time=TIME, subject="a", data=Thing(title="Quyết định"))


def changed(**members: Any) -> bytes:
    """The event as JSON with other members; Ellipsis takes one away, a dotted name reaches into data."""
    value = json.loads(to_bytes(MADE))
    for name, member in members.items():
        target = value["data"] if name.startswith("data_") else value
        key = name.removeprefix("data_")
        if member is ...:
            del target[key]
        else:
            target[key] = member
    return json.dumps(value, ensure_ascii=False).encode()


def faults_of(payload: bytes, *, tolerant: bool = False) -> set[tuple[str, str]]:
    with pytest.raises(MalformedEvent) as caught:
        read(payload, ThingMade, tolerant=tolerant)
    assert all(
        each.detail.vi and each.detail.en and each.advice.vi and each.advice.en for each in caught.value.violations
    )
    return {(each.code, each.pointer) for each in caught.value.violations}


def test_the_written_form_is_fixed_to_the_byte() -> None:
    assert to_bytes(MADE).decode() == (
        '{"specversion":"1.0","id":"0192f0c1-2345-7abc-8def-0123456789ac",'
        '"source":"/agencies/0192f0c1-2345-7abc-8def-0123456789ab","type":"vn.lienthong.example.thing_made.v1",'
        '"subject":"a","time":"2026-11-22T02:37:06.123Z","datacontenttype":"application/json",'
        '"dataschema":"urn:lienthong:schema:example.thing_made:1.3",'
        '"data":{"title":"Quyết định","pages":1,"stamps":[],"extensions":{}}}'
    )


@given(
    st.text(st.characters(codec="utf-8")).map(lambda text: unicodedata.normalize("NFC", text)),
    st.integers(1, 2**53 - 1),
)
def test_what_is_written_is_read_by_both_readers(title: str, pages: int) -> None:
    event = ThingMade.new(source=AGENCY, time=TIME, data=Thing(title=title, pages=pages, extensions={"vn.gov": title}))
    assert read(to_bytes(event), ThingMade, tolerant=False) == event
    assert read(to_bytes(event), ThingMade, tolerant=True) == event


def test_each_event_has_a_fresh_id() -> None:
    first, second = (ThingMade.new(source=AGENCY, time=TIME, data=MADE.data) for _ in range(2))
    assert first.id < second.id


def test_undeclared_members_are_refused_at_the_edge_and_passed_over_on_the_bus() -> None:
    payload = changed(newer=1, data_newer={"x": 1}, data_stamps=[{"name": "a", "newer": 1}])
    assert faults_of(payload) == {
        ("extra_forbidden", "/newer"),
        ("extra_forbidden", "/data/newer"),
        ("extra_forbidden", "/data/stamps/0/newer"),
    }
    assert read(payload, ThingMade, tolerant=True).data.stamps == [Stamp(name="a")]


def test_an_event_is_never_made_with_an_undeclared_member() -> None:
    with pytest.raises(ValueError, match="newer"):
        Thing.model_validate({"title": "a", "newer": 1})


@pytest.mark.parametrize("tolerant", [True, False])
@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (changed(specversion="0.3"), ("literal_error", "/specversion")),
        (changed(specversion=...), ("missing", "/specversion")),
        (changed(id="x"), ("malformed_id", "/id")),
        (changed(id="0192F0C1-2345-7ABC-8DEF-0123456789AB"), ("malformed_id", "/id")),
        (changed(source="agencies/1"), ("string_pattern_mismatch", "/source")),
        (changed(source=AGENCY + "/x"), ("string_pattern_mismatch", "/source")),
        (changed(source="/services/Exchange"), ("string_pattern_mismatch", "/source")),
        (changed(type=ThingLost.TYPE), ("other_type", "/type")),
        (changed(subject=""), ("string_too_short", "/subject")),
        (changed(time="2026-11-22T02:37:06Z"), ("malformed_time", "/time")),
        (changed(time=...), ("missing", "/time")),
        (changed(datacontenttype="application/xml"), ("literal_error", "/datacontenttype")),
        (changed(dataschema="urn:lienthong:schema:example.thing_lost:1.0"), ("other_schema", "/dataschema")),
        (changed(dataschema="urn:lienthong:schema:example.thing_made:2.0"), ("other_schema", "/dataschema")),
        (changed(data=...), ("missing", "/data")),
        (changed(data=[]), ("model_type", "/data")),
        (changed(data_title=...), ("missing", "/data/title")),
        (changed(data_title=5), ("string_type", "/data/title")),
        (changed(data_pages="5"), ("int_type", "/data/pages")),
        (changed(data_pages=True), ("int_type", "/data/pages")),
        (changed(data_pages=0), ("greater_than_equal", "/data/pages")),
        (changed(data_stamps={}), ("list_type", "/data/stamps")),
        (changed(data_stamps=[{"name": "a", "colour": "blue"}]), ("enum", "/data/stamps/0/colour")),
        (changed(data_stamps=[{"name": "a"}, {"name": "longer"}]), ("string_too_long", "/data/stamps/1/name")),
        (changed(data_extensions={"a/b~c": 1}), ("string_type", "/data/extensions/a~1b~0c")),
    ],
)
def test_each_fault_is_told_with_its_pointer(payload: bytes, fault: tuple[str, str], tolerant: bool) -> None:
    assert faults_of(payload, tolerant=tolerant) == {fault}


def test_all_faults_are_told_at_once() -> None:
    assert faults_of(changed(id=1, time=2, data_title=3)) == {
        ("malformed_id", "/id"),
        ("malformed_time", "/time"),
        ("string_type", "/data/title"),
    }


def test_the_pointer_passes_over_the_names_of_union_members() -> None:
    assert {pointer for _, pointer in faults_of(changed(data_owner={"name": 1}))} == {"/data/owner", "/data/owner/name"}


def test_the_values_of_a_message_are_never_repeated() -> None:
    with pytest.raises(MalformedEvent) as caught:
        read(changed(data_stamps=[{"name": "bí mật", "colour": "bí mật"}], id="bí mật"), ThingMade, tolerant=False)
    assert "bí mật" not in repr(caught.value.violations)


def test_at_most_a_hundred_faults_are_told() -> None:
    with pytest.raises(MalformedEvent) as caught:
        read(changed(data_stamps=[{}] * 500), ThingMade, tolerant=False)
    assert len(caught.value.violations) == 100


@pytest.mark.parametrize(
    ("schema", "tolerant", "taken"), [("1.0", False, True), ("1.3", False, True), ("1.4", True, True)]
)
def test_any_published_minor_version_is_taken(schema: str, tolerant: bool, taken: bool) -> None:
    payload = changed(dataschema=f"urn:lienthong:schema:example.thing_made:{schema}")
    assert bool(read(payload, ThingMade, tolerant=tolerant)) is taken


def test_a_version_not_published_yet_is_refused_at_the_edge() -> None:
    assert faults_of(changed(dataschema="urn:lienthong:schema:example.thing_made:1.4")) == {
        ("other_schema", "/dataschema")
    }


def test_an_event_may_leave_out_subject_and_schema() -> None:
    event = read(changed(subject=..., dataschema=...), ThingMade, tolerant=False)
    assert (event.subject, event.dataschema) == (None, None)


@pytest.mark.requirement("N8")
@pytest.mark.parametrize("tolerant", [True, False])
def test_text_that_is_not_nfc_is_refused_where_it_stands(tolerant: bool) -> None:
    loose = unicodedata.normalize("NFD", "Độ")
    payload = changed(data_title=loose, data_extensions={loose: "a", "b": loose})
    assert faults_of(payload, tolerant=tolerant) == {
        ("not_nfc", "/data/title"),
        ("not_nfc", f"/data/extensions/{loose}"),
        ("not_nfc", "/data/extensions/b"),
    }


@pytest.mark.requirement("N8")
def test_text_that_is_not_nfc_is_refused_behind_escapes() -> None:
    value = json.loads(to_bytes(MADE)) | {"data": {"title": unicodedata.normalize("NFD", "Độ")}}
    assert faults_of(json.dumps(value, ensure_ascii=True).encode()) == {("not_nfc", "/data/title")}


@pytest.mark.requirement("N8")
def test_text_that_is_not_nfc_is_not_written() -> None:
    event = ThingMade.new(source=AGENCY, time=TIME, data=Thing(title=unicodedata.normalize("NFD", "Độ")))
    with pytest.raises(MalformedEvent) as caught:
        to_bytes(event)
    assert [(each.rule, each.pointer) for each in caught.value.violations] == [("N8", "/data/title")]


def test_precomposed_text_behind_escapes_is_taken() -> None:
    value = json.loads(to_bytes(MADE))
    assert read(json.dumps(value, ensure_ascii=True).encode(), ThingMade, tolerant=False) == MADE


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (b'{"id":1,"id":2}', JsonFault.DUPLICATE_MEMBER),
        (to_bytes(MADE)[:-1] + b',"data":{}}', JsonFault.DUPLICATE_MEMBER),
        (b"\xef\xbb\xbf" + to_bytes(MADE), JsonFault.BYTE_ORDER_MARK),
        (b"[" * 40, JsonFault.TOO_DEEP),
        (b"", JsonFault.SYNTAX),
    ],
)
def test_json_that_is_not_strict_is_refused_before_anything_is_read(payload: bytes, fault: JsonFault) -> None:
    for reader in (
        lambda: read(payload, ThingMade, tolerant=True),
        lambda: event_type(payload),
        lambda: CATALOGUE.read_any(payload),
    ):
        with pytest.raises(MalformedJson) as caught:
            reader()
        assert caught.value.reason is fault


def test_size_is_bounded_by_the_reader() -> None:
    payload = to_bytes(MADE)
    assert read(payload, ThingMade, tolerant=False, max_bytes=len(payload)) == MADE
    with pytest.raises(MalformedJson):
        read(payload, ThingMade, tolerant=False, max_bytes=len(payload) - 1)


def test_the_type_is_read_alone() -> None:
    assert event_type(to_bytes(MADE)) == ThingMade.TYPE


@pytest.mark.parametrize(("payload", "pointer"), [(b"[]", ""), (b"{}", "/type"), (b'{"type":1}', "/type")])
def test_without_a_type_it_is_no_event(payload: bytes, pointer: str) -> None:
    with pytest.raises(MalformedEvent) as caught:
        CATALOGUE.read_any(payload)
    assert [each.pointer for each in caught.value.violations] == [pointer]


def test_the_catalogue_reads_each_class_by_its_type() -> None:
    lost = ThingLost.new(source=AGENCY, time=TIME, data=MADE.data)
    assert CATALOGUE.read_any(to_bytes(lost)) == lost
    assert CATALOGUE.read_any(to_bytes(MADE)) == MADE
    assert list(CATALOGUE.by_type) == [ThingLost.TYPE, ThingMade.TYPE]


def test_a_type_the_catalogue_does_not_know_is_told_apart() -> None:
    with pytest.raises(UnknownEventType):
        Catalogue([ThingLost]).read_any(to_bytes(MADE))


def test_two_classes_of_one_type_are_refused() -> None:
    class Copy(Event[Thing]):
        """The same again."""

        TYPE: ClassVar[str] = ThingMade.TYPE
        SCHEMA: ClassVar[str] = ThingMade.SCHEMA
        TOPIC: ClassVar[TopicSpec | None] = None
        SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"

    with pytest.raises(TypeError, match="one type"):
        Catalogue([ThingMade, Copy])


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("TYPE", "vn.lienthong.example.thing_made"),
        ("TYPE", "vn.lienthong.example.other.v1"),
        ("TYPE", "vn.lienthong.example.thing_made.v2"),
        ("SCHEMA", "urn:lienthong:schema:example.thing_made:1"),
        ("SAID_BY", "anyone"),
        ("__doc__", ""),
    ],
)
def test_a_wrong_declaration_is_refused_when_the_class_is_made(member: str, value: str) -> None:
    names: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": "Sent sometimes.",
        "TYPE": ThingMade.TYPE,
        "SCHEMA": ThingMade.SCHEMA,
        "TOPIC": None,
        "SAID_BY": "agency",
        "__annotations__": dict.fromkeys(("TYPE", "SCHEMA", "TOPIC", "SAID_BY"), ClassVar[Any]),
    }
    base: Any = Event[Thing]
    with pytest.raises(TypeError):
        type(base)("Wrong", (base,), names | {member: value})


def test_an_event_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        MADE.subject = "b"


def test_the_published_schema_names_the_type() -> None:
    schema = ThingMade.model_json_schema()
    assert schema["properties"]["type"]["const"] == ThingMade.TYPE
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"specversion", "id", "source", "type", "time", "datacontenttype", "data"}


@given(st.binary(max_size=100), st.integers(0, 500))
def test_mutated_bytes_are_read_or_refused_in_the_one_way(noise: bytes, place: int) -> None:
    payload = to_bytes(MADE)
    mutated = payload[:place] + noise + payload[place + len(noise) :]
    try:
        event = CATALOGUE.read_any(mutated, tolerant=False)
    except (MalformedJson, MalformedEvent):
        return
    assert read(to_bytes(event), type(event), tolerant=False) == event
