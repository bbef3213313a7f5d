"""The envelope of every event: CloudEvents 1.0, structured JSON, UTF-8, NFC; what is signed is exactly `to_bytes`.

Writers write declared members only. Readers are strict at the HTTP edge (`tolerant=False`: an undeclared member is a
violation) and tolerant on Kafka (`tolerant=True`: members of a later minor version are passed over).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from lienthong.common.clock import Timestamp
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.ids import Id, new_id
from lienthong.common.messages.topics import TopicSpec
from lienthong.common.messages.violations import MEMBER_NOT_NFC, UNKNOWN_TYPE, find_not_nfc, violation, violations_of
from lienthong.common.strict_json import MAX_BYTES, JsonValue, MalformedJson, loads

_UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SOURCE_PATTERN = rf"^(/agencies/{_UUID7}|/services/[a-z][a-z0-9_]*)$"

_TYPE = re.compile(r"vn\.lienthong\.([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\.v([1-9][0-9]*)")
_SCHEMA = re.compile(r"urn:lienthong:schema:([a-z][a-z0-9_.]*):([0-9]+)\.([0-9]+)")


D = TypeVar("D", bound=BaseModel)
E = TypeVar("E", bound="Event[Any]")


class MalformedEvent(LienthongError, ValueError):
    """The bytes are JSON but not the event they should be; the violations name every fault with its pointer."""

    code = "malformed_event"
    kind = Kind.INVALID
    title = Words("Thông điệp không đúng cấu trúc", "The event is malformed")
    advice = Words(
        "Sửa từng lỗi nêu trong violations rồi ký và gửi lại.",
        "Correct each fault listed in violations, then sign and send again.",
    )


class UnknownEventType(MalformedEvent):
    """The event's type is none of those the reader knows: a later version of a program may have said it."""

    code = "unknown_event_type"
    kind = Kind.INVALID
    title = Words("Loại thông điệp không được biết đến", "The type of the event is unknown")
    advice = Words(
        "Dùng một loại thông điệp có trong schemas/events.",
        "Use a type of event listed in schemas/events.",
    )


class Event(BaseModel, Generic[D]):
    """A CloudEvents 1.0 event of the platform. A subclass is one fact; its docstring tells outsiders when it is sent.

    A subclass sets `TYPE` (`vn.lienthong.<service>.<fact>.v<major>`), `SCHEMA` (`urn:lienthong:schema:
    <service>.<fact>:<major>.<minor>`), `TOPIC` (None where it does not travel on Kafka) and `SAID_BY`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    TYPE: ClassVar[str]
    SCHEMA: ClassVar[str]
    TOPIC: ClassVar[TopicSpec | None]
    SAID_BY: ClassVar[Literal["agency", "service"]]

    specversion: Literal["1.0"] = Field(description="Version of CloudEvents.")
    id: Id = Field(description="This message, made by its source; (source, id) is unique for ever.")
    source: str = Field(pattern=SOURCE_PATTERN, description="Who says it: /agencies/<uuid> or /services/<name>.")
    type: str = Field(description="What is said.")
    subject: str | None = Field(default=None, min_length=1, max_length=200, description="What it is about.")
    time: Timestamp = Field(description="When it was said, by its source.")
    datacontenttype: Literal["application/json"] = Field(description="Media type of data.")
    dataschema: str | None = Field(default=None, description="Published version of the schema it was written by.")
    data: D = Field(description="The fact itself.")

    @classmethod
    def __pydantic_init_subclass__(cls, **_kwargs: Any) -> None:
        if "TYPE" in cls.__dict__:
            _check_declaration(cls)

    @classmethod
    def new(cls, *, source: str, time: datetime, data: D, subject: str | None = None, id: UUID | None = None) -> Self:  # noqa: A002
        """An event of this class as its source says it; a fresh id unless one is given."""
        return cls(
            specversion="1.0",
            id=id or new_id(),
            source=source,
            type=cls.TYPE,
            subject=subject,
            time=time,
            datacontenttype="application/json",
            dataschema=cls.SCHEMA,
            data=data,
        )

    @classmethod
    def topics(cls) -> tuple[TopicSpec, ...]:
        """The topics it travels on: those it lists in `TOPICS`, else its one `TOPIC`."""
        return getattr(cls, "TOPICS", () if cls.TOPIC is None else (cls.TOPIC,))

    @field_validator("type")
    @classmethod
    def _is_this_type(cls, value: str) -> str:
        if value != getattr(cls, "TYPE", value):
            raise PydanticCustomError("other_type", "the type of another event")
        return value

    @field_validator("dataschema")
    @classmethod
    def _is_this_schema(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None or not hasattr(cls, "SCHEMA"):
            return value
        tolerant = bool(info.context and info.context.get("tolerant"))
        if not _same_schema(value, cls.SCHEMA, any_minor=tolerant):
            raise PydanticCustomError("other_schema", "not a published version of this event's schema")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        properties = schema.get("properties", {})
        if hasattr(cls, "TYPE") and "type" in properties:
            properties["type"] |= {"const": cls.TYPE}
            properties["dataschema"] |= {"examples": [cls.SCHEMA]}
        return schema


def _check_declaration(cls: type[Event[Any]]) -> None:
    named, schema = _TYPE.fullmatch(cls.TYPE), _SCHEMA.fullmatch(getattr(cls, "SCHEMA", ""))
    if named is None or schema is None:
        raise TypeError(f"{cls.__name__}: TYPE or SCHEMA is missing or malformed")
    service, fact, major = named.groups()
    if schema.group(1, 2) != (f"{service}.{fact}", major):
        raise TypeError(f"{cls.__name__}: SCHEMA {cls.SCHEMA} does not belong to TYPE {cls.TYPE}")
    if not hasattr(cls, "TOPIC") or getattr(cls, "SAID_BY", None) not in ("agency", "service"):
        raise TypeError(f"{cls.__name__}: TOPIC and SAID_BY are declared")
    if not (cls.__doc__ or "").strip() or cls.__doc__ == Event.__doc__:
        raise TypeError(f"{cls.__name__}: the docstring tells when it is sent and by whom")


def _same_schema(named: str, ours: str, *, any_minor: bool) -> bool:
    theirs, own = _SCHEMA.fullmatch(named), _SCHEMA.fullmatch(ours)
    if theirs is None or own is None or theirs.group(1, 2) != own.group(1, 2):
        return False
    return any_minor or int(theirs.group(3)) <= int(own.group(3))


def to_bytes(event: Event[Any]) -> bytes:
    """What is signed and sent: compact UTF-8, members in the declared order, unset ones left out.

    Raises MalformedEvent where a string is not NFC (requirement N8): a signed text is never rewritten.
    """
    payload = event.model_dump_json(exclude_none=True).encode("utf-8")
    _refuse_not_nfc(payload)
    return payload


def read(payload: bytes, event_class: type[E], *, tolerant: bool, max_bytes: int = MAX_BYTES) -> E:
    """Read an event of one class from exact bytes. Raises MalformedJson, MalformedEvent."""
    return _read(payload, loads(payload, max_bytes=max_bytes), event_class, tolerant)


def event_type(payload: bytes, *, max_bytes: int = MAX_BYTES) -> str:
    """The type alone, after the strict parse of the whole. Raises MalformedJson, MalformedEvent."""
    return _type_of(loads(payload, max_bytes=max_bytes))


class Catalogue:
    """The events a reader knows, by type. Two classes of one type are refused when it is made."""

    def __init__(self, classes: Iterable[type[Event[Any]]]) -> None:
        by_type: dict[str, type[Event[Any]]] = {}
        for event_class in classes:
            other = by_type.setdefault(event_class.TYPE, event_class)
            if other is not event_class:
                raise TypeError(f"{other.__name__} and {event_class.__name__} have one type: {event_class.TYPE}")
        self.by_type: Mapping[str, type[Event[Any]]] = MappingProxyType(dict(sorted(by_type.items())))

    def read_any(self, payload: bytes, *, tolerant: bool = True, max_bytes: int = MAX_BYTES) -> Event[Any]:
        """Read an event of any known class. Raises MalformedJson, MalformedEvent, UnknownEventType."""
        value = loads(payload, max_bytes=max_bytes)
        event_class = self.by_type.get(_type_of(value))
        if event_class is None:
            raise UnknownEventType(violations=[violation(UNKNOWN_TYPE, "/type")])
        return _read(payload, value, event_class, tolerant)


def _read(payload: bytes, value: JsonValue, event_class: type[E], tolerant: bool) -> E:
    # pydantic parses the same bytes again, because only its JSON mode is strict about types and still takes a date
    # or a UUID from a string; `loads` has refused whatever two parsers could read differently.
    try:
        event = event_class.model_validate_json(
            payload,
            strict=True,
            extra="ignore" if tolerant else "forbid",
            context={"tolerant": tolerant},
            by_alias=True,
            by_name=False,
        )
    except ValidationError as error:
        found = violations_of(error.errors(include_input=False, include_url=False), value)
        raise MalformedEvent(violations=found) from None
    _refuse_not_nfc(payload, value)
    return event


def _refuse_not_nfc(payload: bytes, value: JsonValue = None) -> None:
    # Escapes hide letters from the quick look at the whole text; so they are looked at one by one.
    if b"\\u" not in payload and unicodedata.is_normalized("NFC", payload.decode("utf-8")):
        return
    pointers = find_not_nfc(value if value is not None else loads(payload, max_bytes=len(payload)))
    if pointers:
        raise MalformedEvent(violations=[violation(MEMBER_NOT_NFC, pointer) for pointer in pointers])


def _type_of(value: JsonValue) -> str:
    if not isinstance(value, dict):
        raise MalformedEvent(violations=[violation("model_type", "")])
    named = value.get("type")
    if not isinstance(named, str):
        raise MalformedEvent(violations=[violation("string_type" if "type" in value else "missing", "/type")])
    return named


__all__ = [
    "Catalogue",
    "Event",
    "MalformedEvent",
    "MalformedJson",
    "UnknownEventType",
    "event_type",
    "read",
    "to_bytes",
]
