"""An evidence file taken apart: every entry has its place, and none is left over. Nothing is verified here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lienthong.common.errors import Words
from lienthong.common.evidence import layout
from lienthong.common.evidence.container import Container
from lienthong.common.evidence.faults import EvidenceRefused, Fault
from lienthong.common.evidence.parts import MOST_LINKS
from lienthong.common.messages.exchange import Statement
from lienthong.common.messages.parts import Sha256
from lienthong.common.signing import SignedBytes
from lienthong.common.strict_json import MalformedJson, loads

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=Statement)

_MOST_JSON = 4 << 20
_LONGEST_PATH = 64


class Proof(BaseModel):
    """Where a record stands in its block, and the hashes that lead from it to the block's root."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    block: int = Field(ge=1)
    position: int = Field(ge=0)
    path: list[Sha256] = Field(max_length=_LONGEST_PATH)


class Links(BaseModel):
    """The link in front of the document's, and the hashes of the entries behind it up to the delivery receipt's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    before: Sha256
    after: Annotated[list[Sha256], Field(max_length=MOST_LINKS)] | None


class AuditEntry(BaseModel):
    """A record of the audit log (`audit.py`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    act: str
    at: str
    details: dict[str, str | int | bool | None]
    id: str
    object: str
    outcome: str
    who: str


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """A message, its receipt, the record of its acceptance, and the proof of that."""

    message: SignedBytes
    receipt: SignedBytes
    record: bytes
    proof: Proof


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything in its place. `block` gives head and stamp of a block of the audit log."""

    manifest: SignedBytes
    document: OpenedMessage
    messages: tuple[OpenedMessage, ...]
    links: Links
    head: SignedBytes
    delivery_receipt: SignedBytes | None
    blocks: Mapping[int, tuple[SignedBytes, bytes]]
    certificates: Mapping[str, SignedBytes]
    lists: tuple[bytes, ...]
    container: Container


def open_container(container: Container) -> Opened:
    """Give every entry its place. Raises EvidenceRefused: ENTRIES, MALFORMED."""
    if list(container.entries)[:2] != [layout.MANIFEST, layout.MANIFEST_JWS]:
        raise EvidenceRefused(
            Fault.ENTRIES, Words("tệp không mở đầu bằng manifest", "the manifest does not come first")
        )
    left = _Left(dict(container.entries))
    manifest = left.signed(layout.MANIFEST.removesuffix(".json"))
    left.take(layout.SUMMARY)
    document, messages = _message(left, layout.DOCUMENT), list[OpenedMessage]()
    while f"{layout.message_folder(len(messages) + 1)}/message.json" in left.entries:
        messages.append(_message(left, layout.message_folder(len(messages) + 1)))
    opened = Opened(
        manifest=manifest,
        document=document,
        messages=tuple(messages),
        links=parsed(left.take(layout.LINKS), Links),
        head=left.signed(layout.HEAD),
        delivery_receipt=_receipt(left),
        blocks={
            block: (
                left.signed(f"{layout.block_folder(block)}/head"),
                left.take(f"{layout.block_folder(block)}/stamp.tst"),
            )
            for block in sorted({document.proof.block, *(each.proof.block for each in messages)})
        },
        certificates=_certificates(left),
        lists=tuple(left.take(name) for name in left.below(layout.LIST)),
        container=container,
    )
    if left.entries:
        raise EvidenceRefused(
            Fault.ENTRIES,
            Words(f"mục không thuộc bằng chứng: {min(left.entries)}", f"an entry has no place: {min(left.entries)}"),
        )
    return opened


def parsed(content: bytes, model: type[M]) -> M:
    """JSON that can be read in one way only. Raises EvidenceRefused(MALFORMED)."""
    try:
        loads(content, max_bytes=_MOST_JSON)
        return model.model_validate_json(content)
    except (MalformedJson, ValidationError) as error:
        raise _malformed(model) from error


def statement(payload: bytes, kind: type[S]) -> S:
    """A statement of the exchange; members of later versions are passed over. Raises EvidenceRefused(MALFORMED)."""
    try:
        loads(payload, max_bytes=_MOST_JSON)
        return kind.model_validate_json(payload, strict=True, extra="ignore")
    except (MalformedJson, ValidationError) as error:
        raise _malformed(kind) from error


@dataclass(slots=True)
class _Left:
    """Entries that have no place yet."""

    entries: dict[str, bytes]

    def take(self, name: str) -> bytes:
        content = self.entries.pop(name, None)
        if content is None:
            raise EvidenceRefused(Fault.ENTRIES, Words(f"thiếu mục {name}", f"the entry {name} is missing"))
        return content

    def signed(self, name: str) -> SignedBytes:
        payload, jws = self.take(f"{name}.json"), self.take(f"{name}.jws")
        try:
            return SignedBytes(payload, jws.decode("ascii"))
        except UnicodeDecodeError:
            words = Words(f"chữ ký {name} không đọc được", f"the signature {name} cannot be read")
            raise EvidenceRefused(Fault.MALFORMED, words) from None

    def below(self, form: re.Pattern[str]) -> list[str]:
        return sorted(name for name in self.entries if form.fullmatch(name))


def _message(left: _Left, folder: str) -> OpenedMessage:
    return OpenedMessage(
        left.signed(f"{folder}/message"),
        left.signed(f"{folder}/receipt"),
        left.take(f"{folder}/record.json"),
        parsed(left.take(f"{folder}/proof.json"), Proof),
    )


def _receipt(left: _Left) -> SignedBytes | None:
    return left.signed(layout.DELIVERY_RECEIPT) if f"{layout.DELIVERY_RECEIPT}.json" in left.entries else None


def _certificates(left: _Left) -> dict[str, SignedBytes]:
    names = [name.removesuffix(".json") for name in left.below(layout.STATEMENT)]
    return {name.removeprefix(layout.REGISTER): left.signed(name) for name in names}


def _malformed(kind: type[BaseModel]) -> EvidenceRefused:
    words = Words(f"không đọc được {kind.__name__}", f"{kind.__name__} cannot be read")
    return EvidenceRefused(Fault.MALFORMED, words)
