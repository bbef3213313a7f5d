"""What can be wrong with the entries of an import, each fault with its line and what to do about it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from lienthong.accounts.domain.agencies import is_well_formed, level_of
from lienthong.accounts.domain.import_changes import Change
from lienthong.accounts.domain.import_file import Entry, Finding, Placed
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import Agency, AgencyLife, CodeScheme
from lienthong.common.text import find_text_faults

_WORDS: Final[Mapping[str, tuple[Words, Words]]] = {
    "code_twice": (
        Words("Mã {it} xuất hiện hai lần trong tệp", "The code {it} stands twice in the file"),
        Words("Giữ lại một mục cho mỗi cơ quan.", "Keep one entry for each agency."),
    ),
    "codes_of_two_agencies": (
        Words("Hai mã của mục này thuộc hai cơ quan khác nhau", "The two codes belong to two different agencies"),
        Words("Kiểm tra lại code và code_qd20.", "Check `code` and `code_qd20` against the register."),
    ),
    "unknown_parent": (
        Words("Không tìm thấy cơ quan cấp trên {it}", "The superior agency {it} is unknown"),
        Words("Thêm cơ quan đó vào tệp, hoặc sửa mã.", "Add that agency to the file, or correct the code."),
    ),
    "unknown_successor": (
        Words("Không tìm thấy cơ quan kế thừa {it}", "The successor {it} is unknown"),
        Words("Thêm cơ quan đó vào tệp, hoặc sửa mã.", "Add that agency to the file, or correct the code."),
    ),
    "own_parent": (
        Words("Cơ quan không thể là cấp trên của chính nó", "An agency cannot be its own superior"),
        Words("Sửa parent.", "Correct `parent`."),
    ),
    "own_successor": (
        Words("Cơ quan không thể kế thừa chính nó", "An agency cannot succeed itself"),
        Words("Sửa merged_into.", "Correct `merged_into`."),
    ),
    "end_missing": (
        Words("Cơ quan đã kết thúc phải có valid_to", "An agency that is closed or merged needs `valid_to`"),
        Words("Ghi ngày hoạt động cuối cùng.", "Write the last day of its existence."),
    ),
    "end_unexpected": (
        Words("valid_to chỉ dùng cho cơ quan closed hoặc merged", "`valid_to` is for closed or merged agencies"),
        Words("Sửa status, hoặc bỏ valid_to.", "Correct `status`, or leave `valid_to` out."),
    ),
    "end_before_start": (
        Words("valid_to sớm hơn valid_from", "`valid_to` lies before `valid_from`"),
        Words("Sửa một trong hai ngày.", "Correct one of the two dates."),
    ),
    "successor_missing": (
        Words("Cơ quan đã sáp nhập phải có merged_into", "A merged agency needs `merged_into`"),
        Words("Ghi mã các cơ quan kế thừa.", "Write the codes of its successors."),
    ),
    "successor_unexpected": (
        Words("merged_into chỉ dùng cho cơ quan merged", "`merged_into` is for merged agencies"),
        Words("Sửa status, hoặc bỏ merged_into.", "Correct `status`, or leave `merged_into` out."),
    ),
    "new_name_missing": (
        Words("Đổi tên phải có renamed_to và renamed_from_date", "A renaming needs `renamed_to`, `renamed_from_date`"),
        Words("Ghi tên mới và ngày đổi tên.", "Write the new name and the day from which it holds."),
    ),
    "circle": (
        Words("Quan hệ cấp trên hoặc kế thừa tạo thành vòng", "Superiors or successors form a circle"),
        Words("Sửa parent hoặc merged_into ở một mục.", "Correct `parent` or `merged_into` of one entry."),
    ),
    "below_an_ended_agency": (
        Words("Cơ quan còn hoạt động dưới một cơ quan đã kết thúc", "The agency is active below one that has ended"),
        Words("Chuyển về cấp trên mới khi có quyết định.", "Move it to its new superior once that is decided."),
    ),
    "unusual_code": (
        Words("Mã {it} không theo mẫu quy định", "The code {it} has neither form of the standard"),
        Words("Kiểm tra lại với cơ quan cấp mã.", "Check it with whoever gave the code."),
    ),
    "unusual_level": (
        Words("Cấp không khớp với mã {it}", "The level does not fit the code {it}"),
        Words("Kiểm tra level.", "Check `level`."),
    ),
    "text": (
        Words("Văn bản có lỗi ký tự: {it}", "The text has a fault: {it}"),
        Words("Gõ lại bằng Unicode dựng sẵn (TCVN 6909:2001).", "Type it again in precomposed Unicode (NFC)."),
    ),
}


def find_errors(entries: Sequence[Placed], by_code: Mapping[str, UUID]) -> list[Finding]:
    """What forbids the import: each entry alone, then each code against the others and the register."""
    found = [finding for placed in entries for finding in _errors_of_one(placed)]
    known = set(by_code) | {code for placed in entries for code in placed.entry.codes}
    claimed: set[str | UUID] = set()
    for placed in entries:
        found += _identity_errors(placed, by_code, claimed)
        found += _reference_errors(placed, known)
    return sorted(found, key=lambda finding: finding.line)


def find_circles(changes: Sequence[Change], after: Mapping[UUID, Agency]) -> list[Finding]:
    """Chains of superiors or of successors that come back to where they began."""
    above = {agency_id: ([agency.parent] if agency.parent else []) for agency_id, agency in after.items()}
    beyond = {agency_id: agency.successors for agency_id, agency in after.items()}
    return [
        _finding(change.line, change.after.codes[0].code, "circle", "/parent" if graph is above else "/merged_into")
        for change in changes
        for graph in (above, beyond)
        if _returns(change.after.agency_id, graph)
    ]


def find_warnings(entries: Sequence[Placed], changes: Sequence[Change], after: Mapping[UUID, Agency]) -> list[Finding]:
    """What is taken as it stands but deserves a look."""
    found = [finding for placed in entries for finding in _warnings_of_one(placed)]
    for change in changes:
        parent = after[change.after.parent] if change.after.parent else None
        if change.after.state is AgencyLife.ACTIVE and parent and parent.state is not AgencyLife.ACTIVE:
            found.append(_finding(change.line, change.after.codes[0].code, "below_an_ended_agency", "/parent"))
    return sorted(found, key=lambda finding: finding.line)


def _errors_of_one(placed: Placed) -> Iterator[Finding]:
    entry = placed.entry
    for fault, pointer, wrong in (
        ("own_parent", "/parent", entry.parent in entry.codes),
        ("own_successor", "/merged_into", bool(set(entry.merged_into) & set(entry.codes))),
        ("end_missing", "/valid_to", entry.status in ("closed", "merged") and entry.valid_to is None),
        ("end_unexpected", "/valid_to", entry.status in ("active", "renamed") and entry.valid_to is not None),
        ("end_before_start", "/valid_to", _ends_before_it_starts(entry)),
        ("successor_missing", "/merged_into", entry.status == "merged" and not entry.merged_into),
        ("successor_unexpected", "/merged_into", entry.status != "merged" and bool(entry.merged_into)),
        ("new_name_missing", "/renamed_to", entry.status == "renamed" and not _says_new_name(entry)),
    ):
        if wrong:
            yield _finding(placed.line, entry.code, fault, pointer)
    yield from _text_errors(placed)


def _ends_before_it_starts(entry: Entry) -> bool:
    return entry.valid_from is not None and entry.valid_to is not None and entry.valid_to < entry.valid_from


def _says_new_name(entry: Entry) -> bool:
    return entry.renamed_to is not None and entry.renamed_from_date is not None


def _text_errors(placed: Placed) -> Iterator[Finding]:
    for pointer, text in (("/name", placed.entry.name), ("/renamed_to", placed.entry.renamed_to or "")):
        for fault in find_text_faults(text):
            yield _finding(placed.line, placed.entry.code, "text", pointer, str(fault))


def _identity_errors(placed: Placed, by_code: Mapping[str, UUID], claimed: set[str | UUID]) -> Iterator[Finding]:
    entry = placed.entry
    holders = {by_code[code] for code in entry.codes if code in by_code}
    if len(holders) > 1:
        yield _finding(placed.line, entry.code, "codes_of_two_agencies", "/code_qd20")
    claims = {*entry.codes, *holders}
    if claims & claimed:
        yield _finding(placed.line, entry.code, "code_twice", "/code", entry.code)
    claimed |= claims


def _reference_errors(placed: Placed, known: set[str]) -> Iterator[Finding]:
    entry = placed.entry
    if entry.parent is not None and entry.parent not in known:
        yield _finding(placed.line, entry.code, "unknown_parent", "/parent", entry.parent)
    for successor in entry.merged_into:
        if successor not in known:
            yield _finding(placed.line, entry.code, "unknown_successor", "/merged_into", successor)


def _warnings_of_one(placed: Placed) -> Iterator[Finding]:
    entry = placed.entry
    for scheme, code in ((CodeScheme.QCVN102, entry.code), (CodeScheme.QD20, entry.code_qd20)):
        if code is not None and not is_well_formed(code, scheme):
            yield _finding(placed.line, entry.code, "unusual_code", f"/{scheme}", code)
    level = level_of(entry.code)
    if level is not None and level != entry.level:
        yield _finding(placed.line, entry.code, "unusual_level", "/level", entry.code)


def _returns(start: UUID, graph: Mapping[UUID, Sequence[UUID]]) -> bool:
    waiting, seen = list(graph.get(start, ())), set[UUID]()
    while waiting:
        here = waiting.pop()
        if here == start:
            return True
        if here not in seen:
            seen.add(here)
            waiting += graph.get(here, ())
    return False


def _finding(line: int, code: str, fault: str, pointer: str, it: str = "") -> Finding:
    detail, advice = _WORDS[fault]
    return Finding(line, code, fault, pointer, Words(detail.vi.format(it=it), detail.en.format(it=it)), advice)
