"""The document that one agency sends to others: a lossless superset of edXML's header (QCVN 102:2016/BTTTT).

Names follow edXML in snake case, so that a table maps every field both ways; what edXML lacks (purpose, declared
secrecy, who used the seal …) stands beside it. `extensions` is the only open place.
"""

from datetime import date
from enum import IntEnum, StrEnum
from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id
from lienthong.common.messages.parts import Code, LongText, Organization, Part, Sha256, ShortText

DocumentCode = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""`<OrganId>,<yyyy/MM/dd>,<number>/<notation>`, as on the national axis; other forms occur in real traffic."""

ReverseDnsKey = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+(/[a-z0-9_.-]+)?$", max_length=100)
]


class Lane(StrEnum):
    """The two ways through the exchange; each has numbers, topics and queues of its own."""

    URGENT = "urgent"
    ORDINARY = "ordinary"


class Priority(IntEnum):
    """edXML `OtherInfo/Priority` (Decree 30/2020: Khẩn, Thượng khẩn, Hỏa tốc)."""

    NORMAL = 0
    URGENT = 1
    VERY_URGENT = 2
    EXPRESS = 3
    EXPRESS_TIMED = 4

    @property
    def lane(self) -> Lane:
        """Thượng khẩn and hỏa tốc overtake; khẩn is urgent for people, not for the wire."""
        return Lane.URGENT if self >= Priority.VERY_URGENT else Lane.ORDINARY


class Purpose(StrEnum):
    """The nine kinds of exchange of N3 (regulation 003, Art 5 and 6.5)."""

    INVITATION = "invitation"
    INFORMATION = "information"
    REPORT = "report"
    NOTICE = "notice"
    DIRECTION = "direction"
    SCHEDULE = "schedule"
    PROGRAMME = "programme"
    WORKING_PAPER = "working_paper"
    OTHER = "other"


class Secrecy(StrEnum):
    """Declared secrecy: anything but `none` is refused (N3; Decision 28/2018 does not cover state secrets)."""

    NONE = "none"
    CONFIDENTIAL = "confidential"
    SECRET = "secret"  # noqa: S105 - a class of secrecy (tối mật), not a password
    TOP_SECRET = "top_secret"  # noqa: S105 - tuyệt mật


class ComplaintClass(StrEnum):
    """Declared nature of a petition (đơn thư): anything but `none` is refused (N3)."""

    NONE = "none"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    DENUNCIATION = "denunciation"


class DocumentKind(StrEnum):
    """Decree 30/2020 Art 7: the 29 administrative kinds, the three copies, and the legal normative kinds.

    Values are the Vietnamese names without diacritics; legal normative kinds begin with `qppl_`.
    """

    NGHI_QUYET = "nghi_quyet"
    QUYET_DINH = "quyet_dinh"
    CHI_THI = "chi_thi"
    QUY_CHE = "quy_che"
    QUY_DINH = "quy_dinh"
    THONG_CAO = "thong_cao"
    THONG_BAO = "thong_bao"
    HUONG_DAN = "huong_dan"
    CHUONG_TRINH = "chuong_trinh"
    KE_HOACH = "ke_hoach"
    PHUONG_AN = "phuong_an"
    DE_AN = "de_an"
    DU_AN = "du_an"
    BAO_CAO = "bao_cao"
    BIEN_BAN = "bien_ban"
    TO_TRINH = "to_trinh"
    HOP_DONG = "hop_dong"
    CONG_VAN = "cong_van"
    CONG_DIEN = "cong_dien"
    BAN_GHI_NHO = "ban_ghi_nho"
    BAN_THOA_THUAN = "ban_thoa_thuan"
    GIAY_UY_QUYEN = "giay_uy_quyen"
    GIAY_MOI = "giay_moi"
    GIAY_GIOI_THIEU = "giay_gioi_thieu"
    GIAY_NGHI_PHEP = "giay_nghi_phep"
    PHIEU_GUI = "phieu_gui"
    PHIEU_CHUYEN = "phieu_chuyen"
    PHIEU_BAO = "phieu_bao"
    THU_CONG = "thu_cong"
    BAN_SAO_Y = "ban_sao_y"
    BAN_TRICH_SAO = "ban_trich_sao"
    BAN_SAO_LUC = "ban_sao_luc"
    QPPL_LUAT = "qppl_luat"
    QPPL_PHAP_LENH = "qppl_phap_lenh"
    QPPL_LENH = "qppl_lenh"
    QPPL_NGHI_QUYET = "qppl_nghi_quyet"
    QPPL_NGHI_DINH = "qppl_nghi_dinh"
    QPPL_QUYET_DINH = "qppl_quyet_dinh"
    QPPL_THONG_TU = "qppl_thong_tu"
    OTHER = "other"


class BusinessType(IntEnum):
    """edXML `BussinessDocType`: what the message does to a document sent before."""

    NEW = 0
    REVOKE = 1
    UPDATE = 2
    REPLACE = 3


class SteeringType(IntEnum):
    """edXML `SteeringType`."""

    NONE = 0
    DIRECTIVE = 1
    REPORT_ON_DIRECTIVE = 2


class AttachmentRole(StrEnum):
    """What an attached file is to the document; `original` is the editable original of N6."""

    MAIN = "main"
    APPENDIX = "appendix"
    ORIGINAL = "original"
    RELATED = "related"


class CodeNumber(Part):
    """edXML `Code`: số and ký hiệu, e.g. 1308 and BC-STTTT."""

    number: Annotated[ShortText, Field(description="edXML CodeNumber (số)")]
    notation: Annotated[ShortText, Field(description="edXML CodeNotation (ký hiệu)")]


class Promulgation(Part):
    """edXML `PromulgationInfo`: where and when the document was issued (local date)."""

    place: Annotated[ShortText, Field(description="edXML Place")]
    date: Annotated[date, Field(description="edXML PromulgationDate")]


class DocumentType(Part):
    """edXML `DocumentType`. Numbers differ between installations: `kind` decides, the rest is kept as said."""

    kind: DocumentKind
    name: Annotated[ShortText, Field(description="edXML TypeName")]
    number: Annotated[int | None, Field(ge=-1, le=9999, description="edXML Type")] = None
    detail: Annotated[int | None, Field(ge=-1, le=9999, description="edXML TypeDetail")] = None


class SignerInfo(Part):
    """edXML `SignerInfo`: the person who signed the document itself."""

    competence: Annotated[ShortText | None, Field(description="edXML Competence (TM., KT. …)")] = None
    position: Annotated[ShortText, Field(description="edXML Position")]
    full_name: Annotated[ShortText, Field(description="edXML FullName")]


class OtherInfo(Part):
    """edXML `OtherInfo`."""

    priority: Annotated[Priority, Field(description="edXML Priority; decides the lane")] = Priority.NORMAL
    sphere_of_promulgation: Annotated[ShortText | None, Field(description="edXML SphereOfPromulgation")] = None
    typer_notation: Annotated[ShortText | None, Field(description="edXML TyperNotation")] = None
    promulgation_amount: Annotated[int | None, Field(ge=0, le=1_000_000, description="edXML PromulgationAmount")] = None
    page_amount: Annotated[int | None, Field(ge=0, le=1_000_000, description="edXML PageAmount")] = None
    direction: Annotated[bool | None, Field(description="edXML Direction")] = None
    appendixes: Annotated[tuple[LongText, ...], Field(max_length=200, description="edXML Appendixes/Appendix")] = ()
    reply_fors: Annotated[tuple[ShortText, ...], Field(max_length=200, description="edXML ReplyFors")] = ()
    reference_codes: Annotated[tuple[ShortText, ...], Field(max_length=200, description="edXML ReferenceCodes")] = ()


class ResponseFor(Part):
    """edXML `ResponseFor`: a document that this one answers or revokes."""

    agency_id: Annotated[Id | None, Field(description="The agency, where known")] = None
    organ_id: Annotated[Code | None, Field(description="edXML OrganId")] = None
    code: Annotated[ShortText | None, Field(description="edXML Code: number/notation")] = None
    promulgation_date: Annotated[date | None, Field(description="edXML PromulgationDate")] = None
    document_id: Annotated[DocumentCode | None, Field(description="edXML DocumentId")] = None
    subject: Annotated[Id | None, Field(description="The event subject of that document, where known")] = None


class TraceStation(Part):
    """edXML `TraceHeader`: a station that the message passed before it was signed here."""

    organ_id: Code
    timestamp: Timestamp
    more_info: LongText | None = None


class Receiver(Part):
    """edXML `ReceiverList/Receiver` of an update; type 0 or 1 as said (which adds is not confirmed)."""

    agency_id: Id | None = None
    organ_id: Code
    receiver_type: Annotated[int, Field(ge=0, le=1)]


class Replacement(Part):
    """edXML `ReplacementInfo`: which document is replaced, and for whom."""

    document_id: DocumentCode
    subject: Id | None = None
    organ_ids: Annotated[tuple[Code, ...], Field(min_length=1, max_length=1000)]


class StaffInfo(Part):
    """edXML `StaffInfo`: whom to ask."""

    department: ShortText | None = None
    staff: ShortText | None = None
    email: ShortText | None = None
    mobile: ShortText | None = None


class Business(Part):
    """edXML `Bussiness` (spelled so there): what the message does, and to which document."""

    type: Annotated[BusinessType, Field(description="edXML BussinessDocType")] = BusinessType.NEW
    reason: Annotated[LongText | None, Field(description="edXML BussinessDocReason")] = None
    document_id: Annotated[DocumentCode | None, Field(description="edXML DocumentId")] = None
    paper: Annotated[bool, Field(description="edXML Paper: a paper copy is sent too")] = False
    document_info: Annotated[bool | None, Field(description="edXML DocumentInfo: the content changed")] = None
    document_receiver: Annotated[bool | None, Field(description="edXML DocumentReceiver: the receivers changed")] = None
    receivers: Annotated[tuple[Receiver, ...], Field(max_length=1000)] = ()
    replacements: Annotated[tuple[Replacement, ...], Field(max_length=100)] = ()
    staff: Annotated[StaffInfo | None, Field(description="edXML StaffInfo")] = None


class Attachment(Part):
    """An attached file: edXML `Reference` and `Attachment`, its bytes named by hash instead of carried along."""

    id: Annotated[ShortText, Field(description="edXML ContentId without `cid:`; unique in the message")]
    name: Annotated[ShortText, Field(description="edXML AttachmentName: a safe file name")]
    media_type: Annotated[ShortText, Field(description="edXML ContentType")]
    description: Annotated[LongText | None, Field(description="edXML Description")] = None
    role: AttachmentRole = AttachmentRole.MAIN
    size: Annotated[int, Field(ge=1, description="Bytes")]
    sha256: Sha256


class SealUse(Part):
    """Who used the agency's seal (A8, Decree 30: the clerk, văn thư, seals for the agency)."""

    full_name: ShortText
    position: ShortText | None = None
    account: ShortText | None = None


class LateEntry(Part):
    """Work recorded elsewhere while the network was down, entered later (N4). A claim, shown as one."""

    occurred_at: Timestamp
    by: ShortText
    reason: LongText


class Document(Part):
    """What one agency says to others: `data` of `document_sent`."""

    sender: Annotated[Organization, Field(alias="from", description="edXML From")]
    to: Annotated[tuple[Organization, ...], Field(min_length=1, max_length=1000, description="edXML To")]
    document_id: Annotated[DocumentCode, Field(description="edXML DocumentId")]
    code: Annotated[CodeNumber, Field(description="edXML Code")]
    promulgation: Annotated[Promulgation, Field(description="edXML PromulgationInfo")]
    document_type: Annotated[DocumentType, Field(description="edXML DocumentType")]
    subject: Annotated[LongText, Field(description="edXML Subject: trích yếu")]
    content: Annotated[LongText | None, Field(description="edXML Content: summary of the content")] = None
    signer: Annotated[SignerInfo, Field(description="edXML SignerInfo")]
    due_date: Annotated[date | None, Field(description="edXML DueDate")] = None
    other: Annotated[OtherInfo, Field(description="edXML OtherInfo")] = OtherInfo()
    response_for: Annotated[tuple[ResponseFor, ...], Field(max_length=200, description="edXML ResponseFor")] = ()
    response_for_tasks: Annotated[
        tuple[ShortText, ...], Field(max_length=200, description="edXML ResponseForTask")
    ] = ()
    steering: Annotated[SteeringType, Field(description="edXML SteeringType")] = SteeringType.NONE
    application_type: Annotated[ShortText | None, Field(description="edXML ApplicationType")] = None
    to_places: Annotated[tuple[LongText, ...], Field(max_length=1000, description="edXML ToPlaces: Nơi nhận")] = ()
    trace: Annotated[tuple[TraceStation, ...], Field(max_length=200, description="edXML TraceHeaderList")] = ()
    business: Annotated[Business, Field(description="edXML Bussiness")] = Business()
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=200)] = ()
    purpose: Purpose
    secrecy: Secrecy = Secrecy.NONE
    complaint_class: ComplaintClass = ComplaintClass.NONE
    circulation: Annotated[ShortText | None, Field(description="XEM XONG TRẢ LẠI, LƯU HÀNH NỘI BỘ")] = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] = "vi"
    sealed_by: SealUse
    late_entry: LateEntry | None = None
    after: Annotated[Id | None, Field(description="A message of the same sender that must be accepted first")] = None
    extensions: Annotated[dict[ReverseDnsKey, JsonValue], Field(max_length=20, default_factory=dict)]

    @property
    def lane(self) -> Lane:
        """The lane the document travels in."""
        return self.other.priority.lane
