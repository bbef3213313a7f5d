"""Test vectors of evidence: `python -m tests.vectors.evidence.make` writes them anew, with fresh keys.

Each is a file beside `anchors.pem`, and a line of `index.json` that says what a verifier is to find: the exit code, the
step at which it ends, and the reason. Most of them are bad. Verifiers in other languages try themselves on them.
"""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.vectors.evidence.splices import Lie, changed, splices

from lienthong.common.evidence import ContainerWriter, EvidenceParts, build_evidence, read_container
from lienthong.common.messages.accounts import CertificateState
from lienthong.common.messages.document import BusinessType
from lienthong.common.messages.status import StatusCode
from lienthong.common.pki import Revoked
from lienthong.common.signing import SignedBytes
from lienthong.common.testing.evidence import Notary

FOLDER: Final = Path(__file__).parent
AT: Final = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)
ATTACHED: Final = b"%PDF-1.7\n% a short annex\n"


@dataclass(frozen=True, slots=True)
class Vector:
    """A file and what is to be found in it."""

    name: str
    about: str
    file: bytes
    exit_code: int
    step: str | None = None
    reason: str | None = None


def make() -> tuple[bytes, list[Vector]]:
    """The anchor (PEM) and all vectors."""
    notary = Notary(AT)
    vectors = [*_good(notary), *_containers(notary), *_lies(notary), *_spliced(notary), *_later(notary)]
    return b"".join(each.to_pem() for each in notary.voice.authority.anchors), vectors


def _good(notary: Notary) -> Iterator[Vector]:
    yield Vector("good", "two statuses, acknowledged two entries later", notary.file(), 0)
    bare = notary.parts(statuses=())
    bare = replace(bare, inbox=replace(bare.inbox, delivery_receipt=None, after=()))
    yield Vector("good-bare", "nothing became of it yet", notary.file(bare), 0)
    done = notary.parts(statuses=[StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.ASSIGNED, StatusCode.DONE])
    yield Vector("good-done", "handled to its end", notary.file(done), 0)
    uncounted = notary.parts()
    uncounted = replace(uncounted, inbox=notary.acknowledged_late(uncounted.inbox))
    yield Vector("good-many-links", "too many entries up to the delivery receipt", notary.file(uncounted), 0)
    attached = notary.file(notary.parts(attachments=[ATTACHED]))
    yield Vector("good-attachment-outside", "an attachment by its hash alone", attached, 0)
    yield Vector("good-attachment-inside", "the same with the file", _with_file(attached, ATTACHED), 0)
    foreign = _with_file(attached, b"another file")
    yield Vector("bad-attachment-foreign", "a file that is not named", foreign, 1, "attachments", "evidence.attachment")


def _containers(notary: Notary) -> Iterator[Vector]:
    good = notary.file()
    entries = dict(read_container(io.BytesIO(good)).entries)
    place = good.index(b"<!DOCTYPE") + 40
    damaged = {
        "byte": (good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :], "one byte of the summary page"),
        "cut": (good[:-1], "the last byte is missing"),
        "longer": (good + b"\n", "a byte behind the end"),
        "prefix": (b"#!" + good, "bytes in front"),
        "comment": (good[:-2] + struct.pack("<H", 2) + b"hi", "a comment of the archive"),
        "time": (good[:10] + b"\x01" + good[11:], "another time in a header"),
        "encrypted": (good[:6] + b"\x01" + good[7:], "a flag in a header"),
        "second-directory": (good + good[good.index(b"PK\x01\x02") :], "a second directory"),
        "deflated": (_zipped(entries, zipfile.ZIP_DEFLATED), "compressed by another program"),
        "other-program": (_zipped(entries, zipfile.ZIP_STORED), "stored by another program"),
        "empty": (b"", "nothing"),
        "no-entries": (_written({}), "an archive without entries"),
        "twice": (_written_twice(entries), "an entry twice"),
    }
    for name, (file, about) in damaged.items():
        reason = "evidence.entries" if name == "no-entries" else "evidence.container"
        yield Vector(f"bad-{name}", about, file, 1, "container", reason)
    changed = {
        "entry-added": (_written({**entries, "note.txt": b"x"}), "an entry that is not in the manifest"),
        "entry-missing": (_written({k: v for k, v in entries.items() if k != "summary.html"}), "no summary page"),
        "summary": (_written({**entries, "summary.html": b"<p>other</p>"}), "another page, checksums right"),
        "document": (_written({**entries, "document/message.json": b"{}"}), "other content, checksums right"),
        "order": (_written(dict([*list(entries.items())[:2], *reversed(list(entries.items())[2:])])), "another order"),
    }
    for name, (file, about) in changed.items():
        yield Vector(f"bad-{name}", about, file, 1, "container", "evidence.entries")
    manifest = entries["manifest.json"].replace(b'"n":7', b'"n":8')
    yield Vector(
        "bad-manifest",
        "a changed member of the manifest",
        _written({**entries, "manifest.json": manifest}),
        1,
        "manifest",
        "signature.wrong",
    )


def _lies(notary: Notary) -> Iterator[Vector]:
    parts = notary.parts(statuses=())
    agency = build_evidence(parts, notary.sender.signer.sign)
    yield Vector("bad-manifest-by-agency", "signed by an agency", agency, 1, "manifest", "policy.holder")
    for lies in (_about_the_document(notary, parts), _about_the_log(notary, parts), _beside(parts)):
        for lie, name, about, step, reason in lies:
            yield Vector(f"bad-{name}", about, notary.file(lie), 1, step, reason)
    unclear = notary.file(replace(parts, lists=[]))
    yield Vector("unknown-no-lists", "no revocation lists", unclear, 2, "register", "revocation.missing")


def _spliced(notary: Notary) -> Iterator[Vector]:
    for lie, name, about, step, reason in splices(notary):
        yield Vector(f"bad-{name}", about, notary.file(lie), 1, step, reason)
    early = notary.parts(statuses=())
    subject = replace(early.subject, made_at=AT - timedelta(minutes=10))
    notary.clock.move(minutes=-10)
    backdated = notary.file(replace(early, subject=subject))
    notary.clock.at = AT
    about = "the manifest was signed ten minutes before a stamp in it"
    yield Vector("bad-manifest-before-stamp", about, backdated, 1, "stamps", "evidence.time")
    for name, kind in (("good-revoked", BusinessType.REVOKE), ("good-updated", BusinessType.UPDATE)):
        about = f"a document that {'revokes' if kind is BusinessType.REVOKE else 'updates'} it"
        yield Vector(name, about, notary.file(changed(notary, notary.parts(), kind)), 0)


def _about_the_document(notary: Notary, parts: EvidenceParts) -> Iterator[Lie]:
    content, jws = parts.document.message.payload, parts.document.message.jws
    step, reason = "document", "evidence.receipt"
    other = notary.parts().document.receipt
    yield _document(parts, receipt=other), "receipt-of-another", "a receipt of another document", step, reason
    other = notary.recipient.signer.sign(content)
    yield _document(parts, message=other), "seal-of-another", "another agency's seal", step, reason
    other = SignedBytes(content + b" ", jws)
    yield _document(parts, message=other), "content", "a space behind the content", step, reason


def _about_the_log(notary: Notary, parts: EvidenceParts) -> Iterator[Lie]:
    record, step, reason = parts.document.record, "document", "evidence.audit"
    changed = record.entry.replace(b"done", b"gone")
    yield _record(parts, entry=changed), "record", "a changed record", step, reason
    yield _record(parts, position=1), "position", "another place in the block", step, reason
    yield _record(parts, path=record.path[:-1]), "path", "a path that is too short", step, reason
    step, reason = "stamps", "timestamp.other_content"
    other = notary.stamp(hashlib.sha256(b"x").digest())
    yield _record(parts, stamp=other), "stamp", "a stamp over something else", step, reason
    yield _record(parts, stamp=b"0\0"), "stamp-malformed", "no token", step, "timestamp.malformed"


def _beside(parts: EvidenceParts) -> Iterator[Lie]:
    lie = replace(parts, subject=replace(parts.subject, n=8))
    yield lie, "number", "another number in the inbox", "inbox", "evidence.chain"
    lie = replace(parts, inbox=replace(parts.inbox, after=()))
    yield lie, "links", "links that do not lead to the delivery receipt", "inbox", "evidence.chain"
    lie = replace(parts, messages=[parts.document])
    yield lie, "twice-said", "the document as a message beside itself", "messages", "evidence.other_document"
    yield replace(parts, certificates={}), "no-register", "nothing of accounts", "manifest", "certificate.unknown"


def _later(notary: Notary) -> Iterator[Vector]:
    parts, seal = notary.parts(), notary.sender.certificate
    before, after = AT - timedelta(minutes=1), AT + timedelta(hours=1)
    notary.clock.move(days=1)
    subject = replace(parts.subject, made_at=notary.clock.now())
    past = [(CertificateState.ACTIVE, AT - timedelta(minutes=50)), (CertificateState.REVOKED, after)]
    said = notary.voice.certificate(notary.sender, version=2, history=past).signed
    for name, at, exit_code, step, reason in (
        ("good-revoked-later", after, 0, None, None),
        ("bad-revoked-before", before, 1, "document", "certificate.revoked"),
    ):
        lists = [*parts.lists, *notary.lists(Revoked(seal.serial, at), number=2)]
        told = replace(parts, subject=subject, lists=lists)
        if exit_code == 0:
            told = replace(told, certificates={**parts.certificates, seal.fingerprint: said})
        about = f"the seal's certificate was revoked {'after' if exit_code == 0 else 'before'} the acceptance"
        yield Vector(name, about, notary.file(told), exit_code, step, reason)


def _document(parts: EvidenceParts, **changes: SignedBytes) -> EvidenceParts:
    return replace(parts, document=replace(parts.document, **changes))


def _record(parts: EvidenceParts, **changes: object) -> EvidenceParts:
    return replace(parts, document=replace(parts.document, record=replace(parts.document.record, **changes)))


def _with_file(file: bytes, content: bytes) -> bytes:
    def attach(writer: ContainerWriter) -> None:
        writer.add_attachment(hashlib.sha256(content).hexdigest(), io.BytesIO(content))

    return _written(dict(read_container(io.BytesIO(file)).entries), attach)


def _written(entries: dict[str, bytes], more: Callable[[ContainerWriter], None] | None = None) -> bytes:
    out = io.BytesIO()
    writer = ContainerWriter(out)
    for name, content in entries.items():
        writer.add(name, content)
    if more is not None:
        more(writer)
    writer.finish()
    return out.getvalue()


def _written_twice(entries: dict[str, bytes]) -> bytes:
    return _written(entries, lambda writer: writer.add("summary.html", entries["summary.html"]))


def _zipped(entries: dict[str, bytes], method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as other:
        for name, content in entries.items():
            other.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def main() -> None:
    """Write everything into this folder."""
    anchor, vectors = make()
    for old in FOLDER.glob("*.zip"):
        old.unlink()
    (FOLDER / "anchors.pem").write_bytes(anchor)
    lines: list[dict[str, object]] = []
    for each in vectors:
        (FOLDER / f"{each.name}.zip").write_bytes(each.file)
        line: dict[str, object] = {"file": f"{each.name}.zip", "about": each.about, "exit_code": each.exit_code}
        lines.append(line | {"step": each.step, "reason": each.reason})
    (FOLDER / "index.json").write_text(json.dumps(lines, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
