"""The table test: every element of edXML says the same in our message, and back, and nothing was forgotten."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from lienthong.common.edxml.table import ANSWER, DOCUMENT, LACKING, NAMESPACE, STATUS, TAKE_BACK, Element
from lienthong.common.messages.change import ChangeAnswer, TakeBack
from lienthong.common.messages.document import (
    Attachment,
    Business,
    BusinessType,
    CodeNumber,
    Document,
    DocumentType,
    OtherInfo,
    Priority,
    Promulgation,
    Receiver,
    Replacement,
    ResponseFor,
    SignerInfo,
    StaffInfo,
    SteeringType,
    TraceStation,
)
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport

from .world import BESIDE, STATUS_BESIDE, read_document, read_status, sample, written, written_status

HEADER = "edXMLEnvelope/edXMLHeader/MessageHeader"
TRACE = "edXMLEnvelope/edXMLHeader/TraceHeaderList"
BUSSINESS = f"{TRACE}/Bussiness"
REFERENCE = "edXMLEnvelope/edXMLBody/edXMLManifest/Reference"
ATTACHMENT = "AttachmentEncoded/Attachment"


def organization(place: str, member: str) -> list[tuple[str, str, str, Any]]:
    texts = {
        "OrganId": ("code", "H53.13.02"),
        "OrganizationInCharge": ("in_charge", "Bộ Nội vụ"),
        "OrganName": ("name", "Sở Nội vụ & Dân tộc"),
        "OrganAdd": ("address", "Số 1 <Hùng Vương>"),
        "Email": ("email", "sonoivu@example.vn"),
        "Telephone": ("telephone", "(0276) 3 822 222"),
        "Fax": ("fax", "0276.3822223"),
        "Website": ("website", "https://sonoivu.example.vn/?a=1&b=2"),
    }
    return [(f"{place}/{name}", text, f"{member}.{attribute}", text) for name, (attribute, text) in texts.items()]


def response_for(place: str, member: str) -> list[tuple[str, str, str, Any]]:
    return [
        (f"{place}/OrganId", "000.00.00.G22", f"{member}.organ_id", "000.00.00.G22"),
        (f"{place}/Code", "7816/VPCP-TTĐT", f"{member}.code", "7816/VPCP-TTĐT"),
        (f"{place}/PromulgationDate", "2015/09/30", f"{member}.promulgation_date", date(2015, 9, 30)),
        (f"{place}/DocumentId", "G22,2015,7816/VPCP", f"{member}.document_id", "G22,2015,7816/VPCP"),
    ]


def staff(place: str, member: str) -> list[tuple[str, str, str, Any]]:
    texts = {
        "Department": "Phòng Văn thư",
        "Staff": "Lê Ngọc Trâm",
        "Email": "tram@example.vn",
        "Mobile": "84912000001",
    }
    return [(f"{place}/{name}", text, f"{member}.{name.lower()}", text) for name, text in texts.items()]


FIELDS: list[tuple[str, str, str, Any]] = [
    *organization(f"{HEADER}/From", "sender"),
    *organization(f"{HEADER}/To", "to.0"),
    (f"{HEADER}/DocumentId", "9fbfbad2-f1f8-4256", "document_id", "9fbfbad2-f1f8-4256"),
    (f"{HEADER}/Code/CodeNumber", "05", "code.number", "05"),
    (f"{HEADER}/Code/CodeNotation", "QyĐ-UBND", "code.notation", "QyĐ-UBND"),
    (f"{HEADER}/PromulgationInfo/Place", "Hà Nội", "promulgation.place", "Hà Nội"),
    (f"{HEADER}/PromulgationInfo/PromulgationDate", "2026/02/28", "promulgation.date", date(2026, 2, 28)),
    (f"{HEADER}/DocumentType/Type", "18", "document_type.number", 18),
    (f"{HEADER}/DocumentType/TypeDetail", "0", "document_type.detail", 0),
    (f"{HEADER}/DocumentType/TypeName", "Công văn", "document_type.name", "Công văn"),
    (f"{HEADER}/Subject", "V/v góp ý dự thảo", "subject", "V/v góp ý dự thảo"),
    (f"{HEADER}/Content", "Dòng một\nDòng hai", "content", "Dòng một\nDòng hai"),
    (f"{HEADER}/SignerInfo/Competence", "TM. ỦY BAN NHÂN DÂN", "signer.competence", "TM. ỦY BAN NHÂN DÂN"),
    (f"{HEADER}/SignerInfo/Position", "Chủ tịch", "signer.position", "Chủ tịch"),
    (f"{HEADER}/SignerInfo/FullName", "Lê Quý Đôn", "signer.full_name", "Lê Quý Đôn"),
    (f"{HEADER}/DueDate", "2026/12/31", "due_date", date(2026, 12, 31)),
    (f"{HEADER}/OtherInfo/Priority", "3", "other.priority", Priority.EXPRESS),
    (f"{HEADER}/OtherInfo/SphereOfPromulgation", "Nội bộ", "other.sphere_of_promulgation", "Nội bộ"),
    (f"{HEADER}/OtherInfo/TyperNotation", "LVA", "other.typer_notation", "LVA"),
    (f"{HEADER}/OtherInfo/PromulgationAmount", "0", "other.promulgation_amount", 0),
    (f"{HEADER}/OtherInfo/PageAmount", "22", "other.page_amount", 22),
    (f"{HEADER}/OtherInfo/Direction", "true", "other.direction", True),
    (f"{HEADER}/OtherInfo/Appendixes/Appendix", "Phụ lục I", "other.appendixes.0", "Phụ lục I"),
    (f"{HEADER}/OtherInfo/ReplyFors", "34/STC-QLNS", "other.reply_fors.0", "34/STC-QLNS"),
    (f"{HEADER}/OtherInfo/ReferenceCodes", "000-2", "other.reference_codes.0", "000-2"),
    *response_for(f"{HEADER}/ResponseFor", "response_for.0"),
    (f"{HEADER}/ResponseForTask/TaskCode", "NV-1", "response_for_tasks.0", "NV-1"),
    (f"{HEADER}/SteeringType", "1", "steering", SteeringType.DIRECTIVE),
    (f"{HEADER}/ApplicationType", "QLVB", "application_type", "QLVB"),
    (f"{HEADER}/ToPlaces/Place", "Lưu: VT", "to_places.0", "Lưu: VT"),
    (f"{TRACE}/TraceHeader/OrganId", "000.00.00.G14", "trace.0.organ_id", "000.00.00.G14"),
    (
        f"{TRACE}/TraceHeader/Timestamp",
        "2026/11/22 00:00:01",
        "trace.0.timestamp",
        datetime(2026, 11, 21, 17, 0, 1, tzinfo=UTC),
    ),
    (f"{TRACE}/TraceHeader/MoreInfo", "qua trục", "trace.0.more_info", "qua trục"),
    (f"{BUSSINESS}/DocumentId", "a,2020,1/b", "business.document_id", "a,2020,1/b"),
    (f"{BUSSINESS}/BussinessDocType", "3", "business.type", BusinessType.REPLACE),
    (f"{BUSSINESS}/BussinessDocReason", "Ban hành nhầm", "business.reason", "Ban hành nhầm"),
    (f"{BUSSINESS}/BussinessDocumentInfo/DocumentInfo", "0", "business.document_info", False),
    (f"{BUSSINESS}/BussinessDocumentInfo/DocumentReceiver", "1", "business.document_receiver", True),
    (
        f"{BUSSINESS}/BussinessDocumentInfo/ReceiverList/Receiver/OrganId",
        "000.1137.H53",
        "business.receivers.0.organ_id",
        "000.1137.H53",
    ),
    (
        f"{BUSSINESS}/BussinessDocumentInfo/ReceiverList/Receiver/ReceiverType",
        "0",
        "business.receivers.0.receiver_type",
        0,
    ),
    (
        f"{BUSSINESS}/ReplacementInfoList/ReplacementInfo/DocumentId",
        "b,2020,2/c",
        "business.replacements.0.document_id",
        "b,2020,2/c",
    ),
    (
        f"{BUSSINESS}/ReplacementInfoList/ReplacementInfo/OrganIdList/OrganId",
        "000.06.12.H53",
        "business.replacements.0.organ_ids.0",
        "000.06.12.H53",
    ),
    (f"{BUSSINESS}/Paper", "0", "business.paper", False),
    *staff(f"{BUSSINESS}/StaffInfo", "business.staff"),
    (f"{REFERENCE}/ContentId", "cid:36b8a92e-f054", "attachments.0.id", "36b8a92e-f054"),
    (f"{REFERENCE}/ContentType", "application/pdf", "attachments.0.media_type", "application/pdf"),
    (f"{REFERENCE}/Description", "Bản ký số", "attachments.0.description", "Bản ký số"),
    (f"{REFERENCE}/AttachmentName", "cong-van.pdf", "attachments.0.name", "cong-van.pdf"),
    (f"{ATTACHMENT}/ContentId", "cid:36b8a92e-f054", "attachments.0.id", "36b8a92e-f054"),
    (f"{ATTACHMENT}/ContentType", "application/pdf", "attachments.0.media_type", "application/pdf"),
    (f"{ATTACHMENT}/Description", "Bản ký số", "attachments.0.description", "Bản ký số"),
    (f"{ATTACHMENT}/AttachmentName", "cong-van.pdf", "attachments.0.name", "cong-van.pdf"),
    (f"{ATTACHMENT}/ContentTransferEncoded", "WGluIGNow6Bv", "attachments.0.size", 9),
]
"""Path, text, member, value: written by hand after the standard, not after the table."""

STATUS_FIELDS: list[tuple[str, str, str, Any]] = [
    *organization(f"{HEADER}/From", "sender"),
    *response_for(f"{HEADER}/ResponseFor", "response_for"),
    *staff(f"{HEADER}/StaffInfo", "staff"),
    (f"{HEADER}/StatusCode", "02", "status", StatusCode.REFUSED),
    (f"{HEADER}/Description", "Sai nơi nhận", "description", "Sai nơi nhận"),
]


def element_at(root: ET.Element, path: str) -> ET.Element:
    found = root.find("/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))
    assert found is not None, path
    return found


def with_text(xml: bytes, path: str, text: str) -> bytes:
    """The sample with one element saying something else; what stands in both places of a file is changed in both."""
    root = ET.fromstring(xml)
    element_at(root, path).text = text
    for one, other in ((REFERENCE, ATTACHMENT), (ATTACHMENT, REFERENCE)):
        if path.startswith(one) and not path.endswith("ContentTransferEncoded"):
            element_at(root, path.replace(one, other)).text = text
    return ET.tostring(root, encoding="utf-8")


def texts_of(xml: bytes) -> list[tuple[str, str]]:
    """Every element with a text of its own, in order."""

    def inside(parent: ET.Element, path: str) -> Iterator[tuple[str, str]]:
        for child in parent:
            here = f"{path}/{child.tag.rpartition('}')[2]}"
            if not len(child):
                yield here, child.text or ""
            yield from inside(child, here)

    return list(inside(ET.fromstring(xml), ""))


def member_of(message: BaseModel, path: str) -> Any:
    found: Any = message
    for step in path.split("."):
        found = found[int(step)] if step.isdigit() else getattr(found, step)
    return found


@pytest.mark.parametrize(("path", "text", "member", "value"), FIELDS, ids=[row[0] for row in FIELDS])
def test_a_field_of_a_document_says_the_same_in_both(path: str, text: str, member: str, value: Any) -> None:
    xml = with_text(sample("every_field"), path, text)
    found = read_document(xml)
    document = found.document(BESIDE)
    assert member_of(document, member) == value
    files = {name: content.open().read() for name, content in found.contents.items()}
    again = written(document, contents=files)
    assert element_at(ET.fromstring(again), path).text == text
    assert texts_of(again) == texts_of(xml)
    assert read_document(again).document(BESIDE) == document
    assert found.unmapped == read_document(again).unmapped == ()


@pytest.mark.parametrize(("path", "text", "member", "value"), STATUS_FIELDS, ids=[row[0] for row in STATUS_FIELDS])
def test_a_field_of_a_status_says_the_same_in_both(path: str, text: str, member: str, value: Any) -> None:
    xml = with_text(sample("status"), path, text)
    found = read_status(xml)
    report = found.report(STATUS_BESIDE)
    assert member_of(report, member) == value
    again = written_status(report, found.time)
    assert texts_of(again) == texts_of(xml)
    assert read_status(again).report(STATUS_BESIDE) == report
    assert found.unmapped == ()


def test_the_time_of_a_status_is_the_local_time_of_vietnam() -> None:
    found = read_status(with_text(sample("status"), f"{HEADER}/Timestamp", "2015/09/20 00:08:36"))
    assert found.time == datetime(2015, 9, 19, 17, 8, 36, tzinfo=UTC)
    assert b"<edXML:Timestamp>2015/09/20 00:08:36<" in written_status(found.report(STATUS_BESIDE), found.time)


def test_the_senders_station_alone_is_the_time_of_the_document() -> None:
    root = ET.fromstring(sample("every_field"))
    station = element_at(root, f"{TRACE}/TraceHeader")
    station.remove(element_at(root, f"{TRACE}/TraceHeader/MoreInfo"))
    found = read_document(ET.tostring(root))
    assert (found.time, found.members["trace"]) == (datetime(2020, 8, 14, 9, 35, 56, tzinfo=UTC), ())
    assert texts_of(written(found.document(BESIDE), found.time)) == [
        each for each in texts_of(ET.tostring(root)) if not each[0].startswith("/AttachmentEncoded")
    ]


def leaves(elements: Sequence[Element], path: str = "") -> Iterator[str]:
    for element in elements:
        here = f"{path}/{element.name}".lstrip("/")
        if element.value is not None:
            yield here
        yield from leaves(element.inside, here)


def test_every_element_of_the_standard_is_in_the_table_and_no_other() -> None:
    assert set(leaves(DOCUMENT)) == {path for path, *_ in FIELDS}
    assert set(leaves(STATUS)) == {path for path, *_ in STATUS_FIELDS} | {f"{HEADER}/Timestamp"}


PARTS: dict[str, type[BaseModel]] = {
    "sender": Organization,
    "to": Organization,
    "code": CodeNumber,
    "promulgation": Promulgation,
    "document_type": DocumentType,
    "signer": SignerInfo,
    "other": OtherInfo,
    "response_for": ResponseFor,
    "trace": TraceStation,
    "business": Business,
    "staff": StaffInfo,
    "receivers": Receiver,
    "replacements": Replacement,
    "attachments": Attachment,
}


def mapped(elements: Sequence[Element], model: type[BaseModel]) -> Iterator[str]:
    for element in elements:
        if not element.member:
            yield from mapped(element.inside, model)
        elif element.member in model.model_fields:
            yield f"{model.__name__}.{element.member}"
            if element.inside:
                yield from mapped(element.inside, PARTS[element.member])


def test_every_member_of_a_message_is_mapped_or_told_to_be_lacking() -> None:
    models = {Document, StatusReport, TakeBack, ChangeAnswer, *PARTS.values()}
    members = {f"{model.__name__}.{name}" for model in models for name in model.model_fields}
    found = {*mapped(DOCUMENT, Document), *mapped(STATUS, StatusReport)}
    found |= {*mapped(TAKE_BACK, TakeBack), *mapped(ANSWER, ChangeAnswer)}
    assert found | LACKING.keys() == members
    assert found & LACKING.keys() == set()


def test_the_spelling_is_that_of_the_axis() -> None:
    xml = written(read_document(sample("update")).document(BESIDE)).decode()
    assert "<edXML:BussinessDocType>2<" in xml
    assert "Business" not in xml
