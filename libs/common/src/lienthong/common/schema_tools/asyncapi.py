"""The bus as an AsyncAPI 3.0 document: channels, their keys and retention, messages with headers and payloads."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from lienthong.common.messages.envelope import Event
from lienthong.common.messages.topics import ALL_TOPICS, TopicSpec
from lienthong.common.schema_tools.events import Document, event_classes, explanation

_BINDING: Final = "0.5.0"
_TEXT: Final = {"type": "string"}
_JWS: Final = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$"}

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
        "channels": {topic.name: _channel(topic, _events_of(topic, classes)) for topic in topics},
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
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["compact" if topic.compacted else "delete"],
                    "retention.ms": _milliseconds(topic.retention),
                },
                "bindingVersion": _BINDING,
            }
        },
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
