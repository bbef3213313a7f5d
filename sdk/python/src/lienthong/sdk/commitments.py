"""Files in which agencies tell each other how much passed between them: written, read, verified (docs/reconcile.md).

A file is lines of JSON. The first holds the commitment under the agency's seal with the certificates and revocation
lists to judge it by; each further line names one message. The first line is whole without the others.
"""

import base64
import binascii
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lienthong.common.clock import Timestamp, local_day
from lienthong.common.errors import LienthongError, Words
from lienthong.common.ids import Id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.parts import Sha256, ShortText
from lienthong.common.messages.reconciliation import MOST_DAYS, Commitment, DayHead, Direction, day_chain
from lienthong.common.signing import (
    STORED,
    HeldBy,
    KnownCertificate,
    KnownCertificates,
    MaterialRefused,
    RevocationData,
    SignedBytes,
    TrustStore,
    Verified,
    Verifier,
    all_of,
    load_chain,
)
from lienthong.common.signing.errors import SigningError
from lienthong.common.strict_json import JsonValue, MalformedJson, dumps, loads
from lienthong.sdk.errors import BadInput
from lienthong.sdk.trust import Material

MAX_FIRST_LINE = 16 << 20
MAX_LINE = 16 << 10
MAX_FILE = 256 << 20
"""What a reader holds in memory: some 700,000 messages."""

Slot = tuple[Direction, date, Lane]
Judge = Callable[["CommitmentFile", str], Awaitable[Verified]]
"""Verifies the commitment of a file as said by a source, as of its signing. Raises SigningError and its like."""


class CommitmentRefused(BadInput):
    """A file is no commitment, or not the agency's word: its seal, its holder or its list does not hold."""

    code = "sdk_commitment_refused"
    title = Words("Bản cam kết đối soát không hợp lệ", "The commitment does not hold")
    advice = Words(
        "Không đối soát bằng tệp này; đề nghị cơ quan lập lại và gửi lại nguyên tệp.",
        "Do not compare with this file; ask the agency to make it anew and to hand it over unchanged.",
    )
    RULE = "N5"


class CommitmentEntry(BaseModel):
    """One message, never its content. Of what is given out no more, only hash, day and `withheld` are known."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    direction: Direction
    day: date
    lane: Lane
    sha256: Sha256
    message_id: Id | None = None
    accepted_at: Timestamp | None = None
    type: ShortText | None = None
    document_id: ShortText | None = None
    withheld: Annotated[str | None, Field(pattern=r"^[a-z][a-z_]{0,49}$")] = None
    acknowledged: bool | None = None
    """Of what was received: whether the system that wrote this has acknowledged it."""

    @property
    def slot(self) -> Slot:
        """Which head it counts in."""
        return self.direction, self.day, self.lane


class _First(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    commitment: dict[str, str]
    certificates: str
    lists: list[str]


@dataclass(frozen=True, slots=True)
class CommitmentFile:
    """A file taken apart, nothing of it verified. `lines` are the exact bytes behind the first line."""

    signed: SignedBytes
    material: Material
    lines: bytes

    def to_bytes(self, *, entries: bool = True) -> bytes:
        """The file, with the lines that name messages or without them."""
        first: JsonValue = {
            "commitment": dict(self.signed.to_line()),
            "certificates": self.material.certificates.decode("ascii"),
            "lists": [base64.b64encode(each).decode() for each in self.material.lists],
        }
        return dumps(first) + b"\n" + (self.lines if entries else b"")


@dataclass(frozen=True, slots=True)
class Told:
    """What an agency has said of itself and its counterpart, verified; `entries` is None where they were not given."""

    commitment: Commitment
    entries: tuple[CommitmentEntry, ...] | None

    @property
    def agency_id(self) -> UUID:
        """Whose word it is."""
        return self.commitment.agency.agency_id


def write_entries(entries: Iterable[CommitmentEntry]) -> bytes:
    """A line for each, in the order of direction, day, lane and hash."""
    ordered = sorted(entries, key=lambda each: (*map(str, each.slot), each.sha256))
    return b"".join(each.model_dump_json(exclude_none=True).encode() + b"\n" for each in ordered)


def heads_of(agency: UUID, counterpart: UUID, entries: Iterable[CommitmentEntry]) -> tuple[DayHead, ...]:
    """One head for each direction, day and lane that has messages, in this order."""
    slots: defaultdict[Slot, list[bytes]] = defaultdict(list)
    for each in entries:
        slots[each.slot].append(bytes.fromhex(each.sha256))
    heads: list[DayHead] = []
    for direction, day, lane in sorted(slots, key=lambda slot: tuple(map(str, slot))):
        digests = slots[direction, day, lane]
        ways = (agency, counterpart) if direction is Direction.SENT else (counterpart, agency)
        chain = day_chain(*ways, lane, day, digests).hex()
        heads.append(DayHead(direction=direction, day=day, lane=lane, count=len(digests), chain=chain))
    return tuple(heads)


def read_file(content: bytes) -> CommitmentFile:
    """Take a file apart. Raises CommitmentRefused."""
    if len(content) > MAX_FILE:
        raise too_large()
    first, _, lines = content.partition(b"\n")
    try:
        told = _First.model_validate(loads(first, max_bytes=MAX_FIRST_LINE))
        lists = tuple(base64.b64decode(each, validate=True) for each in told.lists)
        signed = SignedBytes.from_line(told.commitment)
        return CommitmentFile(signed, Material(told.certificates.encode("ascii"), lists), lines)
    except (MalformedJson, MaterialRefused, ValidationError, UnicodeEncodeError, binascii.Error) as error:
        words = Words("dòng đầu không phải cam kết đối soát", "its first line is no commitment")
        raise CommitmentRefused(words) from error


def too_large() -> CommitmentRefused:
    """Of a file that nobody reads."""
    mib = MAX_FILE >> 20
    return CommitmentRefused(
        Words(
            f"tệp lớn hơn {mib} MiB, hãy đối soát ít ngày hơn", f"more than {mib} MiB: reconcile fewer days at a time"
        )
    )


async def verify_file(file: CommitmentFile, judge: Judge) -> Told:
    """What the file says, once seal, holder, heads and list hold. Raises CommitmentRefused, and what `judge` raises.

    1. the commitment is of its one form, and its days are in order
    2. it is sealed by the agency that it names, as of its signing
    3. it was not begun after it was signed
    4. the lines, where there are any, are those it names by their hash, and make its heads
    """
    commitment = _parse(file.signed.payload)
    source = f"/agencies/{commitment.agency.agency_id}"
    try:
        verified = await judge(file, source)
    except SigningError as error:
        raise CommitmentRefused(Words(f"con dấu: {error.reason}", f"its seal: {error.reason}")) from error
    if commitment.made_at > verified.signed_at + timedelta(minutes=5):
        raise CommitmentRefused(Words("thời điểm lập sau lúc ký", "it was begun after it was signed"))
    return Told(commitment, _entries(commitment, file.lines))


def judge_offline(trust: TrustStore, lists: Sequence[bytes] = ()) -> Judge:
    """By the material in the file and anchors at hand, without a network. Raises CommitmentRefused."""

    async def judge(file: CommitmentFile, source: str) -> Verified:
        try:
            production = _parse(file.signed.payload).environment == "production"
            anchors = TrustStore(trust.anchors, trust.intermediates, refuse_training=production)
            chain = load_chain(file.material.certificates)
            known = KnownCertificates(KnownCertificate(each, chain) for each in chain)
            revocations = RevocationData()
            for each in (*file.material.lists, *lists):
                revocations.add_crl(each)
            at = file.signed.unverified_header().signed_at
        except MaterialRefused as error:
            raise CommitmentRefused(Words(str(error), str(error))) from error
        policy = all_of(STORED, HeldBy(source))
        return Verifier(anchors, revocations, STORED).verify(file.signed, at=at, certificates=known, policy=policy)

    return judge


def _parse(payload: bytes) -> Commitment:
    try:
        loads(payload)
        commitment = Commitment.model_validate_json(payload, strict=True, extra="ignore")
    except (MalformedJson, ValidationError) as error:
        raise CommitmentRefused(Words("cam kết sai cấu trúc", "the commitment is malformed")) from error
    days = (commitment.last - commitment.first).days + 1
    slots = [(each.direction, each.day, each.lane) for each in commitment.heads]
    in_span = all(commitment.first <= each.day <= commitment.last for each in commitment.heads)
    # Else everything that came on them would have come after the books were read, and nothing would ever be missing.
    begun = commitment.last <= local_day(commitment.made_at)
    if not 1 <= days <= MOST_DAYS or not in_span or not begun or len(set(slots)) != len(slots):
        raise CommitmentRefused(Words("các ngày của cam kết không hợp lệ", "the days of the commitment do not fit"))
    return commitment


def _entries(commitment: Commitment, lines: bytes) -> tuple[CommitmentEntry, ...] | None:
    if not lines and commitment.entries:
        return None
    if hashlib.sha256(lines).hexdigest() != commitment.entries_sha256:
        raise CommitmentRefused(Words("danh mục đã bị thay đổi", "the list was changed"))
    try:
        *whole, rest = lines.split(b"\n")
        entries = tuple(_entry(line) for line in whole)
    except (LienthongError, ValidationError) as error:
        raise CommitmentRefused(Words("danh mục không đọc được", "the list cannot be read")) from error
    heads = heads_of(commitment.agency.agency_id, commitment.counterpart.agency_id, entries)
    if rest or any(each.accepted_at and each.day != local_day(each.accepted_at) for each in entries):
        raise CommitmentRefused(Words("danh mục tự mâu thuẫn", "the list contradicts itself"))
    if len(entries) != commitment.entries or set(heads) != set(commitment.heads):
        raise CommitmentRefused(Words("danh mục không khớp số đã cam kết", "the list does not make the heads"))
    return entries


def _entry(line: bytes) -> CommitmentEntry:
    loads(line, max_bytes=MAX_LINE)
    return CommitmentEntry.model_validate_json(line, strict=True)
