"""A copy of an audit log: JSON lines, from the first block on, so that a log of any length is read in little memory.

    {"format":"lienthong-audit-1","service":…,"environment":…,"at":…}
    {"certificate":…,"jws":…}      what accounts signed about a service's certificate; several
    {"list":…}                     a revocation list, DER in base64; several
    {"block":…,"first":…,"count":…,"chain":…,"head":…,"jws":…,"stamp":…}
    {"record":…,"entry":…}         the records of that block, in their order; then the next block
    {"waiting":…,"entry":…}        records that are in no block yet
    {"blocks":…,"records":…,"waiting":…}                             the last line: the copy is whole

`certificate`, `head` and `entry` are the exact bytes as text; where they are no text, `<name>_base64` stands instead.
`differs` names columns of the record's row that do not say what the record says: nothing signs the columns.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final, TypeAlias

from lienthong.common.clock import from_text, to_text
from lienthong.common.errors import LienthongError, Words
from lienthong.common.signing import SignedBytes

FORMAT: Final = "lienthong-audit-1"
_LONGEST_LINE: Final = 64 << 20
"""Bytes: of the longest revocation lists."""


class CopyUnreadable(Exception):
    """The file is no copy of an audit log, or a line of it cannot be read; `words` tell people which."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True)
class CopyStart:
    """Whose log it is, and when the copy was made."""

    service: str
    environment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Witness:
    """What others say so that signatures can be judged: accounts of a certificate, or an authority's list."""

    said: SignedBytes | bytes


@dataclass(frozen=True, slots=True)
class CopiedBlock:
    """A row of `audit_block`."""

    block: int
    first: int
    count: int
    chain: bytes
    head: bytes
    jws: str
    stamp: bytes | None


@dataclass(frozen=True, slots=True)
class CopiedRecord:
    """A row of `audit`: of the block in front of it, or waiting for one."""

    id: str
    entry: bytes
    waiting: bool = False
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CopyEnd:
    """How much there was."""

    blocks: int
    records: int
    waiting: int


CopyLine: TypeAlias = CopyStart | Witness | CopiedBlock | CopiedRecord | CopyEnd


def line_of(line: CopyLine) -> bytes:
    """The line as it is written, without its end."""
    return json.dumps(_members(line), ensure_ascii=False, separators=(",", ":")).encode()


def read_copy(file: BinaryIO) -> Iterator[CopyLine]:
    """The lines in their order, the first one a CopyStart. Raises CopyUnreadable."""
    number = 0
    while data := file.readline(_LONGEST_LINE):
        number += 1
        try:
            line = _read(json.loads(data))
        except (ValueError, KeyError, TypeError, LienthongError) as error:
            vi, en = f"dòng {number} không phải của bản sao nhật ký", f"line {number} is not of a copy of an audit log"
            raise CopyUnreadable(Words(f"{vi} ({type(error).__name__})", f"{en} ({type(error).__name__})")) from error
        if isinstance(line, CopyStart) is not (number == 1):
            raise CopyUnreadable(
                Words(
                    f"dòng {number}: {FORMAT} bắt đầu ở dòng đầu tiên, một lần",
                    f"line {number}: {FORMAT} begins with its first line, once",
                )
            )
        yield line
    if number == 0:
        raise CopyUnreadable(Words("tệp không có gì", "there is nothing in it"))


def _members(line: CopyLine) -> Mapping[str, Any]:
    match line:
        case CopyStart():
            start = {"service": line.service, "environment": line.environment, "at": to_text(line.at)}
            return {"format": FORMAT} | start
        case Witness(said=SignedBytes() as said):
            return _exact("certificate", said.payload) | {"jws": said.jws}
        case Witness(said=bytes() as der):
            return {"list": _base64(der)}
        case CopiedBlock():
            numbers = {"block": line.block, "first": line.first, "count": line.count, "chain": line.chain.hex()}
            stamp = None if line.stamp is None else _base64(line.stamp)
            return numbers | _exact("head", line.head) | {"jws": line.jws, "stamp": stamp}
        case CopiedRecord():
            members = {"waiting" if line.waiting else "record": line.id} | _exact("entry", line.entry)
            return members | ({"differs": list(line.differs)} if line.differs else {})
        case CopyEnd():
            return {"blocks": line.blocks, "records": line.records, "waiting": line.waiting}
        case _:
            raise TypeError(type(line).__name__)


def _read(members: Any) -> CopyLine:
    if not isinstance(members, dict):
        raise TypeError(type(members).__name__)
    if "format" in members:
        if members["format"] != FORMAT:
            raise ValueError(members["format"])
        return CopyStart(str(members["service"]), str(members["environment"]), from_text(members["at"]))
    if "list" in members:
        return Witness(_from_base64(members["list"]))
    if "block" in members:
        stamp = members["stamp"]
        return CopiedBlock(
            block=int(members["block"]),
            first=int(members["first"]),
            count=int(members["count"]),
            chain=bytes.fromhex(members["chain"]),
            head=_bytes(members, "head"),
            jws=str(members["jws"]),
            stamp=None if stamp is None else _from_base64(stamp),
        )
    if "entry" in members or "entry_base64" in members:
        waiting = "waiting" in members
        differs = tuple(str(each) for each in members.get("differs", ()))
        name = str(members["waiting" if waiting else "record"])
        return CopiedRecord(name, _bytes(members, "entry"), waiting, differs)
    if "blocks" in members:
        return CopyEnd(int(members["blocks"]), int(members["records"]), int(members["waiting"]))
    return Witness(SignedBytes(_bytes(members, "certificate"), str(members["jws"])))


def _exact(name: str, data: bytes) -> dict[str, Any]:
    try:
        return {name: data.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}_base64": _base64(data)}


def _bytes(members: Mapping[str, Any], name: str) -> bytes:
    text = members.get(name)
    return _from_base64(members[f"{name}_base64"]) if text is None else str(text).encode("utf-8")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
