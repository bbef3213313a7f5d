"""XML into a small tree, from whoever sends it: no DTD, no entities, every size bounded, named when refused.

The parser is Python's own expat: a DOCTYPE ends the reading before an entity can be declared, and a file's Base64 is
decoded while it passes, so that neither a bomb nor a gigabyte of attachment ever stands in memory.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final
from xml.parsers import expat

from lienthong.common.edxml.contents import Base64Decoder, Source
from lienthong.common.edxml.faults import unreadable
from lienthong.common.edxml.table import NAMESPACE

MAX_DEPTH: Final = 32
MAX_ELEMENTS: Final = 100_000
MAX_TEXT: Final = 4 << 20
"""Characters outside attached files, attributes included."""

_CHUNK: Final = 1 << 16
_MAX_TOKEN: Final = 1 << 20
"""Bytes of one tag or comment: expat reads an unfinished one again with every chunk."""

_NAMESPACES: Final = frozenset({NAMESPACE, "http://www.go.vn/eDoc", ""})
_XLINK: Final = "http://www.w3.org/1999/xlink href"
_UNBOUND_PREFIX: Final = 27  # XML_ERROR_UNBOUND_PREFIX
_FILE: Final = ("Attachment", "ContentTransferEncoded")


@dataclass(slots=True)
class Node:
    """An element; `name` without prefix, in the axis's spelling, with its namespace only if that is a foreign one."""

    name: str
    href: str = ""
    children: "list[Node]" = field(default_factory=list["Node"])
    texts: list[str] = field(default_factory=list[str])
    decoder: Base64Decoder | None = None
    """Of an attached file."""

    @property
    def text(self) -> str:
        """Its own characters."""
        return "".join(self.texts)


def parse(source: bytes | Source, *, max_bytes: int) -> Node:
    """The root element. Raises UnreadableEdxml."""
    builder = _Builder()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    fed = 0
    for chunk in _chunks(BytesIO(source) if isinstance(source, bytes) else source):
        fed += len(chunk)
        if fed > max_bytes:
            raise unreadable("edxml_too_large")
        try:
            utf8.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            raise unreadable("edxml_not_utf8") from None
        builder.feed(chunk, fed)
    return builder.root


def _chunks(file: Source) -> Iterator[bytes]:
    """The file, and an empty piece as its end."""
    while chunk := file.read(_CHUNK):
        yield chunk
    yield b""


class _Builder:
    """What expat calls; a stack of open elements."""

    def __init__(self) -> None:
        self._document = Node("")
        self._open = [self._document]
        self._elements = self._letters = 0
        self._parser = expat.ParserCreate("UTF-8", " ")
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._declared
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    @property
    def root(self) -> Node:
        return self._document.children[0]

    def feed(self, chunk: bytes, fed: int) -> None:
        """Parse the next bytes, none at the end. Raises UnreadableEdxml."""
        try:
            self._parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            code = "edxml_unbound_prefix" if error.code == _UNBOUND_PREFIX else "edxml_not_well_formed"
            raise unreadable(code, f"{error.lineno}:{error.offset + 1}") from None
        if fed - self._parser.CurrentByteIndex > _MAX_TOKEN:
            raise unreadable("edxml_too_much_text", self._here())

    def _here(self) -> str:
        return f"{self._parser.CurrentLineNumber}:{self._parser.CurrentColumnNumber + 1}"

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8"):
            raise unreadable("edxml_not_utf8", self._here())

    def _doctype(self, *_declaration: object) -> None:
        raise unreadable("edxml_doctype", self._here())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._count(sum(map(len, attributes.values())))
        if len(self._open) > MAX_DEPTH:
            raise unreadable("edxml_too_deep", self._here())
        if self._elements > MAX_ELEMENTS:
            raise unreadable("edxml_too_many_elements", self._here())
        node = Node(_plain(name), attributes.get(_XLINK, ""))
        if (self._open[-1].name, node.name) == _FILE:
            node.decoder = Base64Decoder()
        self._open[-1].children.append(node)
        self._open.append(node)

    def _characters(self, text: str) -> None:
        node = self._open[-1]
        if node.decoder is not None:
            node.decoder.feed(text)
        else:
            self._count(len(text))
            node.texts.append(text)

    def _end(self, _name: str) -> None:
        node = self._open.pop()
        if node.decoder is not None:
            node.decoder.finish()

    def _count(self, letters: int) -> None:
        self._letters += letters
        if self._letters > MAX_TEXT:
            raise unreadable("edxml_too_much_text", self._here())


def _plain(name: str) -> str:
    """`http://… Bussiness` as `Bussiness`; older writers said `Business…` and `EdXML…`."""
    namespace, _, local = name.rpartition(" ")
    if namespace not in _NAMESPACES:
        return f"{{{namespace}}}{local}"
    if local.startswith("EdXML"):
        local = "e" + local[1:]
    return local.replace("Business", "Bussiness")
