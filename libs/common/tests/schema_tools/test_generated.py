"""What the generators write, and how snapshots guard it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field

from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.exchange import InboxHead
from lienthong.common.messages.topics import TopicSpec
from lienthong.common.schema_tools import pages, published, services, tree
from lienthong.common.schema_tools.asyncapi import asyncapi_document
from lienthong.common.schema_tools.events import event_classes, event_documents
from lienthong.common.settings import ServiceSettings
from lienthong.common.telemetry import MetricKind, MetricSpec

STATE = TopicSpec("example.lamp.v1", 1, "lamp id", compacted=True)
FACTS = TopicSpec("example.flash.v1", 8, "lamp id", retention=timedelta(days=2))


class Lamp(BaseModel):
    """A lamp."""

    lit: bool = Field(description="Whether it shines.")


class LampChanged(Event[Lamp]):
    """A lamp was lit or put out.

    Its owner says so.
    """

    TYPE: ClassVar[str] = "vn.lienthong.example.lamp_changed.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:example.lamp_changed:1.0"
    TOPIC: ClassVar[TopicSpec | None] = STATE
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


class LampFlashed(Event[Lamp]):
    """An agency saw a lamp flash."""

    TYPE: ClassVar[str] = "vn.lienthong.example.lamp_flashed.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:example.lamp_flashed:1.0"
    TOPIC: ClassVar[TopicSpec | None] = FACTS
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


def test_every_event_of_the_platform_has_its_document() -> None:
    documents = event_documents()
    classes = event_classes()
    assert {each.TYPE for each in classes} <= documents.keys()
    assert LampChanged not in classes
    for each in classes:
        document = documents[each.TYPE]
        assert document["$id"] == each.SCHEMA
        assert document["properties"]["type"]["const"] == each.TYPE
        assert document["x-lienthong"]["topics"] == [topic.name for topic in each.topics()]


def test_every_signed_statement_has_its_document() -> None:
    documents = event_documents()
    receipt = documents["vn.lienthong.exchange.submission_receipt.v1"]
    assert receipt["$id"] == "urn:lienthong:schema:exchange.submission_receipt:1.1"
    head = documents["vn.lienthong.exchange.inbox_head.v1"]
    assert head["$id"] == "urn:lienthong:schema:exchange.inbox_head:1.0"


def test_a_statement_of_another_major_version_than_its_type_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InboxHead, "VERSION", "2.0")
    with pytest.raises(TypeError, match="does not belong"):
        event_documents()


def test_a_channel_tells_key_retention_and_messages() -> None:
    document = asyncapi_document([LampChanged, LampFlashed], [STATE, FACTS])
    state, facts = document["channels"][STATE.name], document["channels"][FACTS.name]
    assert list(state["messages"]) == [LampChanged.TYPE]
    assert state["bindings"]["kafka"]["topicConfiguration"] == {"cleanup.policy": ["compact"], "retention.ms": -1}
    assert facts["bindings"]["kafka"]["topicConfiguration"] == {
        "cleanup.policy": ["delete"],
        "retention.ms": 172_800_000,
    }
    assert facts["bindings"]["kafka"]["partitions"] == 8


def test_a_message_tells_its_headers_key_and_payload() -> None:
    messages = asyncapi_document([LampChanged, LampFlashed], [STATE, FACTS])["components"]["messages"]
    changed, flashed = messages[LampChanged.TYPE], messages[LampFlashed.TYPE]
    assert changed["headers"]["required"] == ["jws-signature", "content-type"]
    assert "receipt-signature" in flashed["headers"]["required"]
    assert changed["summary"] == "A lamp was lit or put out."
    assert changed["bindings"]["kafka"]["key"]["description"] == "lamp id"
    assert changed["payload"] == {"$ref": "#/components/schemas/LampChanged"}


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi_document()
    text = json.dumps(document)
    references = {part.split('"')[0] for part in text.split('"$ref": "#')[1:]}
    assert references
    for reference in references:
        target: Any = document
        for step in reference.removeprefix("/").split("/"):
            target = target[step]


class LampBroken(LienthongError):
    """The lamp
    shines no more.
    """

    code = "test_lamp_broken"
    kind = Kind.CONFLICT
    title = Words("Đèn hỏng", "The lamp is broken")
    advice = Words("Thay đèn.", "Replace it.")
    RULE = "X1"


def test_the_page_of_errors_tells_everything_of_each() -> None:
    page = pages.errors_page([LampBroken], [])
    assert "### `test_lamp_broken` · 409\n\nThe lamp shines no more.\n" in page
    assert "- vi: **Đèn hỏng.** Thay đèn." in page
    assert "- rule: X1" in page
    assert "| `not_nfc` |" in page


class LampSettings(ServiceSettings):
    """Settings of lamps."""

    lamp_colour: Literal["red", "yellow"] = Field(default="red", description="Colour | tone.")


def test_the_page_of_settings_tells_the_common_ones_once() -> None:
    page = pages.settings_page([("every service", ServiceSettings), ("lamps", LampSettings)])
    assert page.count("LIENTHONG_KAFKA") == 1
    assert "| `LIENTHONG_LAMP_COLOUR` | red or yellow | `red` | Colour \\| tone. |" in page
    assert "| `LIENTHONG_KAFKA` | string | **required** |" in page


def test_the_page_of_metrics_tells_what_operators_watch() -> None:
    page = pages.metrics_page([MetricSpec("lamps_lit", MetricKind.GAUGE, "Lamps that shine", ("colour",))])
    assert "| `lamps_lit` | gauge | colour | Lamps that shine |" in page
    names = [spec.name for spec in services.every_metric()]
    assert "lienthong_inbox_events_total" in names
    assert len(set(names)) == len(names)


def test_writing_brings_the_tree_up_to_date_and_no_further(tmp_path: Path) -> None:
    files = {"schemas/events/a.json": "{}\n", "docs/errors.md": "# Lỗi\n"}
    assert tree.write(tmp_path, files) == ["docs/errors.md", "schemas/events/a.json"]
    assert tree.stale(tmp_path, files) == []
    (tmp_path / "docs/errors.md").write_text("other")
    (tmp_path / "schemas/events/gone.json").write_text("{}")
    assert tree.stale(tmp_path, files) == ["docs/errors.md", "schemas/events/gone.json"]
    assert tree.write(tmp_path, files) == ["docs/errors.md", "schemas/events/gone.json"]
    assert not (tmp_path / "schemas/events/gone.json").exists()


def lamp(version: str, **members: Any) -> dict[str, Any]:
    return {
        "$id": f"urn:lienthong:schema:example.lamp_changed:{version}",
        "type": "object",
        "properties": {"lit": {"type": "boolean"}, **members},
        "required": ["lit"],
    }


def test_a_snapshot_is_made_once_per_version(tmp_path: Path) -> None:
    assert published.publish(tmp_path, {"lamp": lamp("1.0")}) == ["schemas/published/lamp/1.0.json"]
    assert published.publish(tmp_path, {"lamp": lamp("1.0", more={"type": "string"})}) == []
    assert published.publish(tmp_path, {"lamp": lamp("1.1")}) == ["schemas/published/lamp/1.1.json"]


@pytest.mark.parametrize(
    ("later", "fault"),
    [
        ({"lamp": lamp("1.0")}, None),
        ({"lamp": lamp("1.0") | {"description": "Words may be bettered."}}, None),
        ({"lamp": lamp("1.1", more={"type": "string"})}, None),
        ({"lamp": lamp("1.10", more={"type": "string"}), "other": lamp("1.0")}, None),
        ({}, "the type is gone"),
        ({"lamp": lamp("0.9")}, "went back to 0.9"),
        ({"lamp": lamp("1.0", more={"type": "string"})}, "raise the minor version"),
        ({"lamp": lamp("1.1", lit={"type": "string"})}, "/lit: type changed"),
        ({"lamp": lamp("1.1") | {"required": []}}, "/lit: is no longer required"),
    ],
)
def test_later_versions_are_judged_by_the_snapshots(
    tmp_path: Path, later: dict[str, dict[str, Any]], fault: str | None
) -> None:
    published.publish(tmp_path, {"lamp": lamp("1.0")})
    breaks = published.find_breaks(tmp_path, later)
    assert (breaks == []) if fault is None else (fault in " ".join(breaks))
