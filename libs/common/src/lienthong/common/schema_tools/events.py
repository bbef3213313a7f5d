"""JSON Schemas of everything that is signed: events and the exchange's statements, one document per type."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any, cast

from pydantic import BaseModel

from lienthong.common import messages
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.exchange import Statement

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Document = dict[str, Any]


def event_classes() -> list[type[Event[Any]]]:
    """Every event of `lienthong.common.messages`, by type."""
    _import_messages()
    found = {each.TYPE: each for each in _descendants(Event) if "TYPE" in each.__dict__ and _is_ours(each)}
    return [found[name] for name in sorted(found)]


def statement_classes() -> list[type[Statement]]:
    """Every signed statement that a module of messages lists in `STATEMENTS`, by type."""
    listed = (getattr(module, "STATEMENTS", ()) for module in _import_messages())
    classes: list[type[Statement]] = [each for statements in listed for each in statements]
    return sorted(classes, key=_statement_type)


def event_documents() -> dict[str, Document]:
    """The JSON Schema of each event and statement, by type."""
    events = {each.TYPE: _event_document(each) for each in event_classes()}
    statements = {_statement_type(each): _statement_document(each) for each in statement_classes()}
    return dict(sorted((events | statements).items()))


def explanation(model: type[BaseModel]) -> str:
    """The docstring of a class as it is told to outsiders."""
    return inspect.cleandoc(model.__doc__ or "")


def _event_document(event_class: type[Event[Any]]) -> Document:
    facts = {"said_by": event_class.SAID_BY, "topics": [topic.name for topic in event_class.topics()]}
    return {"$schema": DIALECT, "$id": event_class.SCHEMA, "x-lienthong": facts} | _schema(event_class)


def _statement_document(statement: type[Statement]) -> Document:
    # Statements carry no dataschema: the major version stands in the type, the minor one with the class.
    service, fact, version = _statement_type(statement).removeprefix("vn.lienthong.").rsplit(".", 2)
    if not re.fullmatch(rf"{version.removeprefix('v')}\.\d+", statement.VERSION):
        raise TypeError(f"{statement.__name__}: VERSION {statement.VERSION} does not belong to its type")
    identifier = f"urn:lienthong:schema:{service}.{fact}:{statement.VERSION}"
    facts = {"said_by": statement.SAID_BY, "topics": []}
    return {"$schema": DIALECT, "$id": identifier, "x-lienthong": facts} | _schema(statement)


def _schema(model: type[BaseModel]) -> Document:
    return model.model_json_schema(mode="validation") | {"title": model.__name__, "description": explanation(model)}


def _statement_type(statement: type[Statement]) -> str:
    return str(statement.model_json_schema()["properties"]["type"]["const"])


def _import_messages() -> list[Any]:
    names = sorted(module.name for module in pkgutil.iter_modules(messages.__path__))
    return [importlib.import_module(f"{messages.__name__}.{name}") for name in names]


def _descendants(parent: type[Any]) -> Iterator[type[Event[Any]]]:
    for child in cast("list[type[Event[Any]]]", parent.__subclasses__()):
        yield child
        yield from _descendants(child)


def _is_ours(event_class: type[Any]) -> bool:
    return event_class.__module__.startswith(f"{messages.__name__}.")
