"""One page of an inbox, and the rules by which it must continue what was seen before (N5)."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.exchange import InboxHead, chain_next
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.strict_json import JsonValue, MalformedJson, loads
from lienthong.sdk.errors import InboxChanged, InboxGap, InboxReordered, InboxRolledBack, UnexpectedAnswer
from lienthong.sdk.state import Link
from lienthong.sdk.statements import signed_line

MAX_LINE_BYTES = 4 << 20
"""A message of 1 MiB written as a JSON string, with both signatures, stays below."""


_SHA256 = re.compile(r"[0-9a-f]{64}")
_HOW = re.compile(r"[a-z][a-z_]{0,49}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the inbox, nothing of it verified yet."""

    n: int
    signed: SignedBytes
    receipt: SignedBytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the message's exact bytes, as the chain links it."""
        return hashlib.sha256(self.signed.payload).digest()


@dataclass(frozen=True, slots=True)
class WithheldEntry:
    """A line whose message is given out no more; its hash keeps its place in the chain. `how` is why, by name."""

    n: int
    sha256: str
    how: str
    source: str
    request: UUID

    @property
    def digest(self) -> bytes:
        """As an entry's: the hash of what stood there."""
        return bytes.fromhex(self.sha256)


AnyEntry = Entry | WithheldEntry


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Entries in the order given, and the signed head after them."""

    entries: tuple[AnyEntry, ...]
    head: SignedBytes


def read_page(body: bytes) -> InboxPage:
    """Take an answer apart (NDJSON). Raises UnexpectedAnswer."""
    lines = body.splitlines()
    if not lines:
        raise UnexpectedAnswer(Words("Hộp đến không có dòng cuối đã ký", "The inbox has no signed head"))
    *entries, last = [_members(line) for line in lines]
    return InboxPage(tuple(_entry(entry) for entry in entries), signed_line(last.get("head")))


def check_page(page: InboxPage, head: InboxHead, *, position: Link, seen: Link) -> tuple[Link, ...]:
    """The chain's value after each entry, once everything fits.

    `position` is where reading stands, `seen` the highest entry verified before. Raises InboxGap, InboxReordered,
    InboxChanged, InboxRolledBack.
    """
    check_numbers([entry.n for entry in page.entries], position.n)
    if head.n < position.n or (not page.entries and position.n < seen.n):
        raise InboxRolledBack(_at(head.n, f"đã đọc tới {seen.n}", f"{seen.n} was read before"))
    links = _chain(page.entries, position)
    last = links[-1] if links else position
    if head.n > last.n:
        raise InboxGap(_at(last.n + 1, f"đầu chuỗi ở số {head.n}", f"the head is at {head.n}"))
    if head.n != last.n or head.chain != last.chain.hex():
        raise InboxChanged(_at(last.n, "chuỗi băm không khớp", "the hash chain differs from the signed head"))
    for link in links:
        if link.n == seen.n and link.chain != seen.chain:
            raise InboxRolledBack(_at(link.n, "khác với lần đọc trước", "it is not what was read before"))
    return links


def check_numbers(numbers: Sequence[int], after: int) -> None:
    """Each is the next one behind `after`. Raises InboxGap, InboxReordered."""
    for expected, n in enumerate(numbers, after + 1):
        if n == expected:
            continue
        if n < expected or expected in numbers:
            raise InboxReordered(_at(n, f"chờ số {expected}", f"{expected} was expected"))
        raise InboxGap(_at(expected, f"nhận số {n}", f"{n} came instead"))


def _chain(entries: Sequence[AnyEntry], position: Link) -> tuple[Link, ...]:
    links: list[Link] = []
    chain = position.chain
    for entry in entries:
        chain = chain_next(chain, entry.digest, entry.n)
        links.append(Link(entry.n, chain))
    return tuple(links)


def _entry(members: dict[str, JsonValue]) -> AnyEntry:
    n = members.get("n")
    if type(n) is not int or n < 1:
        raise UnexpectedAnswer(Words("Dòng hộp đến thiếu số thứ tự", "A line of the inbox has no number"))
    if "withheld" in members:
        return _withheld(n, members)
    message = {name: value for name, value in members.items() if name not in ("n", "receipt")}
    return Entry(n, signed_line(message), signed_line(members.get("receipt")))


def _withheld(n: int, members: dict[str, JsonValue]) -> WithheldEntry:
    sha256, how, request = members.get("sha256"), members["withheld"], members.get("request")
    source, message_id = (request.get("source"), request.get("message_id")) if isinstance(request, dict) else ("", "")
    try:
        if (
            isinstance(sha256, str)
            and isinstance(how, str)
            and isinstance(source, str)
            and isinstance(message_id, str)
            and _SHA256.fullmatch(sha256)
            and _HOW.fullmatch(how)
            and source.startswith("/")
        ):
            return WithheldEntry(n, sha256, how, source, parse_id(message_id))
    except MalformedId:
        pass
    raise UnexpectedAnswer(_at(n, "dòng đã giữ lại không đúng dạng", "what is withheld is not said as it must be"))


def _members(line: bytes) -> dict[str, JsonValue]:
    try:
        value = loads(line, max_bytes=MAX_LINE_BYTES)
    except MalformedJson as error:
        raise UnexpectedAnswer(Words("Dòng hộp đến không phải JSON", "A line of the inbox is not JSON")) from error
    if not isinstance(value, dict):
        raise UnexpectedAnswer(Words("Dòng hộp đến không phải đối tượng JSON", "A line is not a JSON object"))
    return value


def _at(n: int, vi: str, en: str) -> Words:
    return Words(f"Tại số {n}: {vi}", f"At number {n}: {en}")
