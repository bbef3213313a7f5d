"""Reads edXML tolerantly: any prefix, any order, older spellings; what is wrong is told all at once, with its place.

A message says things that edXML has no element for (`table.LACKING`), so there are two steps: `read` gives what stands
there, and from it and what the caller adds (`Beside`, `StatusBeside`) the message is built. Nothing is trimmed,
normalised or mended on the way: whether a message is fit to be accepted, admission judges. Signatures are not verified
yet; `signed` tells that there is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from lienthong.common.edxml.beside import Beside, StatusBeside
from lienthong.common.edxml.building import build, place_of
from lienthong.common.edxml.contents import FileContent, Source
from lienthong.common.edxml.faults import unreadable
from lienthong.common.edxml.files import join
from lienthong.common.edxml.table import ANSWER, DOCUMENT, STATUS, TAKE_BACK
from lienthong.common.edxml.walk import Members, Walk
from lienthong.common.edxml.xml import Node, parse
from lienthong.common.errors import Violation
from lienthong.common.messages.change import ChangeAnswer, TakeBack
from lienthong.common.messages.document import Document, DocumentKind
from lienthong.common.messages.kinds import KINDS
from lienthong.common.messages.status import StatusReport
from lienthong.common.text.keys import search_key

MAX_BYTES: Final = 256 << 20
_ROOT: Final = "edXML"
_ENVELOPE: Final = "edXMLEnvelope"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """A document as it stands in edXML."""

    members: Mapping[str, Any]
    """By the names of the table; a member that cannot be read is not there, and `faults` tell of it."""
    time: datetime | None
    """When the sender sent it; None where the trace does not begin with the sender."""
    contents: Mapping[str, FileContent]
    """The files carried along, by id without `cid:`."""
    signed: bool
    unmapped: tuple[str, ...]
    """Elements that no row of the table knows: they do not reach the message."""
    faults: tuple[Violation, ...]

    @property
    def organ_ids(self) -> frozenset[str]:
        """Every OrganId whose agency the message would like to know."""
        parts = [self.members.get("sender", {}), *self.members["to"], *self.members["response_for"]]
        parts += self.members.get("business", {}).get("receivers", ())
        return frozenset(code for part in parts for key in ("code", "organ_id") if (code := part.get(key)))

    @property
    def document_ids(self) -> frozenset[str]:
        """Every DocumentId whose document the message would like to know: answered, revoked, updated or replaced."""
        business = self.members.get("business", {})
        parts = [business, *business.get("replacements", ()), *self.members["response_for"]]
        return frozenset(name for part in parts if (name := part.get("document_id")))

    def document(self, beside: Beside) -> Document:
        """The message's data. Raises MalformedEdxml with every fault."""
        members = {**self.members, **_shared(beside)}
        members["purpose"], members["sealed_by"] = beside.purpose, beside.sealed_by
        members["secrecy"], members["complaint_class"] = beside.secrecy, beside.complaint_class
        members["circulation"], members["language"] = beside.circulation, beside.language
        members["to"] = [_with_agency(each, "code", beside.agency_ids) for each in self.members["to"]]
        members["response_for"] = [
            _with_subject(_with_agency(each, "organ_id", beside.agency_ids), beside.subjects)
            for each in self.members["response_for"]
        ]
        members["attachments"] = [_attachment(each, self.contents, beside) for each in self.members["attachments"]]
        if "document_type" in members:
            kind = beside.kind or kind_of(members["document_type"].get("name", ""))
            members["document_type"] = {**members["document_type"], "kind": kind}
        if "sender" in members:
            members["sender"] = _with_agency(members["sender"], "code", beside.agency_ids)
        if "business" in members:
            members["business"] = _business(members["business"], beside)
        return build(Document, members, DOCUMENT, self.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatus:
    """A status message as it stands in edXML."""

    members: Mapping[str, Any]
    time: datetime | None
    """When it happened: `time` of the event."""
    signed: bool
    unmapped: tuple[str, ...]
    faults: tuple[Violation, ...]

    @property
    def code(self) -> str | None:
        """StatusCode, which tells what it is: 01 to 06 `report`, 13 `take_back`, 15 and 16 `answer`."""
        return self.members.get("status")

    @property
    def organ_ids(self) -> frozenset[str]:
        """The codes of who says it and of the other: the document's sender, of a take-back the one who is asked."""
        codes = self.members.get("sender", {}).get("code"), self.members.get("response_for", {}).get("organ_id")
        return frozenset(code for code in codes if code)

    def report(self, beside: StatusBeside) -> StatusReport:
        """The data of a status (01 to 06). Raises MalformedEdxml with every fault."""
        return build(StatusReport, self._said(beside, self.members), STATUS, self.faults)

    def answer(self, beside: StatusBeside) -> ChangeAnswer:
        """The data of an answer (15, 16) to the message `beside.message_id`. Raises as `report`."""
        return build(ChangeAnswer, self._said(beside, self.members), ANSWER, self.faults)

    def take_back(self, beside: StatusBeside) -> TakeBack:
        """The data of a take-back (13), said to `beside.to`, whom OrganId names. Raises as `report`."""
        members = dict(self.members)
        if "description" in members:
            members["reason"] = members.pop("description")
        if "response_for" in members:
            # edXML names the one who is asked where our message names the document's sender.
            asks = self.members.get("sender", {}).get("code")
            members["response_for"] = {**members["response_for"], "organ_id": asks}
        return build(TakeBack, self._said(beside, members), TAKE_BACK, self.faults)

    def _said(self, beside: StatusBeside, said: Mapping[str, Any]) -> Members:
        members = {**said, **_shared(beside)}
        members |= {"to": (beside.to,), "lane": beside.lane, "message_id": beside.message_id}
        members["sealed_by"] = beside.sealed_by
        if "sender" in members:
            members["sender"] = _with_agency(members["sender"], "code", beside.agency_ids)
        if "response_for" in members:
            about = _with_agency(members["response_for"], "organ_id", beside.agency_ids)
            members["response_for"] = {**about, "subject": beside.subject}
        return members


def read(source: bytes | Source, *, max_bytes: int = MAX_BYTES) -> ReadDocument | ReadStatus:
    """What stands in an edXML message. Raises UnreadableEdxml for what is not edXML, or not safe to read."""
    root = _rooted(parse(source, max_bytes=max_bytes))
    envelopes = [child for child in root.children if child.name == _ENVELOPE]
    headers = _inside(_inside(envelopes, "edXMLHeader"), "MessageHeader")
    if root.name != _ROOT or not headers:
        raise unreadable("edxml_no_header")
    if _inside(headers, "StatusCode"):
        return _read_status(root)
    return _read_document(root, max_bytes)


def kind_of(type_name: str) -> DocumentKind:
    """The kind that a TypeName names, however its tones are placed; administrative before legal normative."""
    key = search_key(type_name)
    return next((kind for kind, words in KINDS.items() if search_key(words.name) == key), DocumentKind.OTHER)


def _rooted(top: Node) -> Node:
    """Older writers began with the envelope."""
    return Node(_ROOT, children=[top]) if top.name == _ENVELOPE else top


def _inside(nodes: Sequence[Node], name: str) -> list[Node]:
    return [child for node in nodes for child in node.children if child.name == name]


def _read_status(root: Node) -> ReadStatus:
    walk = Walk()
    members = walk.members(STATUS, [("", root)])
    time = members.pop("time", None)
    place = place_of(STATUS, ("time",))
    if time is None and place not in [each.pointer for each in walk.faults]:
        walk.tell("edxml_time", place)
    return ReadStatus(
        members=members,
        time=time,
        signed=walk.signed,
        unmapped=tuple(walk.unmapped),
        faults=tuple(walk.faults),
    )


def _read_document(root: Node, max_bytes: int) -> ReadDocument:
    walk = Walk()
    members = walk.members(DOCUMENT, [("", root)])
    members["attachments"], contents = join(members["attachments"], members.pop("contents"), walk, max_bytes)
    time, members["trace"] = _time_and_trace(members)
    return ReadDocument(
        members=members,
        time=time,
        contents=contents,
        signed=walk.signed,
        unmapped=tuple(walk.unmapped),
        faults=tuple(walk.faults),
    )


def _time_and_trace(members: Members) -> tuple[datetime | None, tuple[Members, ...]]:
    """The sender's station alone is no trace: it is how edXML says the event's time."""
    sender, trace = members.get("sender", {}).get("code"), members["trace"]
    if not trace or trace[0].get("organ_id") != sender:
        return None, trace
    time = trace[0].get("timestamp")
    is_alone = len(trace) == 1 and time is not None and "more_info" not in trace[0]
    return time, () if is_alone else trace


def _shared(beside: Beside | StatusBeside) -> Members:
    return {"late_entry": beside.late_entry, "after": beside.after, "extensions": dict(beside.extensions)}


def _with_agency(part: Members, code: str, ids: Mapping[str, UUID]) -> Members:
    agency_id = ids.get(part.get(code, ""))
    return part if agency_id is None else {**part, "agency_id": agency_id}


def _with_subject(part: Members, subjects: Mapping[str, UUID]) -> Members:
    return {**part, "subject": subjects.get(part.get("document_id", ""))}


def _business(said: Members, beside: Beside) -> Members:
    receivers = [_with_agency(each, "organ_id", beside.agency_ids) for each in said["receivers"]]
    replacements = [_with_subject(each, beside.subjects) for each in said["replacements"]]
    return {**said, "receivers": receivers, "replacements": replacements}


def _attachment(said: Members, contents: Mapping[str, FileContent], beside: Beside) -> Members:
    content_id = said.get("id", "")
    file = contents.get(content_id) or beside.files.get(content_id)
    facts = {} if file is None else {"size": file.size, "sha256": file.sha256}
    role = {"role": beside.roles[content_id]} if content_id in beside.roles else {}
    return {**said, **facts, **role}
