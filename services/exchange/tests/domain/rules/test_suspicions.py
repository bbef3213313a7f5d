"""Which words are marks of secrecy or of a petition, and which are everyday words (N3): real subjects, one by one."""

from typing import Any

import pytest
from services.exchange.tests.builders import attachment, facts, submission

from lienthong.common.messages.document import ComplaintClass, DocumentKind, DocumentType, Secrecy
from lienthong.exchange.domain.admission import judge
from lienthong.exchange.domain.rules import content, suspicions
from lienthong.exchange.domain.rules.suspicions import looks_like_a_complaint, looks_secret

pytestmark = pytest.mark.requirement("N3")

SECRET = [
    "MẬT",
    "Mật",
    "(Mật) Báo cáo tình hình an ninh quý III",
    "[MẬT] Phương án phòng thủ",
    "Mật: Phương án phòng thủ khu vực",
    "Phương án phòng thủ khu vực - Mật",
    "Báo cáo MẬT về tình hình biên giới",
    "V/v chuyển tài liệu mật",
    "V/v tiêu hủy hồ sơ mật năm 2026",
    "V/v gửi văn bản mật qua đường cơ yếu",
    "Quyết định về danh mục mật của ngành",
    "Xác định độ mật của văn bản",
    "Kế hoạch tác chiến (tối mật)",
    "KẾ HOẠCH TÁC CHIẾN TUYỆT MẬT",
    "Tuyệt  Mật",
    "Độ mật: Tối mật",
    "Công điện mật số 12",
    "Bao cao TUYET MAT.pdf",
    "tai_lieu_mat.docx",
    "Báo cáo_MẬT.pdf",
    "Phuong-an-toi-mat.pdf",
]
NOT_SECRET = [
    "V/v tăng cường bảo mật thông tin trên môi trường mạng",
    "V/V TĂNG CƯỜNG BẢO MẬT THÔNG TIN",
    "Về công tác bảo vệ bí mật nhà nước năm 2026",
    "Luật Bảo vệ bí mật nhà nước",
    "Quy định chi tiết một số điều của Luật Bảo vệ bí mật nhà nước",
    "Quy chế BẢO MẬT dữ liệu",
    "V/v thay đổi mật khẩu tài khoản thư điện tử công vụ",
    "Mật khẩu của hệ thống quản lý văn bản",
    "Báo cáo mật độ dân số các xã, phường",
    "Mật độ xây dựng khu đô thị mới",
    "Hướng dẫn sử dụng sản phẩm mật mã dân sự",
    "V/v quản lý sản phẩm, dịch vụ mật mã",
    "Công văn mật mã học đường",
    "Phối hợp mật thiết giữa các cơ quan",
    "Trao đổi thông tin mật thiết với địa phương",
    "V/v kiểm tra chất lượng mật ong",
    "Mật ong rừng U Minh",
    "Phẫu thuật sỏi mật tại Bệnh viện đa khoa tỉnh",
    "Chấm dứt nuôi gấu lấy mật",
    "Thông tư của Ban Cơ yếu về mật mã",
    "Cục Quản lý kỹ thuật nghiệp vụ mật mã",
    "Về công tác văn thư",
    "V/v mất điện tại khu vực",
    "Bao cao mat dien.pdf",
    "Mat-na-phong-doc.pdf",
    "tomat.pdf",
    "",
]
COMPLAINTS = [
    "Đơn khiếu nại",
    "Đơn khiếu nại của bà Nguyễn Thị Hoa",
    "V/v chuyển đơn tố cáo",
    "V/v chuyển đơn thư khiếu nại của công dân",
    "ĐƠN TỐ CÁO ÔNG NGUYỄN VĂN A",
    "Đơn đề nghị giải quyết tranh chấp đất đai",
    "Đơn kiến nghị, phản ánh, khiếu nại",
    "Đơn của ông Trần Văn B về việc tranh chấp ranh giới đất",
    "V/v giải quyết khiếu nại của ông Nguyễn Văn A",
    "Quyết định giải quyết khiếu nại lần đầu của bà Lê Thị C",
    "V/v tranh chấp đất đai giữa hộ ông A và hộ bà B",
    "Kết luận nội dung tố cáo ông Trần Văn D",
    "V/v trả lời khiếu nại",
    "Thông báo thụ lý tố cáo",
    "V/v rút khiếu nại",
    "Don khieu nai ong A.pdf",
    "don_thu_to_cao.docx",
    "Don de nghi giai quyet tranh chap.pdf",
]
NO_COMPLAINTS = [
    "Báo cáo công tác tiếp công dân, giải quyết khiếu nại, tố cáo quý III năm 2026",
    "Báo cáo kết quả tiếp công dân, xử lý đơn thư, giải quyết khiếu nại, tố cáo",
    "Kế hoạch triển khai thi hành Luật Tố cáo",
    "Luật Khiếu nại",
    "Quy chế phối hợp giải quyết tranh chấp lao động",
    "Nghị định về hòa giải, giải quyết tranh chấp thương mại",
    "V/v tăng cường công tác giải quyết khiếu nại, tố cáo của công dân",
    "Kế hoạch rà soát các vụ việc khiếu nại, tố cáo phức tạp, kéo dài",
    "V/v hướng dẫn mẫu đơn đăng ký",
    "Các đơn vị báo cáo việc giải quyết khiếu nại",
    "Hóa đơn, chứng từ điện tử",
    "V/v tổ chức tranh tài thể thao",
    "Tố chất của cán bộ trẻ",
    "To cao phong trao.pdf",
    "Don vi thi cong.pdf",
    "",
]


@pytest.mark.parametrize("text", SECRET)
def test_marks_of_secrecy_are_seen(text: str) -> None:
    assert looks_secret(text)


@pytest.mark.parametrize("text", NOT_SECRET)
def test_everyday_words_with_mat_are_not(text: str) -> None:
    assert not looks_secret(text)


@pytest.mark.parametrize("text", COMPLAINTS)
def test_petitions_and_cases_of_one_party_are_seen(text: str) -> None:
    assert looks_like_a_complaint(text)


@pytest.mark.parametrize("text", NO_COMPLAINTS)
def test_work_on_complaints_in_general_is_not(text: str) -> None:
    assert not looks_like_a_complaint(text)


PLACES: list[tuple[str, dict[str, Any]]] = [
    ("/data/subject", {"subject": "{}"}),
    ("/data/content", {"content": "Kính gửi quý cơ quan.\n{}"}),
    ("/data/document_type/name", {"document_type": "{}"}),
    ("/data/circulation", {"circulation": "{}"}),
    ("/data/attachments/0/name", {"attachments": {"name": "{}.pdf"}}),
    ("/data/attachments/0/description", {"attachments": {"description": "{}"}}),
]


def filled(changes: dict[str, Any], words: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for member, form in changes.items():
        if member == "document_type":
            made[member] = DocumentType(kind=DocumentKind.OTHER, name=words)
        elif member == "attachments":
            made[member] = (attachment(**{name: text.format(words) for name, text in form.items()}),)
        else:
            made[member] = form.format(words)
    return made


@pytest.mark.parametrize(("pointer", "changes"), PLACES, ids=[place for place, _ in PLACES])
def test_every_text_that_people_read_is_looked_at(pointer: str, changes: dict[str, Any]) -> None:
    secret = suspicions.nothing_looks_secret(submission(**filled(changes, "Tuyệt mật")), facts())
    complaint = suspicions.nothing_looks_like_a_complaint(submission(**filled(changes, "Đơn khiếu nại")), facts())
    assert [(each.code, each.rule, each.pointer) for each in secret] == [("secrecy_suspected", "N3", pointer)]
    assert [(each.code, each.rule, each.pointer) for each in complaint] == [("complaint_suspected", "N3", pointer)]


def test_a_petition_by_its_kind_is_seen() -> None:
    given = submission(document_type=DocumentType(kind=DocumentKind.OTHER, name="Đơn thư của công dân"))
    found = suspicions.nothing_looks_like_a_complaint(given, facts())
    assert [each.pointer for each in found] == ["/data/document_type/name"]


def test_suspicion_warns_and_never_refuses() -> None:
    judgement = judge(submission(subject="Đơn tố cáo (Tuyệt mật)"), facts())
    assert judgement.violations == ()
    assert [each.code for each in judgement.warnings] == ["secrecy_suspected", "complaint_suspected"]


def test_declared_classes_still_refuse() -> None:
    given = submission(subject="Mật", secrecy=Secrecy.SECRET, complaint_class=ComplaintClass.COMPLAINT)
    judgement = judge(given, facts())
    assert content.is_forbidden(judgement.violations)
    assert [each.code for each in judgement.violations] == ["secret_document", "complaint_document"]
