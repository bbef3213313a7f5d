"""Judging an audit log, block after block, whatever its length.

1. what accounts signed of the services' keys is believed by an anchor, or no signature can be judged       (register)
2. each block follows the one before it: number, first record, previous link; its own link is computed      (chain)
3. an authority stamped the head, and the service signed it with a key that was good by then                (stamps)
4. the records, hash by hash, lead to the signed root; where they do not: which, if that can be told        (records)
5. what an earlier copy holds is still there, byte for byte                                                 (earlier)

A fault does not end it: the next block is judged by what its own head says. Records behind the last block are counted;
nothing speaks for them yet.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from lienthong.common.audit_check.blocks import explain_records, look_at_records, read_head
from lienthong.common.audit_check.copy import CopiedBlock, CopiedRecord, CopyEnd, CopyLine, CopyStart, Witness
from lienthong.common.audit_check.earlier import EarlierBlock, EarlierCopy
from lienthong.common.audit_check.report import AuditFault, AuditFinding, AuditReport
from lienthong.common.errors import LienthongError, Words
from lienthong.common.evidence.belief import Belief
from lienthong.common.evidence.faults import EvidenceRefused, of_stamp
from lienthong.common.merkle import root_of
from lienthong.common.messages.accounts import CertificateChanged
from lienthong.common.messages.envelope import read
from lienthong.common.messages.evidence import AnyAuditHead, audit_next, audit_start, stamped_digest
from lienthong.common.signing import SignedBytes, TrustStore
from lienthong.common.timestamps import TimeStampRefused, verify_token

MOST_FINDINGS: Final = 1000
_STAMPED_WITHIN: Final = timedelta(hours=1)


class AuditJudge:
    """Takes the lines of a copy in their order, then gives its report."""

    def __init__(
        self, trust: TrustStore, *, more_lists: Iterable[bytes] = (), earlier: EarlierCopy | None = None
    ) -> None:
        """`more_lists` are revocation lists beyond those in the copy; `earlier` is a copy that was judged before."""
        self._trust = trust
        self._earlier = earlier
        self._start: CopyStart | None = None
        self._end: CopyEnd | None = None
        self._said: dict[str, SignedBytes] = {}
        self._lists = list(more_lists)
        self._belief: Belief | None = None
        self._block: CopiedBlock | None = None
        self._held: list[CopiedRecord] = []
        self._last: AnyAuditHead | None = None
        self._judged = self._records = self._waiting = self._left_out = 0
        self._stamped: tuple[int, datetime | None] = (0, None)
        self._findings: list[AuditFinding] = []
        self._remarks: list[AuditFinding] = []

    def take(self, line: CopyLine) -> None:
        """The next line; the first one is a CopyStart."""
        match line:
            case CopyStart():
                self._begin(line)
            case Witness():
                self._hear(line)
            case CopiedBlock():
                self._finish_block()
                self._block = line
            case CopiedRecord(waiting=True):
                self._finish_block()
                self._waiting += 1
                self._seen(line)
            case CopiedRecord():
                self._records += 1
                self._held.append(line)
                self._seen(line)
            case CopyEnd():
                self._finish_block()
                self._end = line

    def report(self) -> AuditReport:
        """What was found. Raises ValueError where not even a first line was taken."""
        if self._start is None:
            raise ValueError("nothing was judged")
        self._finish_block()
        self._believe()
        self._look_at_end()
        return AuditReport(
            service=self._start.service,
            environment=self._start.environment,
            at=self._start.at,
            blocks=self._judged,
            records=self._records,
            waiting=self._waiting,
            stamped_block=self._stamped[0],
            stamped_at=self._stamped[1],
            findings=tuple(self._findings),
            remarks=tuple(self._remarks),
            left_out=self._left_out,
            compared_to=None if self._earlier is None else self._earlier.start.at,
        )

    def _begin(self, start: CopyStart) -> None:
        self._start = start
        if start.environment == "production" and any(each.is_training for each in self._trust.anchors):
            words = Words("nhật ký chính thức, chứng thư gốc đào tạo", "a log of production, an anchor of training")
            self._find(AuditFault.ENVIRONMENT, words)
        if self._earlier is not None and self._earlier.start.service != start.service:
            self._find(AuditFault.COPY, Words("bản trước của dịch vụ khác", "the earlier copy is another service's"))
            self._earlier = None

    def _hear(self, witness: Witness) -> None:
        if isinstance(witness.said, bytes):
            self._lists.append(witness.said)
            return
        try:
            data = read(witness.said.payload, CertificateChanged, tolerant=True).data
        except LienthongError as error:
            self._find(AuditFault.REGISTER, error.words)
            return
        self._said[data.fingerprint] = witness.said

    def _believe(self) -> Belief | None:
        """Step 1, once: before the first block."""
        if self._belief is None and (self._said or self._lists):
            try:
                self._belief = Belief.of(self._trust, self._said, self._lists)
            except EvidenceRefused as refused:
                self._find(AuditFault.REGISTER, refused.words, reason=refused.reason, unknown=refused.unknown)
            self._said, self._lists = {}, []
        return self._belief

    def _seen(self, record: CopiedRecord) -> None:
        """Whether a record that waited when the earlier copy was made is still what it was."""
        entry = None if self._earlier is None else self._earlier.waiting.pop(record.id, None)
        if entry is None or entry == record.entry:
            return
        words = Words("khác bản ghi trong bản trước", "is not the record that the earlier copy holds")
        self._find(AuditFault.RECORDS_CHANGED, words, record=record.id)

    def _finish_block(self) -> None:
        block, records = self._block, self._held
        if block is None:
            if records:
                self._find(AuditFault.COPY, Words("bản ghi trước khối đầu tiên", "records in front of the first block"))
            self._held = []
            return
        self._block, self._held = None, []
        self._judged += 1
        self._believe()
        was = self._compare(block)
        head = read_head(block, self._service)
        if head is None:
            words = Words("phần đầu đã ký không đọc được", "its signed head cannot be read")
            self._find(AuditFault.HEAD, words, block=block.block)
            return
        records = self._follow(block, head, records)
        self._judge_head(block, head)
        self._judge_records(head, records, was)
        self._last = head

    def _follow(self, block: CopiedBlock, head: AnyAuditHead, records: list[CopiedRecord]) -> list[CopiedRecord]:
        """Step 2; gives the records that are the block's own, without those of blocks that are gone."""
        if (block.block, block.first, block.count, block.chain.hex()) != (
            head.block, head.first, head.count, head.chain,
        ):  # fmt: skip
            words = Words("dòng dữ liệu không như phần đầu đã ký", "its row does not say what its signed head says")
            self._find(AuditFault.HEAD, words, block=block.block)
        if (head.service, head.environment) != (self._service, self._environment):
            words = Words("thuộc dịch vụ hoặc môi trường khác", "of another service or environment")
            self._find(AuditFault.ENVIRONMENT, words, block=block.block)
        last = self._last
        number, first = (1, 1) if last is None else (last.block + 1, last.first + last.count)
        previous = audit_start(self._service).hex() if last is None else last.chain
        gone = head.first - first
        if head.block > number:
            words = Words(
                f"thiếu các khối {number} đến {head.block - 1}, {gone} bản ghi",
                f"blocks {number} to {head.block - 1} are missing, with {gone} records",
            )
            self._find(AuditFault.BLOCK_MISSING, words, block=number)
            return records[gone:] if len(records) == head.count + gone else records
        if (head.block, head.first, head.previous) != (number, first, previous):
            words = Words("không nối tiếp khối trước", "it does not follow the block before it")
            self._find(AuditFault.CHAIN, words, block=block.block)
        return records

    def _judge_head(self, block: CopiedBlock, head: AnyAuditHead) -> None:
        """Step 3, and the block's own link."""
        own = audit_next(bytes.fromhex(head.previous), bytes.fromhex(head.root), head.block, head.count).hex()
        if own != head.chain:
            self._find(
                AuditFault.CHAIN, Words("mắt xích tính sai", "its link is not what it must be"), block=block.block
            )
        if (belief := self._belief) is None:
            return
        if not block.jws.isascii():
            words = Words("chữ ký không đọc được", "its signature cannot be read")
            self._find(AuditFault.SIGNATURE, words, block=block.block)
            return
        what, at = Words(f"Khối {block.block}", f"Block {block.block}"), head.time
        try:
            if block.stamp is not None:
                at = self._stamp_of(block, block.stamp, head, belief)
        except TimeStampRefused as refused:
            told = of_stamp(what, refused)
            self._find(AuditFault.STAMP, told.words, block=block.block, reason=told.reason, unknown=told.unknown)
        try:
            belief.verify(SignedBytes(block.head, block.jws), said_by=f"/services/{self._service}", at=at, what=what)
        except EvidenceRefused as refused:
            self._find(
                AuditFault.SIGNATURE, refused.words, block=block.block, reason=refused.reason, unknown=refused.unknown
            )

    def _stamp_of(self, block: CopiedBlock, token: bytes, head: AnyAuditHead, belief: Belief) -> datetime:
        """The time by which the head was there. Raises TimeStampRefused."""
        digest = stamped_digest(block.head, block.jws)
        stamp = verify_token(token, digest, trust=self._trust, revocations=belief.revocations)
        self._stamped = (block.block, stamp.at)
        if stamp.at > head.time + _STAMPED_WITHIN:
            words = Words(
                f"đóng dấu thời gian muộn: lập {head.time:%Y-%m-%d %H:%MZ}, dấu {stamp.at:%Y-%m-%d %H:%MZ}",
                f"stamped late: made {head.time:%Y-%m-%d %H:%MZ}, stamped {stamp.at:%Y-%m-%d %H:%MZ}",
            )
            self._remark(AuditFinding(AuditFault.STAMPED_LATE, words, block.block))
        return stamp.not_after

    def _judge_records(self, head: AnyAuditHead, records: list[CopiedRecord], was: EarlierBlock | None) -> None:
        """Step 4."""
        leaves = [hashlib.sha256(each.entry).digest() for each in records]
        if len(leaves) != head.count or root_of(leaves).hex() != head.root:
            for each in explain_records(head, records, leaves, () if was is None else was.records):
                self._keep(each)
        faults, remarks = look_at_records(head, records, None if self._last is None else self._last.time)
        for each in faults:
            self._keep(each)
        for each in remarks:
            self._remark(each)

    def _compare(self, block: CopiedBlock) -> EarlierBlock | None:
        """Step 5; gives the earlier copy's block of the same number."""
        for was in () if self._earlier is None else self._earlier.blocks_up_to(block.block):
            if was.block.block < block.block:
                self._gone(was.block.block)
            else:
                if (was.block.head, was.block.jws) != (block.head, block.jws):
                    words = Words("không phải khối trong bản trước", "it is not the block that the earlier copy holds")
                    self._find(AuditFault.REWRITTEN, words, block=block.block)
                return was
        return None

    def _gone(self, number: int) -> None:
        words = Words("có trong bản trước, nay không còn", "the earlier copy holds it, it is no longer there")
        self._find(AuditFault.REWRITTEN, words, block=number)

    def _look_at_end(self) -> None:
        if self._earlier is not None:
            for was in self._earlier.blocks_up_to(None):
                self._gone(was.block.block)
            for name in self._earlier.waiting:
                words = Words("có trong bản trước, nay không còn", "the earlier copy holds it, it is no longer there")
                self._find(AuditFault.RECORD_MISSING, words, record=name)
            self._earlier.waiting.clear()
        counted = CopyEnd(self._judged, self._records, self._waiting)
        if self._end != counted:
            words = Words("bản sao chưa xong hoặc bị cắt", "the copy is unfinished, or was cut")
            self._find(AuditFault.COPY, words, unknown=self._end is None)
        if self._judged == 0:
            words = Words("nhật ký chưa có khối nào", "the log has no block yet")
            self._find(AuditFault.EMPTY, words, unknown=True)
        elif self._belief is None and not any(each.fault is AuditFault.REGISTER for each in self._findings):
            words = Words("thiếu chứng thư của dịch vụ", "there are no certificates of services")
            self._find(AuditFault.REGISTER, words, unknown=True)
        elif self._stamped[1] is None:
            words = Words("chưa khối nào có dấu thời gian", "no block has a time stamp that holds")
            self._find(AuditFault.UNSTAMPED, words, unknown=True)

    @property
    def _service(self) -> str:
        return "" if self._start is None else self._start.service

    @property
    def _environment(self) -> str:
        return "" if self._start is None else self._start.environment

    def _find(
        self,
        fault: AuditFault,
        words: Words,
        *,
        block: int | None = None,
        record: str | None = None,
        reason: str | None = None,
        unknown: bool = False,
    ) -> None:
        self._keep(AuditFinding(fault, words, block, record, None if reason is None else str(reason), unknown))

    def _keep(self, finding: AuditFinding) -> None:
        # What decides the outcome is kept, however many there are in front of it.
        if len(self._findings) < MOST_FINDINGS or (
            not finding.unknown and all(each.unknown for each in self._findings)
        ):
            self._findings.append(finding)
        else:
            self._left_out += 1

    def _remark(self, remark: AuditFinding) -> None:
        if len(self._remarks) < MOST_FINDINGS:
            self._remarks.append(remark)
        else:
            self._left_out += 1
