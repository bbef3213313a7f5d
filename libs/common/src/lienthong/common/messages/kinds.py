"""Names and abbreviations of the kinds: Decree 30/2020 (Art 7, App III) and the law on legal normative documents."""

from dataclasses import dataclass

from lienthong.common.messages.document import DocumentKind


@dataclass(frozen=True, slots=True)
class KindWords:
    """Name and abbreviation of a kind; official letters (công văn, thư công) and laws have no abbreviation."""

    name: str
    abbreviation: str | None = None


KINDS: dict[DocumentKind, KindWords] = {
    DocumentKind.NGHI_QUYET: KindWords("Nghị quyết", "NQ"),
    DocumentKind.QUYET_DINH: KindWords("Quyết định", "QĐ"),
    DocumentKind.CHI_THI: KindWords("Chỉ thị", "CT"),
    DocumentKind.QUY_CHE: KindWords("Quy chế", "QC"),
    DocumentKind.QUY_DINH: KindWords("Quy định", "QyĐ"),
    DocumentKind.THONG_CAO: KindWords("Thông cáo", "TC"),
    DocumentKind.THONG_BAO: KindWords("Thông báo", "TB"),
    DocumentKind.HUONG_DAN: KindWords("Hướng dẫn", "HD"),
    DocumentKind.CHUONG_TRINH: KindWords("Chương trình", "CTr"),
    DocumentKind.KE_HOACH: KindWords("Kế hoạch", "KH"),
    DocumentKind.PHUONG_AN: KindWords("Phương án", "PA"),
    DocumentKind.DE_AN: KindWords("Đề án", "ĐA"),
    DocumentKind.DU_AN: KindWords("Dự án", "DA"),
    DocumentKind.BAO_CAO: KindWords("Báo cáo", "BC"),
    DocumentKind.BIEN_BAN: KindWords("Biên bản", "BB"),
    DocumentKind.TO_TRINH: KindWords("Tờ trình", "TTr"),
    DocumentKind.HOP_DONG: KindWords("Hợp đồng", "HĐ"),
    DocumentKind.CONG_VAN: KindWords("Công văn"),
    DocumentKind.CONG_DIEN: KindWords("Công điện", "CĐ"),
    DocumentKind.BAN_GHI_NHO: KindWords("Bản ghi nhớ", "BGN"),
    DocumentKind.BAN_THOA_THUAN: KindWords("Bản thỏa thuận", "BTT"),
    DocumentKind.GIAY_UY_QUYEN: KindWords("Giấy ủy quyền", "GUQ"),
    DocumentKind.GIAY_MOI: KindWords("Giấy mời", "GM"),
    DocumentKind.GIAY_GIOI_THIEU: KindWords("Giấy giới thiệu", "GGT"),
    DocumentKind.GIAY_NGHI_PHEP: KindWords("Giấy nghỉ phép", "GNP"),
    DocumentKind.PHIEU_GUI: KindWords("Phiếu gửi", "PG"),
    DocumentKind.PHIEU_CHUYEN: KindWords("Phiếu chuyển", "PC"),
    DocumentKind.PHIEU_BAO: KindWords("Phiếu báo", "PB"),
    DocumentKind.THU_CONG: KindWords("Thư công"),
    DocumentKind.BAN_SAO_Y: KindWords("Bản sao y", "SY"),
    DocumentKind.BAN_TRICH_SAO: KindWords("Bản trích sao", "TrS"),
    DocumentKind.BAN_SAO_LUC: KindWords("Bản sao lục", "SL"),
    DocumentKind.QPPL_LUAT: KindWords("Luật"),
    DocumentKind.QPPL_PHAP_LENH: KindWords("Pháp lệnh"),
    DocumentKind.QPPL_LENH: KindWords("Lệnh", "L"),
    DocumentKind.QPPL_NGHI_QUYET: KindWords("Nghị quyết", "NQ"),
    DocumentKind.QPPL_NGHI_DINH: KindWords("Nghị định", "NĐ"),
    DocumentKind.QPPL_QUYET_DINH: KindWords("Quyết định", "QĐ"),
    DocumentKind.QPPL_THONG_TU: KindWords("Thông tư", "TT"),
    DocumentKind.OTHER: KindWords("Văn bản khác"),
}

LEGAL_NORMATIVE = frozenset(kind for kind in DocumentKind if kind.value.startswith("qppl_"))
"""Văn bản quy phạm pháp luật."""

COPIES = frozenset({DocumentKind.BAN_SAO_Y, DocumentKind.BAN_TRICH_SAO, DocumentKind.BAN_SAO_LUC})
"""Copies of any document, numbered in a series of their own."""
