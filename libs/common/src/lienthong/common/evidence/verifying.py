"""Verifying an evidence file: offline, with configured anchors and nothing else.

1. the container is written in its one form, every entry has its place and its hash            (container)
2. what accounts signed about certificates holds, by an anchor and the lists in the file       (register)
3. the exchange signed the manifest, and with it every entry by its size and SHA-256           (manifest)
4. heads of the audit log: stamped by an authority, signed by the exchange, linked             (stamps)
5. the document: seal as of its acceptance, receipt, record in a stamped block                 (document)
6. its link leads to the signed head of the recipient's inbox, and to the delivery receipt     (inbox)
7. each other message: seal, receipt, record, and that it is about this document there         (messages)
8. attached files are those that the document names                                            (attachments)

The exchange's receipts and heads are judged as of the time stamp, which it cannot choose; seals as of the receipt.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final
from uuid import UUID

from lienthong.common.clock import to_text
from lienthong.common.errors import Words
from lienthong.common.evidence.about import belongs, is_the_document, speaker_of
from lienthong.common.evidence.belief import Belief
from lienthong.common.evidence.container import read_container
from lienthong.common.evidence.events import read_event
from lienthong.common.evidence.faults import EvidenceRefused, Fault, of_stamp
from lienthong.common.evidence.opened import AuditEntry, Opened, OpenedMessage, open_container, parsed, statement
from lienthong.common.evidence.parts import MOST_LINKS
from lienthong.common.evidence.report import Proven, Report, Step, StepOutcome, Taken
from lienthong.common.local_time import local_time
from lienthong.common.merkle import root_by
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.evidence import AuditHead, EvidenceManifest, audit_next, stamped_digest
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    DeliveryReceipt,
    DocumentSent,
    InboxHead,
    SubmissionReceipt,
    TakeBackRequested,
    chain_next,
)
from lienthong.common.signing import Reason, SignedBytes, TrustStore
from lienthong.common.sources import EXCHANGE
from lienthong.common.timestamps import TimeStamp, TimeStampRefused, verify_token

_AHEAD: Final = timedelta(minutes=5)
"""How far the exchange's clock and an authority's may differ."""
_SAID, _ACCEPTED = "message.say", "message.accept"


def verify_evidence(file: BinaryIO, trust: TrustStore, more_lists: Iterable[bytes] = ()) -> Report:
    """Verify to the last byte. `more_lists` are revocation lists beyond those in the file, newer ones for example."""
    return _Verifying(trust, tuple(more_lists)).run(file)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of the audit log, its head verified."""

    head: AuditHead
    stamp: TimeStamp


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A message that was sealed, accepted and put on record, all verified."""

    event: Event[Any]
    receipt: SubmissionReceipt
    block: _Block


@dataclass(slots=True)
class _Verifying:
    """One file; each step needs what those before it found."""

    trust: TrustStore
    more_lists: tuple[bytes, ...]
    taken: list[Taken] = field(default_factory=list[Taken])
    opened: Opened = field(init=False)
    belief: Belief = field(init=False)
    manifest: EvidenceManifest = field(init=False)
    signed_at: datetime = field(init=False)
    blocks: dict[int, _Block] = field(default_factory=dict[int, _Block])
    document: _Accepted = field(init=False)
    acknowledged_at: datetime | None = None
    beside: list[_Accepted] = field(default_factory=list[_Accepted])

    def run(self, file: BinaryIO) -> Report:
        steps = {
            Step.CONTAINER: lambda: self._container(file),
            Step.REGISTER: self._register,
            Step.MANIFEST: self._manifest,
            Step.STAMPS: self._stamps,
            Step.DOCUMENT: self._document,
            Step.INBOX: self._inbox,
            Step.MESSAGES: self._messages,
            Step.ATTACHMENTS: self._attachments,
        }
        for step, take in steps.items():
            try:
                self.taken.append(Taken(step, StepOutcome.GOOD, take()))
            except EvidenceRefused as refused:
                outcome = StepOutcome.UNKNOWN if refused.unknown else StepOutcome.BAD
                self.taken.append(Taken(step, outcome, refused.words, refused.reason))
                return Report(tuple(self.taken))
        return Report(tuple(self.taken), self._proven())

    def _container(self, file: BinaryIO) -> Words:
        self.opened = open_container(read_container(file))
        found = len(self.opened.container.entries)
        self._check_entries(statement(self.opened.manifest.payload, EvidenceManifest))
        return Words(f"Tệp viết đúng dạng duy nhất, {found} mục", f"The file is in its one form, {found} entries")

    def _check_entries(self, manifest: EvidenceManifest) -> None:
        """Who signed the manifest is seen later; but where entries contradict it, something was changed."""
        held = [
            (name, len(content), hashlib.sha256(content).hexdigest())
            for name, content in list(self.opened.container.entries.items())[2:]
        ]
        if held != [(each.name, each.size, each.sha256) for each in manifest.entries]:
            words = Words("các mục không đúng như manifest", "the entries are not those of the manifest")
            raise EvidenceRefused(Fault.ENTRIES, words)

    def _register(self) -> Words:
        self.belief = Belief.of(self.trust, self.opened.certificates, (*self.opened.lists, *self.more_lists))
        certificates, lists = len(self.opened.certificates), len(self.opened.lists)
        return Words(
            f"{certificates} chứng thư do accounts ký xác nhận, {lists} danh sách thu hồi",
            f"{certificates} certificates as accounts signed them, {lists} revocation lists",
        )

    def _manifest(self) -> Words:
        what = Words("Manifest", "The manifest")
        verified = self.belief.verify_own(self.opened.manifest, said_by=EXCHANGE, what=what)
        self.manifest, self.signed_at = statement(verified.payload, EvidenceManifest), verified.signed_at
        if self.manifest.environment == "production" and any(each.is_training for each in self.trust.anchors):
            words = Words(
                "bằng chứng chính thức, chứng thư gốc đào tạo", "evidence of production, an anchor of training"
            )
            raise EvidenceRefused(Reason.TRUST_TRAINING_ANCHOR, words)
        return Words("Trục liên thông đã ký danh mục của mọi mục", "The exchange signed the list of all entries")

    def _stamps(self) -> Words:
        for block, (head, token) in self.opened.blocks.items():
            self.blocks[block] = self._block(block, head, token)
        latest = max(each.stamp.at for each in self.blocks.values())
        if latest - self.signed_at > _AHEAD:
            raise _time(Words("manifest ký trước dấu thời gian", "the manifest was signed before a stamp in it"))
        count = len(self.blocks)
        return Words(
            f"{count} khối nhật ký có dấu thời gian, muộn nhất {local_time(latest)} (+07)",
            f"{count} time-stamped blocks of the audit log, the latest of {local_time(latest)} (+07)",
        )

    def _block(self, block: int, signed: SignedBytes, token: bytes) -> _Block:
        what = Words(f"Khối nhật ký {block}", f"Block {block} of the audit log")
        try:
            digest = stamped_digest(signed.payload, signed.jws)
            stamp = verify_token(token, digest, trust=self.trust, revocations=self.belief.revocations)
        except TimeStampRefused as refused:
            raise of_stamp(what, refused) from refused
        verified = self.belief.verify(signed, said_by=EXCHANGE, at=stamp.not_after, what=what)
        head = statement(verified.payload, AuditHead)
        linked = audit_next(bytes.fromhex(head.previous), bytes.fromhex(head.root), head.block, head.count).hex()
        if (head.block, head.service, head.chain) != (block, "exchange", linked):
            raise _audit(f"khối {block} không khớp phần đầu đã ký", f"block {block} does not fit its signed head")
        self._check_environment(head.environment)
        return _Block(head, stamp)

    def _document(self) -> Words:
        self.document = self._accepted(self.opened.document, Words("Văn bản", "The document"))
        if not is_the_document(self.document.event, self.manifest):
            raise _other("văn bản không phải của manifest", "the document is not the one of the manifest")
        accepted_at = self.document.receipt.accepted_at
        return Words(
            f"Dấu cơ quan hợp lệ lúc trục tiếp nhận, {local_time(accepted_at)} (+07)",
            f"The agency's seal was good at its acceptance, {local_time(accepted_at)} (+07)",
        )

    def _accepted(self, opened: OpenedMessage, what: Words) -> _Accepted:
        """Seal, receipt and record of a message."""
        block = self.blocks[opened.proof.block]
        receipt = self._receipt(opened, block, what)
        event = read_event(opened.message.payload)
        verified = self.belief.verify(
            opened.message, said_by=speaker_of(event, self.manifest), at=receipt.accepted_at, what=what
        )
        named = event.source, event.id, event.subject, event.data.lane
        if (receipt.source, receipt.message_id, str(receipt.subject), receipt.lane) != named:
            raise EvidenceRefused(Fault.RECEIPT, _with(what, "biên nhận của thông điệp khác", "another's receipt"))
        if verified.holder != event.source:
            raise _other("người ký không phải nơi gửi", "the signer is not who says it")
        self._check_record(opened, event, receipt, block)
        return _Accepted(event, receipt, block)

    def _receipt(self, opened: OpenedMessage, block: _Block, what: Words) -> SubmissionReceipt:
        told = _with(what, "biên nhận", "its receipt")
        verified = self.belief.verify(opened.receipt, said_by=EXCHANGE, at=block.stamp.not_after, what=told)
        receipt = statement(verified.payload, SubmissionReceipt)
        self._check_environment(receipt.environment)
        hashes = _sha256(opened.message.payload), _sha256(opened.message.jws.encode("ascii"))
        if (receipt.sha256, receipt.jws_sha256) != hashes:
            raise EvidenceRefused(Fault.RECEIPT, _with(what, "biên nhận không khớp", "the receipt does not fit"))
        if receipt.accepted_at - block.stamp.not_after > _AHEAD:
            raise _time(_with(what, "tiếp nhận sau dấu thời gian", "accepted after its time stamp"))
        if abs(verified.signed_at - receipt.accepted_at) > _AHEAD:
            raise _time(_with(told, "ký không phải lúc tiếp nhận", "not signed when it was accepted"))
        return receipt

    def _check_record(
        self, opened: OpenedMessage, event: Event[Any], receipt: SubmissionReceipt, block: _Block
    ) -> None:
        record, proof = parsed(opened.record, AuditEntry), opened.proof
        path = [bytes.fromhex(each) for each in proof.path]
        root = root_by(hashlib.sha256(opened.record).digest(), proof.position, block.head.count, path)
        if root is None or root.hex() != block.head.root:
            raise _audit("bản ghi không dẫn tới khối đã ký", "a record does not lead to the signed head of its block")
        act = _SAID if event.source == EXCHANGE else _ACCEPTED
        said = record.act, record.who, record.object, record.outcome, record.details.get("sha256"), record.at
        source, at = event.source, to_text(receipt.accepted_at)
        if said != (act, source, f"{source}/messages/{event.id}", "done", receipt.sha256, at):
            raise _audit("bản ghi về việc khác", "a record is about something else")

    def _inbox(self) -> Words:
        what = Words("Đầu chuỗi hộp đến", "The inbox's head")
        verified = self.belief.verify_own(self.opened.head, said_by=EXCHANGE, what=what)
        head = statement(verified.payload, InboxHead)
        sha256 = hashlib.sha256(self.opened.document.message.payload).digest()
        chain = chain_next(bytes.fromhex(self.opened.links.before), sha256, self.manifest.n)
        self._check_inbox(head, head.n, head.chain, (self.manifest.n, chain.hex()))
        self._check_not_before(head.time, what)
        if abs(verified.signed_at - head.time) > _AHEAD:
            raise _time(_with(what, "ký không phải lúc ghi", "not signed at the time it tells"))
        if self.opened.delivery_receipt is None:
            if self.opened.links.after != []:
                raise EvidenceRefused(Fault.CHAIN, Words("mắt xích thừa", "links that lead nowhere"))
            return Words("Chuỗi hộp đến khớp; nơi nhận chưa xác nhận", "The chain fits; not acknowledged yet")
        self._delivery_receipt(self.opened.delivery_receipt, chain)
        return Words("Chuỗi hộp đến khớp; nơi nhận đã xác nhận", "The chain fits; acknowledged by the recipient")

    def _delivery_receipt(self, signed: SignedBytes, chain: bytes) -> None:
        what = Words("Biên nhận của nơi nhận", "The delivery receipt")
        verified = self.belief.verify_own(signed, said_by=EXCHANGE, what=what)
        receipt = statement(verified.payload, DeliveryReceipt)
        n, after = self.manifest.n, self.opened.links.after
        for each in after or ():
            n += 1
            chain = chain_next(chain, bytes.fromhex(each), n)
        # Too many links to be carried along: then the receipt's own number says that it covers the document.
        covers = receipt.n, receipt.chain
        if after is None and receipt.n - self.manifest.n > MOST_LINKS:
            n, chain = receipt.n, bytes.fromhex(receipt.chain)
        self._check_inbox(receipt, *covers, (n, chain.hex()))
        self._check_not_before(receipt.acknowledged_at, what)
        if abs(verified.signed_at - receipt.acknowledged_at) > _AHEAD:
            raise _time(_with(what, "ký không phải lúc xác nhận", "not signed when it was acknowledged"))
        self.acknowledged_at = receipt.acknowledged_at

    def _check_not_before(self, said: datetime, what: Words) -> None:
        """Nothing can be known of a document before it was accepted."""
        if self.document.receipt.accepted_at - said > _AHEAD:
            raise _time(_with(what, "trước khi văn bản được tiếp nhận", "before the document was accepted"))

    def _check_inbox(self, said: InboxHead | DeliveryReceipt, n: int, chain: str, expected: tuple[int, str]) -> None:
        self._check_environment(said.environment)
        if (said.recipient, said.lane) != (self.manifest.recipient, self.manifest.lane):
            raise _other("hộp đến của nơi khác", "another inbox")
        if (n, chain) != expected:
            words = Words("mắt xích không dẫn tới đầu chuỗi đã ký", "the links do not lead to what was signed")
            raise EvidenceRefused(Fault.CHAIN, words)

    def _messages(self) -> Words:
        asked: dict[UUID, str | None] = {self.manifest.message_id: str(self.manifest.subject)}
        seen, since = set[tuple[str, UUID]](), self.document.receipt.accepted_at - _AHEAD
        for place, opened in enumerate(self.opened.messages, 1):
            what = Words(f"Thông điệp {place}", f"Message {place}")
            accepted = self._accepted(opened, what)
            if (key := (accepted.event.source, accepted.event.id)) in seen:
                raise _other(f"thông điệp {place} lặp lại", f"message {place} is there twice")
            if accepted.receipt.accepted_at < since:
                raise _time(_with(what, "sai thứ tự tiếp nhận", "not in the order of acceptance"))
            seen.add(key)
            since = accepted.receipt.accepted_at
            if not belongs(accepted.event, self.manifest, asked):
                raise _other(f"thông điệp {place} không thuộc văn bản", f"message {place} is not about the document")
            if isinstance(accepted.event, TakeBackRequested | DocumentSent):
                asked[accepted.event.id] = accepted.event.subject
            self.beside.append(accepted)
        answers = sum(isinstance(each.event, ChangeAnswered) for each in self.beside)
        count = len(self.beside)
        return Words(
            f"{count} thông điệp liên quan hợp lệ ({answers} trả lời)",
            f"{count} messages beside it hold ({answers} answers)",
        )

    def _attachments(self) -> Words:
        named = {each.sha256: each.size for each in self.document.event.data.attachments}
        attached = self.opened.container.attachments
        for sha256, size in attached.items():
            if named.get(sha256) != size:
                words = Words("tệp đính kèm không thuộc văn bản", "a file that the document does not name")
                raise EvidenceRefused(Fault.ATTACHMENT, words)
        return Words(
            f"{len(attached)}/{len(named)} tệp đính kèm nằm trong tệp, còn lại theo băm",
            f"{len(attached)} of {len(named)} attachments are inside, the others by their hashes",
        )

    def _check_environment(self, said: str) -> None:
        if said != self.manifest.environment:
            raise _other("thuộc môi trường khác", "something of another environment")

    def _proven(self) -> Proven:
        data, receipt, block = self.document.event.data, self.document.receipt, self.document.block
        recipient = next(each for each in data.to if each.agency_id == self.manifest.recipient)
        attached = self.opened.container.attachments
        return Proven(
            environment=self.manifest.environment,
            document_id=data.document_id,
            title=data.subject,
            source=self.manifest.source,
            sender=data.sender.name,
            recipient_id=self.manifest.recipient,
            recipient=recipient.name,
            message_id=self.manifest.message_id,
            lane=self.manifest.lane,
            n=self.manifest.n,
            sha256=receipt.sha256,
            accepted_at=receipt.accepted_at,
            stamped_at=block.stamp.at,
            acknowledged_at=self.acknowledged_at,
            messages=tuple(each.event.type for each in self.beside),
            attachments=len({each.sha256 for each in data.attachments}),
            attached=len(attached),
            seal_ended_since=self._seal_ended_since(),
        )

    def _seal_ended_since(self) -> bool:
        """Whether only the exchange's word, not the stamp, puts the acceptance before the end of the certificate."""
        try:
            self.belief.verify(
                self.opened.document.message,
                said_by=self.manifest.source,
                at=self.document.block.stamp.not_after,
                what=Words("Văn bản", "The document"),
            )
        except EvidenceRefused:
            return True
        return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _with(what: Words, vi: str, en: str) -> Words:
    return Words(f"{what.vi}: {vi}", f"{what.en}: {en}")


def _audit(vi: str, en: str) -> EvidenceRefused:
    return EvidenceRefused(Fault.AUDIT, Words(f"Nhật ký: {vi}", f"The audit log: {en}"))


def _time(words: Words) -> EvidenceRefused:
    return EvidenceRefused(Fault.TIME, words)


def _other(vi: str, en: str) -> EvidenceRefused:
    return EvidenceRefused(Fault.OTHER_DOCUMENT, Words(vi, en))
