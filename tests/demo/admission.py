"""Documents that are not admitted, each for its rule: the exchange says which, where, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.demo.refusals import error_of
from tests.demo.stage import CODES, Stage

from lienthong.common.ids import new_id
from lienthong.common.messages.document import (
    Attachment,
    Business,
    BusinessType,
    CodeNumber,
    ComplaintClass,
    Document,
    DocumentKind,
    DocumentType,
)
from lienthong.sdk import Purpose, Secrecy

Change = Callable[[Document], dict[str, Any]]
"""Members of a good document that are to be replaced."""


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, in words, and the rule or code that must name it."""

    vi: str
    en: str
    expected: str
    change: Change
    to: str = field(default=CODES["justice"])


def _other(**members: Any) -> Change:
    return lambda _: members


def _attached(**changes: Any) -> Change:
    members: dict[str, Any] = {
        "id": "file-1",
        "name": "Báo cáo.pdf",
        "media_type": "application/pdf",
        "size": 1000,
        "sha256": "0" * 64,
    }
    return lambda _: {"attachments": (Attachment(**(members | changes)),)}


CASES = (
    Case("Độ Mật", "Confidential", "N3", _other(secrecy=Secrecy.CONFIDENTIAL)),
    Case("Độ Tối mật", "Secret", "N3", _other(secrecy=Secrecy.SECRET)),
    Case("Độ Tuyệt mật", "Top secret", "N3", _other(secrecy=Secrecy.TOP_SECRET)),
    Case("Đơn tranh chấp", "A dispute", "N3", _other(complaint_class=ComplaintClass.DISPUTE)),
    Case("Đơn khiếu nại", "A complaint", "N3", _other(complaint_class=ComplaintClass.COMPLAINT)),
    Case("Đơn tố cáo", "A denunciation", "N3", _other(complaint_class=ComplaintClass.DENUNCIATION)),
    Case("Chữ Ð (U+00D0) thay cho Đ", "A look-alike letter", "N8", _other(subject="V/v Trường Lê Quý Ðôn")),
    Case(
        "Nơi nhận không có trong danh bạ",
        "An unknown recipient",
        "recipient_unknown",
        lambda document: {"to": (document.to[0].model_copy(update={"agency_id": new_id()}),)},
    ),
    Case("Nơi nhận đã sáp nhập", "A merged recipient", "recipient_merged", _other(), to="000.00.00.G04"),
    Case("Nơi nhận đã giải thể", "An ended recipient", "recipient_ended", _other(), to="000.00.31.H53"),
    Case(
        "Nêu nơi nhận hai lần",
        "A recipient named twice",
        "recipient_twice",
        lambda document: {"to": document.to * 2},
    ),
    Case(
        "Số văn bản sai dạng",
        "A malformed number",
        "number_malformed",
        _other(code=CodeNumber(number="số 12 bis?", notation="BC STC")),
    ),
    Case(
        "Ngày không có thật trong mã định danh",
        "An impossible date in the document id",
        "document_id_date",
        _other(document_id=f"{CODES['finance']},2026/02/30,7806/STC-VP"),
    ),
    Case("Tệp chưa tải lên", "A file nobody uploaded", "attachment_unknown", _attached()),
    Case("Tên tệp nguy hiểm", "An unsafe file name", "attachment_name", _attached(name="../../etc/passwd")),
    Case(
        "Văn bản quy phạm pháp luật thiếu tệp gốc",
        "A legal normative document without its original",
        "N6",
        _other(
            document_type=DocumentType(kind=DocumentKind.QPPL_QUYET_DINH, name="Quyết định"),
            purpose=Purpose.DIRECTION,
        ),
    ),
    Case(
        "Thu hồi không nêu văn bản nào",
        "A revocation that names no document",
        "target_missing",
        _other(business=Business(type=BusinessType.REVOKE, reason="Ban hành nhầm")),
    ),
)


async def show_admission(stage: Stage) -> None:
    """Every rule once; then what is wrong is told all at once."""
    stage.report.chapter("Từng quy tắc tiếp nhận", "Every rule of admission")
    agency = stage.clients["finance"]
    for case in CASES:
        document = await agency.compose(stage.material.draft("finance"), to=[case.to])
        error = await error_of(agency.send(document.model_copy(update=case.change(document))))
        stage.report.refusal(case.vi, case.en, error, expected=frozenset({case.expected}))
    await _forbidden_file(stage)
    await _reused_id(stage)
    await _warnings(stage)


async def _forbidden_file(stage: Stage) -> None:
    path = stage.material.write("Thông báo.pdf", b"MZ\x90\x00" + bytes(200))
    error = await error_of(stage.clients["finance"].upload(path))
    expected = frozenset({"attachment_type_forbidden"})
    stage.report.refusal("Chương trình giả làm PDF", "A program that calls itself PDF", error, expected=expected)


async def _reused_id(stage: Stage) -> None:
    agency = stage.clients["finance"]
    sent = stage.accepted[0]
    document = await agency.compose(stage.material.draft("finance"), to=[CODES["justice"]])
    error = await error_of(agency.submit(agency.seal(document, message_id=sent.message_id)))
    expected = frozenset({"message_id_reused"})
    stage.report.refusal("Mã thông điệp đã dùng", "A message id used before", error, expected=expected)


async def _warnings(stage: Stage) -> None:
    """What may pass but should be looked at is told with the receipt."""
    agency, report = stage.clients["finance"], stage.report
    draft = stage.material.draft("finance")
    for subject in (draft.subject, "V/v xử lý đơn khiếu nại của công dân (Mật)"):
        document = await agency.compose(replace(draft, subject=subject), to=[CODES["justice"]])
        sent = await agency.send(document)
        stage.note("finance", ("justice",), sent)
    expected = {"number_doubled", "secrecy_suspected", "complaint_suspected"}
    seen = "; ".join(warning.detail for warning in sent.warnings)
    ok = expected <= {warning.code for warning in sent.warnings}
    report.show("Được nhận, kèm cảnh báo", "Accepted, with warnings", seen=seen, ok=ok)
