"""The bus as an AsyncAPI 3.0 document: channels, their keys and retention, messages with headers and payloads."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from pydantic.json_schema import models_json_schema

from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.topics import (
    ALL_TOPICS,
    CHANGES,
    DELIVERIES,
    DOCUMENTS,
    STATUSES,
    TopicSpec,
    own_topic,
)
from lienthong.common.schema_tools.events import Document, event_classes, explanation

_BINDING: Final = "0.5.0"
_TEXT: Final = {"type": "string"}
_JWS: Final = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$"}

_OWN_TOPIC: Final = "agency.{agencyId}.inbox.{lane}.v1"
_ENTRIES: Final = [spec for specs in (DOCUMENTS, STATUSES, CHANGES, DELIVERIES) for spec in specs.values()]
"""Topics whose messages are entries of inboxes."""

_HEADERS: Final[Mapping[str, Any]] = {
    "jws-signature": _JWS | {"description": "Detached JWS (RFC 7515, RFC 7797) over exactly the bytes of the value."},
    "content-type": {"type": "string", "const": "application/cloudevents+json"},
    "traceparent": _TEXT | {"description": "W3C trace context."},
}
_RECEIPT_HEADERS: Final[Mapping[str, Any]] = {
    "receipt": _TEXT | {"description": "The exchange's submission receipt, exact bytes."},
    "receipt-signature": _JWS | {"description": "Detached JWS of the exchange over the receipt."},
}


def asyncapi_document(
    classes: Sequence[type[Event[Any]]] | None = None, topics: Sequence[TopicSpec] = ALL_TOPICS
) -> Document:
    """The document for the events and topics given; without them, for all of the platform's."""
    classes = event_classes() if classes is None else classes
    refs, definitions = models_json_schema(
        [(each, "validation") for each in classes], ref_template="#/components/schemas/{model}"
    )
    payloads = {each.TYPE: refs[each, "validation"] for each in classes}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "lienthong",
            "version": "1.0.0",
            "description": "Topics of signed events between the services of lienthong, the agencies and the gateways.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            **{topic.name: _channel(topic, _events_of(topic, classes)) for topic in topics},
            _OWN_TOPIC: _own_topic_channel(classes),
        },
        "operations": {_operation_name(topic): _operation(topic) for topic in topics},
        "components": {
            "messages": {each.TYPE: _message(each, payloads[each.TYPE]) for each in classes},
            "schemas": dict(sorted(definitions["$defs"].items())),
        },
    }


def _channel(topic: TopicSpec, events: Sequence[type[Event[Any]]]) -> Document:
    kind = "State: the last event of each key stays." if topic.compacted else "Facts in the order of their key."
    return {
        "address": topic.name,
        "description": f"{kind} Key: {topic.key}. Written by {topic.owner} alone.",
        "messages": {each.TYPE: {"$ref": f"#/components/messages/{each.TYPE}"} for each in events},
        "bindings": {"kafka": _bindings(topic)},
    }


def _bindings(topic: TopicSpec) -> Document:
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": {
            "cleanup.policy": ["compact" if topic.compacted else "delete"],
            "retention.ms": _milliseconds(topic.retention),
        },
        "bindingVersion": _BINDING,
    }


def _own_topic_channel(classes: Sequence[type[Event[Any]]]) -> Document:
    """An agency's own topic: one address for all of them."""
    spec = own_topic(UUID(int=0), Lane.ORDINARY)
    entries = [each for each in classes if any(topic in _ENTRIES for topic in each.topics())]
    return {
        **_channel(spec, entries),
        "address": _OWN_TOPIC,
        "description": (
            "The entries of one agency's inbox, by their numbers; made on the agency's request, read by it alone over "
            "mutual TLS (docs/own-topic.md). Written by exchange. Headers besides those of the messages: entry-number "
            "and chain; where the content may be read no more there is no value, but withheld and sha256."
        ),
        "parameters": {
            "agencyId": {"description": "Id of the agency."},
            "lane": {"description": "The lane of the inbox.", "enum": [lane.value for lane in Lane]},
        },
        "bindings": {"kafka": {key: value for key, value in _bindings(spec).items() if key != "topic"}},
    }


def _operation(topic: TopicSpec) -> Document:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"{topic.owner} tells everyone who may read {topic.name}.",
    }


def _operation_name(topic: TopicSpec) -> str:
    return "send-" + topic.name.replace(".", "-").replace("_", "-")


def _message(event_class: type[Event[Any]], payload: Mapping[str, Any]) -> Document:
    topics = event_class.topics()
    from_agency = event_class.SAID_BY == "agency"
    properties = {**_HEADERS, **(_RECEIPT_HEADERS if from_agency else {})}
    required = [name for name in properties if name != "traceparent"]
    return {
        "name": event_class.TYPE,
        "title": event_class.__name__,
        "summary": explanation(event_class).partition("\n\n")[0].replace("\n", " "),
        "description": explanation(event_class),
        "contentType": "application/cloudevents+json",
        "headers": {"type": "object", "properties": properties, "required": required},
        "payload": dict(payload),
        "bindings": {"kafka": {"key": _TEXT | {"description": _keys(topics)}, "bindingVersion": _BINDING}},
    }


def _keys(topics: Sequence[TopicSpec]) -> str:
    return "; ".join(sorted({topic.key for topic in topics})) or "It does not travel on Kafka."


def _events_of(topic: TopicSpec, classes: Sequence[type[Event[Any]]]) -> list[type[Event[Any]]]:
    return [each for each in classes if topic in each.topics()]


def _milliseconds(retention: timedelta | None) -> int:
    return -1 if retention is None else int(retention / timedelta(milliseconds=1))
