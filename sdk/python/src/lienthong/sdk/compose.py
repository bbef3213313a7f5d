"""A document from what a clerk knows: number and symbol, kind, subject, who signed, to whom."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from lienthong.common.errors import Words
from lienthong.common.messages.document import (
    Attachment,
    CodeNumber,
    Document,
    DocumentKind,
    DocumentType,
    OtherInfo,
    Priority,
    Promulgation,
    Purpose,
    SealUse,
    Secrecy,
    SignerInfo,
)
from lienthong.common.messages.parts import Organization
from lienthong.sdk.errors import BadInput

KIND_NAMES: dict[DocumentKind, str] = {
    DocumentKind.NGHI_QUYET: "Nghị quyết",
    DocumentKind.QUYET_DINH: "Quyết định",
    DocumentKind.CHI_THI: "Chỉ thị",
    DocumentKind.QUY_CHE: "Quy chế",
    DocumentKind.QUY_DINH: "Quy định",
    DocumentKind.THONG_CAO: "Thông cáo",
    DocumentKind.THONG_BAO: "Thông báo",
    DocumentKind.HUONG_DAN: "Hướng dẫn",
    DocumentKind.CHUONG_TRINH: "Chương trình",
    DocumentKind.KE_HOACH: "Kế hoạch",
    DocumentKind.PHUONG_AN: "Phương án",
    DocumentKind.DE_AN: "Đề án",
    DocumentKind.DU_AN: "Dự án",
    DocumentKind.BAO_CAO: "Báo cáo",
    DocumentKind.BIEN_BAN: "Biên bản",
    DocumentKind.TO_TRINH: "Tờ trình",
    DocumentKind.HOP_DONG: "Hợp đồng",
    DocumentKind.CONG_VAN: "Công văn",
    DocumentKind.CONG_DIEN: "Công điện",
    DocumentKind.BAN_GHI_NHO: "Bản ghi nhớ",
    DocumentKind.BAN_THOA_THUAN: "Bản thỏa thuận",
    DocumentKind.GIAY_UY_QUYEN: "Giấy ủy quyền",
    DocumentKind.GIAY_MOI: "Giấy mời",
    DocumentKind.GIAY_GIOI_THIEU: "Giấy giới thiệu",
    DocumentKind.GIAY_NGHI_PHEP: "Giấy nghỉ phép",
    DocumentKind.PHIEU_GUI: "Phiếu gửi",
    DocumentKind.PHIEU_CHUYEN: "Phiếu chuyển",
    DocumentKind.PHIEU_BAO: "Phiếu báo",
    DocumentKind.THU_CONG: "Thư công",
    DocumentKind.BAN_SAO_Y: "Bản sao y",
    DocumentKind.BAN_TRICH_SAO: "Bản trích sao",
    DocumentKind.BAN_SAO_LUC: "Bản sao lục",
    DocumentKind.QPPL_LUAT: "Luật",
    DocumentKind.QPPL_PHAP_LENH: "Pháp lệnh",
    DocumentKind.QPPL_LENH: "Lệnh",
    DocumentKind.QPPL_NGHI_QUYET: "Nghị quyết",
    DocumentKind.QPPL_NGHI_DINH: "Nghị định",
    DocumentKind.QPPL_QUYET_DINH: "Quyết định",
    DocumentKind.QPPL_THONG_TU: "Thông tư",
    DocumentKind.OTHER: "Văn bản khác",
}
"""Names of the kinds as Decree 30/2020 Art 7 and the law on legal normative documents write them."""

_SYMBOL = re.compile(r"(\d{1,6}[a-z]?)([/-])(\S+)")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a document before it is addressed. `symbol` is số và ký hiệu as written: `1308/BC-STTTT`."""

    symbol: str
    kind: DocumentKind
    subject: str
    signer: str
    position: str
    place: str
    promulgated: date
    purpose: Purpose
    sealed_by: str
    priority: Priority = Priority.NORMAL
    secrecy: Secrecy = Secrecy.NONE
    content: str | None = None
    due: date | None = None


def compose(
    draft: Draft, *, sender: Organization, to: Sequence[Organization], attachments: Sequence[Attachment] = ()
) -> Document:
    """The document, in NFC (N8). Raises BadInput naming every member that is missing or wrong."""
    number, notation = split_symbol(_nfc(draft.symbol))
    try:
        return Document.model_validate(
            {
                "from": sender,
                "to": list(to),
                "document_id": f"{sender.code},{draft.promulgated:%Y/%m/%d},{_nfc(draft.symbol)}",
                "code": CodeNumber(number=number, notation=notation),
                "promulgation": Promulgation(place=_nfc(draft.place), date=draft.promulgated),
                "document_type": DocumentType(kind=draft.kind, name=KIND_NAMES[draft.kind]),
                "subject": _nfc(draft.subject),
                "content": _nfc(draft.content) if draft.content else None,
                "signer": SignerInfo(full_name=_nfc(draft.signer), position=_nfc(draft.position)),
                "due_date": draft.due,
                "other": OtherInfo(priority=draft.priority),
                "attachments": list(attachments),
                "purpose": draft.purpose,
                "secrecy": draft.secrecy,
                "sealed_by": SealUse(full_name=_nfc(draft.sealed_by)),
            }
        )
    except ValidationError as error:
        raise malformed(error) from error


def split_symbol(symbol: str) -> tuple[str, str]:
    """`1308/BC-STTTT` → ("1308", "BC-STTTT"); Party documents write `57-NQ/TW`. Raises BadInput."""
    found = _SYMBOL.fullmatch(symbol.strip())
    if found is None:
        raise BadInput(
            Words(
                f"Số, ký hiệu {symbol!r} không đúng dạng 1308/BC-STTTT",
                f"The number and symbol {symbol!r} are not of the form 1308/BC-STTTT",
            )
        )
    return found[1], found[3]


def malformed(error: ValidationError) -> BadInput:
    """A document's faults in one sentence, each with the member it concerns."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    told = "; ".join(f"{'/'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:10])
    return BadInput(Words(f"Văn bản sai: {told}", f"The document is malformed: {told}"))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
