"""The table walked over an XML tree: members by name, faults and what is not in the table with their places."""

from collections.abc import Sequence
from typing import Any

from lienthong.common.edxml.faults import MAX_FAULTS, fault
from lienthong.common.edxml.table import REFERENCE, Element
from lienthong.common.edxml.values import CID
from lienthong.common.edxml.xml import Node
from lienthong.common.errors import Violation

Members = dict[str, Any]
Placed = tuple[str, Node]

_BLANK = " \t\r\n"
_SIGNATURES = ("Signature", "DigitalSignature")


class Walk:
    """One reading. What is absent, empty or blank is no member; `unmapped` are elements that no row knows."""

    def __init__(self) -> None:
        self.faults: list[Violation] = []
        self.unmapped: list[str] = []
        self.signed = False

    def members(self, elements: Sequence[Element], parents: Sequence[Placed]) -> Members:
        """What stands inside; brackets that somebody wrote twice are read as one."""
        children = _children_by_name(parents)
        found: Members = {}
        for element in elements:
            same = children.pop(element.name, [])
            if not element.member:
                found |= self.members(element.inside, same)
            elif element.many:
                places = [(f"{place}[{index + 1}]", node) for index, (place, node) in enumerate(same)]
                values = [self._value(element, place, node) for place, node in places]
                found[element.member] = tuple(value for value in values if value is not None)
            elif len(same) > 1:
                self.tell("edxml_repeated", same[1][0])
            else:
                found |= self._one(element, same)
        self._keep_unknown([each for others in children.values() for each in others])
        return found

    def _one(self, element: Element, nodes: Sequence[Placed]) -> Members:
        values = [self._value(element, place, node) for place, node in nodes]
        return {element.member: values[0]} if values and values[0] is not None else {}

    def tell(self, code: str, place: str) -> None:
        """One more fault."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault(code, place))

    def _value(self, element: Element, place: str, node: Node) -> Any:
        if element.value is None:
            found = self.members(element.inside, [(place, node)])
            if element.inside is REFERENCE and node.href:  # older forms name the file in an xlink
                found.setdefault("id", CID.read(node.href))
            return found
        if node.decoder is not None:
            if not node.decoder.broken and not node.children:
                return node.decoder.content
            self.tell(element.value.fault, place)
            return None
        self._keep_unknown([(f"{place}/{child.name}", child) for child in node.children])
        if not node.text.strip(_BLANK):
            return None
        try:
            return element.value.read(node.text)
        except ValueError:
            self.tell(element.value.fault, place)
            return None

    def _keep_unknown(self, nodes: Sequence[Placed]) -> None:
        for place, node in nodes:
            if node.name.rpartition("}")[2] in _SIGNATURES:
                self.signed = self.signed or bool(node.children)
            else:
                self.unmapped.append(place)


def _children_by_name(parents: Sequence[Placed]) -> dict[str, list[Placed]]:
    children: dict[str, list[Placed]] = {}
    for place, parent in parents:
        for child in parent.children:
            children.setdefault(child.name, []).append((f"{place}/{child.name}", child))
    return children
