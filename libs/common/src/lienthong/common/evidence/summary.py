"""The page for people inside an evidence file: static, without scripts, every word that others wrote escaped.

It shows what the file says and how to check it. It proves nothing: the exchange's signature covers it like everything.
"""

import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from lienthong.common.clock import VIETNAM
from lienthong.common.evidence.events import read_event
from lienthong.common.evidence.parts import EvidenceParts, ProvenMessage
from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import Attachment, Document
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ChangeLapsed,
    ContentRemoved,
    DeliveryEnded,
    DocumentSent,
    StatusReported,
    SubmissionReceipt,
    TakeBackRequested,
)
from lienthong.common.messages.notice import Ending
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode
from lienthong.common.text.terminal import harmless

_STATUSES: Final = {
    StatusCode.ARRIVED: ("Đã đến", "Arrived"),
    StatusCode.REFUSED: ("Từ chối tiếp nhận", "Refused"),
    StatusCode.RECEIVED: ("Đã tiếp nhận", "Received"),
    StatusCode.ASSIGNED: ("Phân công", "Assigned"),
    StatusCode.PROCESSING: ("Đang xử lý", "In progress"),
    StatusCode.DONE: ("Hoàn thành", "Done"),
}
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}i{color:#555;font-style:normal}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #bbb;padding:.4rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{background:#f2f2f2;font-weight:600}code{overflow-wrap:anywhere}"
    ".training{border:2px solid #a40000;color:#a40000;padding:.5rem 1rem;font-weight:600}"
)

Cells = Sequence[str]


def summary_page(parts: EvidenceParts) -> bytes:
    """The page as UTF-8. Raises EvidenceRefused(MALFORMED) where the document is none."""
    event = read_event(parts.document.message.payload)
    if not isinstance(event, DocumentSent):
        raise TypeError("evidence is of a document")
    document = event.data
    body = [
        "<h1>Bằng chứng liên thông văn bản<br><i>Evidence of an exchanged document</i></h1>",
        *_training(parts),
        _table(None, _facts(parts, document)),
        "<h2>Diễn biến tại nơi nhận <i>· What became of it at the recipient</i></h2>",
        _table(("Việc · What", "Xảy ra · Happened", "Trục tiếp nhận · Accepted"), _course(parts)),
        "<h2>Tệp đính kèm <i>· Attachments</i></h2>",
        _table(("Tên · Name", "Dung lượng · Bytes", "SHA-256"), [_attachment(each) for each in document.attachments]),
        *_how_to_check(),
    ]
    title = _text(document.document_id)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="vi">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n<style>{_STYLE}</style>\n'
        f"</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    ).encode()


def _training(parts: EvidenceParts) -> list[str]:
    if parts.subject.environment == "production":
        return []
    return ['<p class="training">Môi trường ĐÀO TẠO: không có giá trị pháp lý · TRAINING: of no legal value</p>']


def _facts(parts: EvidenceParts, document: Document) -> list[Cells]:
    subject, receipt = parts.subject, _receipt(parts.document)
    (recipient,) = (each for each in document.to if each.agency_id == subject.recipient)
    acknowledged = parts.inbox.delivery_receipt is not None
    return [
        (_both("Số, ký hiệu", "Symbol"), _text(f"{document.code.number}/{document.code.notation}")),
        (_both("Mã văn bản", "Document id"), _text(document.document_id)),
        (_both("Trích yếu", "Subject"), _text(document.subject)),
        (_both("Ngày ban hành", "Date of issue"), f"{document.promulgation.date:%d/%m/%Y}"),
        (_both("Người ký", "Signed by"), _text(f"{document.signer.position} {document.signer.full_name}")),
        (_both("Nơi gửi", "Sender"), _agency(document.sender)),
        (_both("Nơi nhận", "Recipient"), _agency(recipient)),
        (_both("Trục tiếp nhận lúc", "Accepted by the exchange"), _time(receipt.accepted_at)),
        (_both("Số thứ tự trong hộp đến", "Number in the recipient's inbox"), f"{subject.n} ({subject.lane})"),
        (
            _both("Nơi nhận xác nhận đã lấy", "Acknowledged by the recipient"),
            _both("có", "yes") if acknowledged else _both("chưa", "not yet"),
        ),
        (_both("Mã thông điệp", "Message id"), f"<code>{subject.message_id}</code>"),
        (_both("SHA-256 của nội dung đã ký", "SHA-256 of the signed bytes"), f"<code>{receipt.sha256}</code>"),
        (_both("Bằng chứng lập lúc", "This evidence was made"), _time(subject.made_at)),
    ]


def _course(parts: EvidenceParts) -> list[Cells]:
    rows: list[Cells] = []
    for each in parts.messages:
        event = read_event(each.message.payload)
        rows.append((_what(event), _time(event.time), _time(_receipt(each).accepted_at)))
    return rows


def _what(event: object) -> str:
    match event:
        case StatusReported():
            vi, en = _STATUSES[event.data.status]
            told = _said(f"{event.data.status} {vi}", en, event.data.description)
        case TakeBackRequested():
            told = _said("Nơi gửi yêu cầu lấy lại (13)", "The sender asks for it back (13)", event.data.reason)
        case DocumentSent():
            symbol = f"{event.data.code.number}/{event.data.code.notation}"
            told = _said("Văn bản thu hồi, cập nhật hoặc thay thế", "Revocation, update or replacement", symbol)
        case ChangeAnswered() if event.data.status is Answer.AGREED:
            told = _said("Nơi nhận đồng ý (15)", "The recipient agrees (15)", event.data.description)
        case ChangeAnswered():
            told = _said("Nơi nhận không đồng ý (16)", "The recipient refuses (16)", event.data.description)
        case ContentRemoved():
            told = _said("Nơi nhận đã xóa nội dung", "The recipient has removed the content", event.data.note)
        case DeliveryEnded() if event.data.how is Ending.WITHDRAWN:
            told = _both("Đã rút trước khi đến", "Withdrawn before it arrived")
        case DeliveryEnded():
            told = _both("Hết hạn tiếp nhận", "Expired: neither received nor refused in time")
        case ChangeLapsed():
            told = _both("Yêu cầu thay đổi hết hạn trả lời", "A request for a change was not answered in time")
        case _:
            raise TypeError(f"{type(event).__name__} has no place in evidence")
    return told


def _said(vi: str, en: str, remark: str | None) -> str:
    return _both(vi, en) + (f"<br>{_text(remark)}" if remark else "")


def _how_to_check() -> list[str]:
    return [
        "<h2>Kiểm tra <i>· How to check</i></h2>",
        "<p>Trang này chỉ để đọc. Kiểm tra cả tệp, không cần mạng: "
        "<i>This page is for reading. Check the whole file, without a network:</i></p>",
        "<p><code>lienthong evidence verify TỆP.zip --trust CHỨNG-THƯ-GỐC.pem</code></p>",
    ]


def _table(columns: Cells | None, rows: Iterable[Cells]) -> str:
    head = "" if columns is None else _row(columns, "th")
    first = "th" if columns is None else "td"
    lines = [
        _row(cells[:1], first).removesuffix("</tr>") + _row(cells[1:], "td").removeprefix("<tr>") for cells in rows
    ]
    return "<table>\n" + "\n".join([*([head] if head else []), *lines]) + "\n</table>" if lines else "<p>–</p>"


def _row(cells: Cells, tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _attachment(each: Attachment) -> Cells:
    return _text(each.name), str(each.size), f"<code>{_text(each.sha256)}</code>"


def _agency(named: Organization) -> str:
    return f"{_text(named.name)} ({_text(named.code)})<br><code>{named.agency_id}</code>"


def _receipt(each: ProvenMessage) -> SubmissionReceipt:
    return SubmissionReceipt.model_validate_json(each.receipt.payload, extra="ignore")


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y} (+07)"


def _both(vi: str, en: str) -> str:
    return f"{_text(vi)} <i>· {_text(en)}</i>"


def _text(text: str) -> str:
    return html.escape(harmless(text))
