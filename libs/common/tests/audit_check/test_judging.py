"""An audit log is whole, or what is wrong is told with its block and record; what cannot be told is said to be so."""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lienthong.common.audit import AuditRecord, Outcome
from lienthong.common.audit_check import (
    AuditJudge,
    AuditReport,
    CopiedBlock,
    CopiedRecord,
    CopyEnd,
    CopyLine,
    CopyStart,
    CopyUnreadable,
    EarlierCopy,
    Witness,
    as_json,
    as_lines,
    line_of,
    read_copy,
)
from lienthong.common.clock import to_text
from lienthong.common.merkle import root_of
from lienthong.common.messages.evidence import AUDIT_HEADS, audit_next, audit_start, stamped_digest
from lienthong.common.pki import Revoked
from lienthong.common.signing import SignedBytes
from lienthong.common.testing.evidence import Notary

pytestmark = pytest.mark.requirement("N5")

AT = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)
NOTARY = Notary(AT)
Lines = list[CopyLine]


@dataclass
class Log:
    """A log that grows block by block, and its copies."""

    service: str = "exchange"
    stamped: bool = True
    lines: Lines = field(default_factory=list)
    blocks: int = 0
    records: int = 0
    chain: bytes = b""

    def record(self, name: str, at: datetime | None = None) -> CopiedRecord:
        record = AuditRecord(at or NOTARY.clock.now(), "/agencies/1", "message.accept", f"/x/{name}", Outcome.DONE)
        return CopiedRecord(str(record.id), record.to_bytes())

    def block(self, *records: CopiedRecord, sign: Callable[[bytes], SignedBytes] | None = None, **changes: Any) -> None:
        chosen = records or tuple(self.record(f"{self.blocks}-{n}") for n in range(5))
        root = root_of([hashlib.sha256(each.entry).digest() for each in chosen])
        previous = self.chain or audit_start(self.service)
        self.blocks += 1
        self.chain = audit_next(previous, root, self.blocks, len(chosen))
        members: dict[str, Any] = {
            "type": f"vn.lienthong.{self.service}.audit_head.v1",
            "environment": "training",
            "service": self.service,
            "block": self.blocks,
            "first": self.records + 1,
            "count": len(chosen),
            "root": root.hex(),
            "previous": previous.hex(),
            "chain": self.chain.hex(),
            "time": NOTARY.clock.now(),
        }
        head = AUDIT_HEADS[self.service].model_validate(members | changes)
        signed = (sign or NOTARY.exchange.signer.sign)(head.model_dump_json(exclude_none=True).encode())
        stamp = NOTARY.stamp(stamped_digest(signed.payload, signed.jws)) if self.stamped else None
        numbers = (self.blocks, self.records + 1, len(chosen), self.chain)
        self.lines += [CopiedBlock(*numbers, signed.payload, signed.jws, stamp), *chosen]
        self.records += len(chosen)

    def copy(self, *waiting: CopiedRecord, lists: Sequence[bytes] | None = None) -> Lines:
        said = [Witness(each) for each in NOTARY.register().values()]
        given = [each.der for each in NOTARY.lists()] if lists is None else lists
        start = CopyStart(self.service, "training", NOTARY.clock.now())
        end = CopyEnd(self.blocks, self.records, len(waiting))
        behind = [replace(each, waiting=True) for each in waiting]
        return [start, *said, *map(Witness, given), *self.lines, *behind, end]


def log(blocks: int = 4) -> Log:
    made = Log()
    for _ in range(blocks):
        made.block()
    return made


def through_a_file(lines: Lines) -> Lines:
    return list(read_copy(io.BytesIO(b"".join(line_of(each) + b"\n" for each in lines))))


def judge(lines: Lines, earlier: Lines | None = None) -> AuditReport:
    judging = AuditJudge(NOTARY.voice.store, earlier=None if earlier is None else EarlierCopy(iter(earlier)))
    for line in through_a_file(lines):
        judging.take(line)
    return judging.report()


def found(report: AuditReport) -> list[tuple[str, int | None, str | None]]:
    return [(str(each.fault).removeprefix("audit."), each.block, each.record) for each in report.findings]


def places(lines: Lines, kind: type) -> list[int]:
    return [place for place, each in enumerate(lines) if isinstance(each, kind)]


def at_block(lines: Lines, number: int) -> int:
    return next(p for p in places(lines, CopiedBlock) if getattr(lines[p], "block", 0) == number)


def with_block(lines: Lines, number: int, **changes: Any) -> Lines:
    place = at_block(lines, number)
    block = lines[place]
    assert isinstance(block, CopiedBlock)
    return [*lines[:place], replace(block, **changes), *lines[place + 1 :]]


def record_at(lines: Lines, number: int, index: int) -> tuple[int, CopiedRecord]:
    place = at_block(lines, number) + 1 + index
    record = lines[place]
    assert isinstance(record, CopiedRecord)
    return place, record


def recount(lines: Lines) -> Lines:
    end = CopyEnd(len(places(lines, CopiedBlock)), 0, 0)
    records = sum(isinstance(each, CopiedRecord) and not each.waiting for each in lines)
    waiting = len(places(lines, CopiedRecord)) - records
    return [*(each for each in lines if not isinstance(each, CopyEnd)), CopyEnd(end.blocks, records, waiting)]


def test_a_log_as_it_was_written_is_whole_and_what_waits_is_counted() -> None:
    made = log()
    report = judge(made.copy(made.record("waits")))
    assert (report.exit_code, report.blocks, report.records, report.waiting) == (0, 4, 20, 1)
    assert (report.stamped_block, report.remarks) == (4, ())
    told = "\n".join(as_lines(report, lambda words: words.en, to_text))
    assert "WHOLE. 4 blocks, 20 records" in told
    assert "1 records are in no block yet" in told
    assert as_json(report)["valid"] is True


def test_a_copy_says_the_same_through_a_file_also_where_bytes_are_no_text() -> None:
    lines = log(1).copy()
    place, record = record_at(lines, 1, 0)
    lines[place] = replace(record, entry=b"\xff\xfe", differs=("who",))
    assert through_a_file(lines) == lines


@pytest.mark.parametrize("index", range(5))
def test_a_changed_record_is_seen_and_named_by_an_earlier_copy(index: int) -> None:
    before = log().copy()
    place, record = record_at(before, 2, index)
    lines = [*before]
    lines[place] = replace(record, entry=record.entry.replace(b"/agencies/1", b"/agencies/2"))
    assert found(judge(lines)) == [("records_changed", 2, None)]
    assert found(judge(lines, before)) == [("records_changed", 2, record.id)]


def test_a_removed_record_is_seen_and_named_by_an_earlier_copy() -> None:
    before = log().copy()
    place, record = record_at(before, 3, 1)
    lines = recount([*before[:place], *before[place + 1 :]])
    assert found(judge(lines)) == [("record_missing", 3, None)]
    assert found(judge(lines, before)) == [("record_missing", 3, record.id)]


@pytest.mark.parametrize("index", range(6))
def test_an_added_record_is_named_without_any_earlier_copy(index: int) -> None:
    made = log()
    lines, odd = made.copy(), made.record("odd")
    place = at_block(lines, 2) + 1 + index
    lines = recount([*lines[:place], odd, *lines[place:]])
    assert found(judge(lines)) == [("record_added", 2, odd.id)]


def test_a_record_moved_into_another_block_is_missing_here_and_too_many_there() -> None:
    lines = log().copy()
    place, record = record_at(lines, 1, 4)
    lines = [*lines[:place], *lines[place + 1 :]]
    lines.insert(at_block(lines, 3) + 1, record)
    assert found(judge(lines)) == [("record_missing", 1, None), ("record_added", 3, record.id)]


def test_columns_that_say_something_else_are_told_by_their_row() -> None:
    lines = log().copy()
    place, record = record_at(lines, 1, 2)
    lines[place] = replace(record, differs=("who",))
    assert found(judge(lines)) == [("columns", 1, record.id)]


def test_a_block_that_is_gone_is_named_once_whatever_became_of_its_records() -> None:
    lines = log().copy()
    start, end = at_block(lines, 2), at_block(lines, 3)
    assert found(judge(recount([*lines[:start], *lines[end:]]))) == [("block_missing", 2, None)]
    moved = [*lines[:start], lines[end], *lines[start + 1 : end], *lines[end + 1 :]]
    assert found(judge(recount(moved))) == [("block_missing", 2, None)]


def test_an_end_that_was_cut_off_is_seen_by_an_earlier_copy_alone() -> None:
    before = log().copy()
    lines = recount(before[: at_block(before, 4)])
    assert judge(lines).exit_code == 0
    assert found(judge(lines, before)) == [("rewritten", 4, None)]


def test_a_history_that_was_written_anew_is_seen_by_an_earlier_copy() -> None:
    before, anew = log().copy(), log().copy()
    assert judge(anew).exit_code == 0
    assert [each for each in found(judge(anew, before)) if each[0] != "rewritten"] == []
    assert len(found(judge(anew, before))) == 4


def test_a_record_that_waited_in_an_earlier_copy_must_be_there() -> None:
    made = log(2)
    kept, lost = made.record("kept"), made.record("lost")
    before = made.copy(kept, lost)
    made.block(kept)
    assert found(judge(made.copy(), before)) == [("record_missing", None, lost.id)]
    assert found(judge(made.copy(replace(lost, entry=b"{}")), before)) == [("records_changed", None, lost.id)]
    assert judge(made.copy(lost), before).exit_code == 0


def test_a_head_under_another_key_or_after_its_stamp_is_not_believed() -> None:
    made = log(1)
    made.block(sign=NOTARY.outsider.signer.sign)
    (signature,) = judge(made.copy()).findings
    assert (signature.fault, signature.block, signature.unknown) == ("audit.signature", 2, False)
    made = log(1)
    made.block(sign=NOTARY.voice.accounts.signer.sign)
    report = judge(made.copy())
    assert (found(report), report.exit_code) == ([("signature", 2, None)], 1)
    lines = log().copy()
    other = lines[at_block(lines, 1)]
    assert isinstance(other, CopiedBlock)
    assert found(judge(with_block(lines, 2, stamp=other.stamp))) == [("stamp", 2, None)]
    assert found(judge(with_block(lines, 2, jws="é..x"))) == [("signature", 2, None)]


def test_a_row_of_a_block_that_says_another_thing_than_its_head_is_told() -> None:
    lines = log().copy()
    assert found(judge(with_block(lines, 3, count=6))) == [("head", 3, None)]
    assert found(judge(with_block(lines, 1, head=b"{}")))[0] == ("head", 1, None)


def test_a_block_that_follows_nothing_is_told() -> None:
    made = log(2)
    made.block(previous="00" * 32)
    assert found(judge(made.copy())) == [("chain", 3, None)] * 2
    made = log(1)
    made.block(service="accounts")
    assert found(judge(made.copy())) == [("environment", 2, None)]


def test_a_key_revoked_before_the_stamp_signs_nothing() -> None:
    made = log(2)
    lost = Revoked(NOTARY.exchange.certificate.serial, AT - timedelta(minutes=2))
    report = judge(made.copy(lists=[each.der for each in NOTARY.lists(lost, number=2)]))
    assert {each[0] for each in found(report)} == {"signature"}
    assert report.exit_code == 1


def test_what_nothing_speaks_for_cannot_be_told() -> None:
    assert found(judge(Log().copy())) == [("empty", None, None)]
    unstamped = Log(stamped=False)
    unstamped.block()
    assert (found(judge(unstamped.copy())), judge(unstamped.copy()).exit_code) == ([("unstamped", None, None)], 2)
    without_lists = judge(log(1).copy(lists=[]))
    assert without_lists.exit_code == 2
    lines = log(1).copy()
    bare: Lines = [each for each in lines if not isinstance(each, Witness)]
    assert (found(judge(bare)), judge(bare).exit_code) == ([("register", None, None)], 2)
    cut = judge(lines[:-1])
    assert (found(cut), cut.exit_code) == ([("copy", None, None)], 2)


def test_stamps_cover_all_before_them_and_what_is_not_stamped_yet_is_no_fault() -> None:
    made = log(2)
    made.stamped = False
    made.block()
    report = judge(made.copy())
    assert (report.exit_code, report.blocks, report.stamped_block) == (0, 3, 2)


def test_records_of_a_time_long_ago_and_late_stamps_deserve_a_look() -> None:
    made = log(1)
    old = made.record("old", AT - timedelta(days=30))
    made.block(old)
    late = Log(lines=made.lines, blocks=made.blocks, records=made.records, chain=made.chain)
    late.block(time=AT - timedelta(hours=3))
    report = judge(late.copy())
    assert report.exit_code == 0
    assert [(each.fault, each.block, each.record) for each in report.remarks] == [
        ("audit.backdated", 2, old.id),
        ("audit.stamped_late", 3, None),
    ]
    assert as_lines(report, lambda words: words.vi, to_text)[-1].startswith("  ! khối 3")


@pytest.mark.parametrize(
    "text",
    [b"", b"nonsense\n", b'{"block":1}\n', b'{"format":"another"}\n', b'{"format":"lienthong-audit-1"}\n', b"[]\n"],
)
def test_what_is_no_copy_is_refused(text: bytes) -> None:
    with pytest.raises(CopyUnreadable):
        list(read_copy(io.BytesIO(text)))


def test_what_cannot_be_told_does_not_hide_what_is_wrong() -> None:
    lines = log(1).copy(lists=[])
    place, record = record_at(lines, 1, 0)
    lines[place] = replace(record, entry=b"{}")
    assert judge(lines).exit_code == 1
