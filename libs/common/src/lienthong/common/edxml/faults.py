"""What can be wrong with an edXML message, told to people: three errors, and the codes of their violations."""

from collections.abc import Mapping
from typing import Final

from lienthong.common.errors import Kind, LienthongError, Violation, Words


class UnreadableEdxml(LienthongError, ValueError):
    """The bytes are not XML that may be read, or not edXML at all; the violation names the one reason."""

    code = "unreadable_edxml"
    kind = Kind.INVALID
    title = Words("Không đọc được tệp edXML", "The edXML cannot be read")
    advice = Words(
        "Sửa lỗi nêu trong violations ở hệ thống tạo tệp rồi gửi lại.",
        "Correct the fault named in violations where the file is made, and send it again.",
    )


class MalformedEdxml(LienthongError, ValueError):
    """The edXML is readable and says something that no message can: all faults at once, each with its place."""

    code = "malformed_edxml"
    kind = Kind.INVALID
    title = Words("Nội dung edXML không hợp lệ", "The edXML says what no message can")
    advice = Words(
        "Sửa từng lỗi nêu trong violations rồi gửi lại.",
        "Correct each fault listed in violations, and send it again.",
    )


class UnwritableEdxml(LienthongError, ValueError):
    """The message cannot be said in edXML without changing it; nothing, or no whole file, was written."""

    code = "unwritable_edxml"
    kind = Kind.REFUSED
    title = Words("Thông điệp không viết được thành edXML", "The message cannot be written as edXML")
    advice = Words(
        "Sửa nội dung nêu trong violations, ký lại rồi chuyển sang edXML.",
        "Correct what violations name, sign again, then convert.",
    )


MAX_FAULTS: Final = 100
"""How many are told at once."""

FAULTS: Final[Mapping[str, tuple[Words, Words]]] = {
    "edxml_too_large": (
        Words("Tệp lớn hơn giới hạn", "The file is larger than the limit"),
        Words("Gửi tệp đính kèm bằng đường tải lên.", "Upload the attached files instead."),
    ),
    "edxml_not_utf8": (
        Words("Tệp không ở mã UTF-8", "The file is not UTF-8"),
        Words("Ghi tệp bằng UTF-8 và khai báo đúng.", "Write it in UTF-8 and declare so."),
    ),
    "edxml_doctype": (
        Words("Có khai báo DOCTYPE hoặc thực thể", "There is a DOCTYPE, or an entity is declared"),
        Words("Bỏ DOCTYPE: edXML không dùng.", "Remove it: edXML has none."),
    ),
    "edxml_not_well_formed": (
        Words("Không phải XML đúng cú pháp", "It is not well-formed XML"),
        Words("Sửa ở dòng, cột đã nêu.", "Correct it at the line and column named."),
    ),
    "edxml_unbound_prefix": (
        Words("Tiền tố không được khai báo (xmlns)", "A prefix is used and never declared (xmlns)"),
        Words("Khai báo tiền tố, ví dụ xmlns:xlink, hoặc bỏ đi.", "Declare it, for example xmlns:xlink, or drop it."),
    ),
    "edxml_too_deep": (
        Words("Phần tử lồng quá sâu", "Elements are nested too deeply"),
        Words("Viết theo cấu trúc edXML.", "Follow the structure of edXML."),
    ),
    "edxml_too_many_elements": (
        Words("Quá nhiều phần tử", "There are too many elements"),
        Words("Chia thành nhiều thông điệp.", "Split it into several messages."),
    ),
    "edxml_too_much_text": (
        Words("Phần chữ quá dài", "There is too much text"),
        Words("Đưa nội dung dài vào tệp đính kèm.", "Put what is long into an attached file."),
    ),
    "edxml_no_header": (
        Words("Không có edXMLHeader/MessageHeader", "There is no edXMLHeader/MessageHeader"),
        Words("Gửi thông điệp edXML (QCVN 102:2016).", "Send an edXML message (QCVN 102:2016)."),
    ),
    "edxml_repeated": (
        Words("Phần tử chỉ được có một lần", "The element may stand only once"),
        Words("Giữ lại một phần tử.", "Keep one of them."),
    ),
    "edxml_date": (
        Words("Ngày không có hoặc không đúng dạng", "There is no such date, or it is malformed"),
        Words("Viết như 2026/11/22.", "Write it like 2026/11/22."),
    ),
    "edxml_time": (
        Words("Thời gian không có hoặc không đúng dạng", "There is no such time, or it is malformed"),
        Words("Viết giờ Việt Nam, như 2026/11/22 09:37:06.", "Write the time of Vietnam, like 2026/11/22 09:37:06."),
    ),
    "edxml_number": (
        Words("Không phải số nguyên", "It is not a whole number"),
        Words("Viết bằng chữ số 0-9.", "Write it in the digits 0 to 9."),
    ),
    "edxml_boolean": (
        Words("Không phải 0 hoặc 1", "It is neither 0 nor 1"),
        Words("Viết 0 hoặc 1.", "Write 0 or 1."),
    ),
    "edxml_base64": (
        Words("Nội dung tệp không phải Base64", "The file's content is not Base64"),
        Words("Mã hóa lại tệp bằng Base64.", "Encode the file as Base64 again."),
    ),
    "edxml_zip": (
        Words("Tệp ZIP hỏng, có mật khẩu hoặc quá lớn", "The ZIP is damaged, encrypted or too large"),
        Words("Nén lại tệp, không đặt mật khẩu.", "Pack the file again, without a password."),
    ),
    "edxml_no_content": (
        Words("Không có nội dung tệp đính kèm", "The attached file's content is not there"),
        Words(
            "Gửi kèm nội dung, hoặc cho biết kích thước và SHA-256.", "Carry it along, or tell its size and SHA-256."
        ),
    ),
    "edxml_unknown_agency": (
        Words("Không có cơ quan nào mang mã này", "No agency has this code"),
        Words("Tra mã định danh trong danh bạ cơ quan.", "Look the code up in the register of agencies."),
    ),
    "edxml_not_xml_text": (
        Words("Có ký tự mà XML không chứa được", "There is a character that XML cannot hold"),
        Words("Bỏ ký tự điều khiển.", "Leave out control characters."),
    ),
    "edxml_other_content": (
        Words("Tệp khác với tệp mà thông điệp đã nêu", "The file is not the one that the message names"),
        Words("Đưa đúng tệp có kích thước và SHA-256 đó.", "Give the file of that size and SHA-256."),
    ),
}
"""Codes of violations, beside those of any malformed message; to each, what is wrong and what to do."""


def fault(code: str, place: str) -> Violation:
    """One fault at a place: names of elements from the root, `[2]` for the second of several."""
    detail, advice = FAULTS[code]
    return Violation(code, None, place, detail, advice)


def unreadable(code: str, place: str = "") -> UnreadableEdxml:
    """The error of a file that is not read any further; `place` is a line and column, where known."""
    detail = FAULTS[code][0]
    return UnreadableEdxml(detail, violations=[fault(code, place)])
