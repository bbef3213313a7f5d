"""Writes a message as edXML, strictly: the prefix `edXML:` on every child, the order of the SDK, UTF-8.

There is no signature yet: `Signature` (XAdES over the whole) comes with edXML as a transport.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import MappingProxyType
from typing import IO, Any, Final

from lienthong.common.edxml.contents import Source, chunks_of
from lienthong.common.edxml.faults import MAX_FAULTS, UnwritableEdxml, fault
from lienthong.common.edxml.table import (
    ANSWER,
    ATTACHMENT_ENCODED,
    DOCUMENT,
    NAMESPACE,
    PREFIX,
    STATUS,
    TAKE_BACK,
    Element,
)
from lienthong.common.edxml.values import Value
from lienthong.common.errors import Violation
from lienthong.common.messages.change import ChangeAnswer, TakeBack
from lienthong.common.messages.document import Attachment, Document, TraceStation
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusReport

Contents = Mapping[str, Callable[[], AbstractContextManager[Source]]]
"""To an attachment's id, what opens its file."""

NO_CONTENTS: Final[Contents] = MappingProxyType({})

_HEAD: Final = f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{NAMESPACE}">\n'
_TAIL: Final = "</edXML>\n"
_CONTENT: Final = f"{PREFIX}:ContentTransferEncoded"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
"""A bare carriage return would be read as a line feed."""


def write_document(document: Document, *, time: datetime, out: IO[bytes], contents: Contents = NO_CONTENTS) -> None:
    """The document as edXML; `time` is its event's. Files that `contents` does not open are only referred to.

    Raises UnwritableEdxml, before the first byte unless a file is not the one that the document names.
    """
    members = dict(document)
    # A trace begins with the sender; where the document has none yet, the sender's station is the event itself.
    members["trace"] = document.trace or (TraceStation(organ_id=document.sender.code, timestamp=time),)
    head = _written(DOCUMENT, members)
    out.write((_HEAD + head).encode())
    carried = [attachment for attachment in document.attachments if attachment.id in contents]
    if carried:
        _write_contents(carried, contents, out)
    out.write(_TAIL.encode())


def write_status(report: StatusReport, *, time: datetime, out: IO[bytes]) -> None:
    """The status message as edXML; `time` is its event's. Raises UnwritableEdxml before the first byte."""
    out.write((_HEAD + _written(STATUS, {**dict(report), "time": time}) + _TAIL).encode())


def write_answer(answer: ChangeAnswer, *, time: datetime, out: IO[bytes]) -> None:
    """The answer to a change request (15, 16) as a status message. Raises as `write_status`."""
    out.write((_HEAD + _written(ANSWER, {**dict(answer), "time": time}) + _TAIL).encode())


def write_take_back(request: TakeBack, *, to: Organization, time: datetime, out: IO[bytes]) -> None:
    """The take-back (13) as a status message to one of those it asks, whom edXML names in the document's place.

    Raises as `write_status`.
    """
    about = request.response_for.model_copy(update={"organ_id": to.code})
    members = {**dict(request), "response_for": about, "time": time}
    out.write((_HEAD + _written(TAKE_BACK, members) + _TAIL).encode())


class _Lines:
    """The table walked over a message; faults are gathered on the way."""

    def __init__(self) -> None:
        self.faults: list[Violation] = []

    def of(self, elements: Sequence[Element], members: Mapping[str, Any], place: str, depth: int) -> Iterator[str]:
        """Lines of what stands inside one element."""
        for element in elements:
            here = f"{place}/{element.name}"
            if element.member:
                yield from self._member(element, members.get(element.member), here, depth)
                continue
            inner = list(self.of(element.inside, members, here, depth + 1))
            if inner or element.required:
                yield from _around(element, inner, depth)

    def _member(self, element: Element, value: Any, place: str, depth: int) -> Iterator[str]:
        values: Sequence[Any] = (value or ()) if element.many else () if value is None else (value,)
        for index, each in enumerate(values):
            here = f"{place}[{index + 1}]" if element.many else place
            if element.value is None:
                yield from _around(element, self.of(element.inside, dict(each), here, depth + 1), depth)
            else:
                opening, closing = _around(element, (), depth)
                yield opening + self._text(element.value, each, here) + closing.strip()

    def _text(self, value: Value, said: Any, place: str) -> str:
        try:
            text = value.write(said)
        except ValueError:
            self.faults.append(fault(value.fault, place))
            return ""
        if _NOT_XML.search(text):
            self.faults.append(fault("edxml_not_xml_text", place))
        return text.translate(_ESCAPES)


def _written(elements: Sequence[Element], members: Mapping[str, Any]) -> str:
    lines = _Lines()
    text = "".join(f"{line}\n" for line in lines.of(elements, members, "", 1))
    if lines.faults:
        raise UnwritableEdxml(violations=lines.faults[:MAX_FAULTS])
    return text


def _around(element: Element, inner: Iterable[str], depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}<{PREFIX}:{element.name}{element.attributes}>"
    yield from inner
    yield f"{'  ' * depth}</{PREFIX}:{element.name}>"


def _write_contents(attachments: Sequence[Attachment], contents: Contents, out: IO[bytes]) -> None:
    """AttachmentEncoded, file by file in pieces."""
    element = ATTACHMENT_ENCODED.inside[0]
    opening, closing = _around(ATTACHMENT_ENCODED, (), 1)
    out.write(f"{opening}\n".encode())
    for attachment in attachments:
        described = _Lines().of(element.inside, dict(attachment), "", 3)
        *before, after = _around(element, described, 2)
        out.write("\n".join([*before, f"      <{_CONTENT}>"]).encode())
        _write_file(attachment, contents[attachment.id], out)
        out.write(f"</{_CONTENT}>\n{after}\n".encode())
    out.write(f"{closing}\n".encode())


def _write_file(attachment: Attachment, opener: Callable[[], AbstractContextManager[Source]], out: IO[bytes]) -> None:
    digest, size = hashlib.sha256(), 0
    with opener() as file:
        for chunk in chunks_of(file):
            digest.update(chunk)
            size += len(chunk)
            out.write(base64.b64encode(chunk))
    if (digest.hexdigest(), size) != (attachment.sha256, attachment.size):
        raise UnwritableEdxml(violations=[fault("edxml_other_content", f"/attachments/{attachment.id}")])
