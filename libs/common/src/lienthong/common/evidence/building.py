"""Making an evidence file: entries in their order, their hashes in a manifest, the exchange's signature over that."""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from lienthong.common.errors import Words
from lienthong.common.evidence import layout
from lienthong.common.evidence.container import MOST_BYTES, ContainerWriter
from lienthong.common.evidence.faults import EvidenceRefused, Fault
from lienthong.common.evidence.parts import EvidenceParts, InboxPart, ProvenMessage, ProvenRecord, Subject
from lienthong.common.evidence.summary import summary_page
from lienthong.common.messages.evidence import MOST_ENTRIES, MOST_ENTRY_BYTES, EvidenceEntry, EvidenceManifest
from lienthong.common.signing import SignedBytes
from lienthong.common.strict_json import JsonValue, dumps

Entry = tuple[str, bytes]


def build_evidence(parts: EvidenceParts, sign: Callable[[bytes], SignedBytes]) -> bytes:
    """The file, whole; attachments may be added to it by whoever has them. Raises EvidenceRefused (too large).

    Raises ValueError for a record that no authority has stamped: such evidence would prove nothing.
    """
    entries = list(_entries(parts))
    contents = [content for _, content in entries]
    _check_size(contents)
    payload = _manifest(parts.subject, entries)
    _check_size([payload, *contents])
    manifest = sign(payload)
    out = io.BytesIO()
    writer = ContainerWriter(out)
    for name, content in (*_signed(layout.MANIFEST.removesuffix(".json"), manifest), *entries):
        writer.add(name, content)
    writer.finish()
    return out.getvalue()


def _check_size(contents: Sequence[bytes]) -> None:
    """What no verifier would read is not made."""
    sizes = [len(content) for content in contents]
    if len(sizes) > MOST_ENTRIES or max(sizes) > MOST_ENTRY_BYTES or sum(sizes) > MOST_BYTES:
        words = Words("bằng chứng quá lớn cho một tệp", "the evidence is too large for one file")
        raise EvidenceRefused(Fault.CONTAINER, words)


def _entries(parts: EvidenceParts) -> Iterator[Entry]:
    yield layout.SUMMARY, summary_page(parts)
    yield from _message(layout.DOCUMENT, parts.document)
    for place, each in enumerate(parts.messages, 1):
        yield from _message(layout.message_folder(place), each)
    yield from _inbox(parts.inbox)
    yield from _blocks(each.record for each in (parts.document, *parts.messages))
    for fingerprint, statement in sorted(parts.certificates.items()):
        yield from _signed(layout.register_entry(fingerprint), statement)
    for each in sorted(parts.lists, key=lambda each: (each.issuer, each.number)):
        yield layout.list_entry(each.issuer, each.number), each.der


def _message(folder: str, proven: ProvenMessage) -> Iterator[Entry]:
    yield from _signed(f"{folder}/message", proven.message)
    yield from _signed(f"{folder}/receipt", proven.receipt)
    yield f"{folder}/record.json", proven.record.entry
    path: list[JsonValue] = [each.hex() for each in proven.record.path]
    place: dict[str, JsonValue] = {"block": proven.record.block, "position": proven.record.position, "path": path}
    yield f"{folder}/proof.json", dumps(place)


def _inbox(inbox: InboxPart) -> Iterator[Entry]:
    after: list[JsonValue] | None = None if inbox.after is None else [each.hex() for each in inbox.after]
    yield layout.LINKS, dumps({"before": inbox.before.hex(), "after": after})
    yield from _signed(layout.HEAD, inbox.head)
    if inbox.delivery_receipt is not None:
        yield from _signed(layout.DELIVERY_RECEIPT, inbox.delivery_receipt)


def _blocks(records: Iterable[ProvenRecord]) -> Iterator[Entry]:
    for block, record in sorted({record.block: record for record in records}.items()):
        if record.stamp is None:
            raise ValueError(f"block {block} has no time stamp")
        yield from _signed(f"{layout.block_folder(block)}/head", record.head)
        yield f"{layout.block_folder(block)}/stamp.tst", record.stamp


def _signed(name: str, signed: SignedBytes) -> Iterator[Entry]:
    yield f"{name}.json", signed.payload
    yield f"{name}.jws", signed.jws.encode("ascii")


def _manifest(subject: Subject, entries: Iterable[Entry]) -> bytes:
    manifest = EvidenceManifest(
        type="vn.lienthong.exchange.evidence_manifest.v1",
        environment=subject.environment,
        source=f"/agencies/{subject.sender}",
        message_id=subject.message_id,
        subject=subject.subject,
        recipient=subject.recipient,
        lane=subject.lane,
        n=subject.n,
        made_for=f"/agencies/{subject.made_for}",
        made_at=subject.made_at,
        entries=tuple(
            EvidenceEntry(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
            for name, content in entries
        ),
    )
    return manifest.model_dump_json(exclude_none=True).encode("utf-8")
