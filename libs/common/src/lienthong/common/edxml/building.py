"""From members by name to a message: pydantic judges, and its faults are told by the places of edXML."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from lienthong.common.edxml.faults import MAX_FAULTS, MalformedEdxml, fault
from lienthong.common.edxml.table import Element
from lienthong.common.errors import Violation
from lienthong.common.messages.violations import violation

M = TypeVar("M", bound=BaseModel)

_ALIASES: Final = {"from": "sender"}
_SAID_OTHERWISE: Final = {
    "agency_id": ("edxml_unknown_agency", "OrganId"),
    "size": ("edxml_no_content", "ContentId"),
    "sha256": ("edxml_no_content", "ContentId"),
}
"""What is missing in the message because of something else in edXML."""


def build(model: type[M], members: Mapping[str, Any], elements: Sequence[Element], faults: Sequence[Violation]) -> M:
    """The message. Raises MalformedEdxml with the faults found before and those found now."""
    told = {each.pointer: each for each in faults}
    try:
        message = model.model_validate(members)
    except ValidationError as error:
        # An agency is unknown only where its code could be read at all: so these come last.
        for each in sorted(error.errors(include_url=False), key=lambda each: each["loc"][-1] in _SAID_OTHERWISE):
            found = _fault(elements, str(each["type"]), each["loc"], each.get("ctx"))
            told.setdefault(found.pointer, found)
        # pydantic counts a list's good items: one with faults of its own is not too short.
        kept = [each for each in told.values() if each.code != "too_short" or not _holds_any(each.pointer, told)]
        raise MalformedEdxml(violations=kept[:MAX_FAULTS]) from None
    if told:
        raise MalformedEdxml(violations=faults)
    return message


def place_of(elements: Sequence[Element], location: Sequence[str | int]) -> str:
    """Where in edXML a member of the message stands; the member's own name where edXML lacks it."""
    return _found(elements, location) or "".join(f"/{step}" for step in location)


def _holds_any(place: str, told: Mapping[str, Violation]) -> bool:
    return any(other.startswith(f"{place}[") for other in told)


def _fault(
    elements: Sequence[Element], code: str, location: Sequence[str | int], context: Mapping[str, Any] | None
) -> Violation:
    if location and location[-1] in _SAID_OTHERWISE:
        code, element = _SAID_OTHERWISE[str(location[-1])]
        return fault(code, f"{place_of(elements, location[:-1])}/{element}")
    return violation(code, place_of(elements, location), context)


def _found(elements: Sequence[Element], location: Sequence[str | int]) -> str | None:
    step, *rest = location
    for element in elements:
        if not element.member:
            inner = _found(element.inside, location)
            if inner is not None:
                return f"/{element.name}{inner}"
        elif element.member == _ALIASES.get(str(step), step):
            return _inside(element, rest)
    return None


def _inside(element: Element, rest: Sequence[str | int]) -> str:
    place = f"/{element.name}"
    if rest and isinstance(rest[0], int):
        place, rest = f"{place}[{rest[0] + 1}]", rest[1:]
    return place + place_of(element.inside, rest) if rest else place
