"""Messages as they really look: new, revoke, update, replace, status, an older form; and written again."""

from datetime import UTC, date, datetime

import pytest

from lienthong.common.edxml import Beside, Stored
from lienthong.common.messages.document import (
    AttachmentRole,
    BusinessType,
    DocumentKind,
    Purpose,
    Receiver,
    Secrecy,
)
from lienthong.common.messages.status import StatusCode

from .world import AGENCIES, BESIDE, CLERK, STATUS_BESIDE, read_document, read_status, sample, written, written_status

KINDS = ["new", "revoke", "update", "replace", "older", "every_field"]


def test_a_new_document() -> None:
    found = read_document(sample("new"))
    assert found.signed
    assert found.unmapped == ()
    assert found.organ_ids == {"000.00.13.H53", "000.00.12.H53", "000.00.31.H53"}
    assert found.time == datetime(2020, 8, 14, 9, 35, 56, tzinfo=UTC)
    document = found.document(BESIDE)
    assert document.business.type is BusinessType.NEW
    assert [each.code for each in document.to] == ["000.00.12.H53", "000.00.31.H53"]
    assert document.to[1].agency_id == AGENCIES["000.00.31.H53"]
    assert document.document_type.kind is DocumentKind.CONG_VAN
    assert document.signer.competence is None
    assert document.trace == ()


def test_a_file_packed_for_the_axis_is_taken_out_of_its_zip() -> None:
    found = read_document(sample("new"))
    attachment = found.document(BESIDE).attachments[0]
    assert found.contents["209"].open().read() == "V/v kết nối\n".encode()
    assert (attachment.id, attachment.size) == ("209", 16)
    assert (attachment.name, attachment.media_type) == ("cong-van.doc", "application/msword")


def test_a_revocation_names_the_document_that_it_revokes() -> None:
    document = read_document(sample("revoke")).document(BESIDE)
    assert (document.business.type, document.business.reason) == (BusinessType.REVOKE, "Ban hành nhầm")
    [revoked] = document.response_for
    assert revoked.document_id == "000.00.13.H53,2020/08/10,1290/STTTT-TTBCXB"
    assert revoked.promulgation_date == date(2020, 8, 10)
    assert revoked.agency_id == AGENCIES["000.00.13.H53"]


def test_an_update_names_who_is_added_and_removed() -> None:
    business = read_document(sample("update")).document(BESIDE).business
    assert (business.type, business.document_info, business.document_receiver) == (BusinessType.UPDATE, True, True)
    assert [(each.organ_id, each.receiver_type) for each in business.receivers] == [
        ("000.00.31.H53", 0),
        ("000.21.31.H53", 1),
    ]
    assert all(isinstance(each, Receiver) and each.agency_id for each in business.receivers)
    assert business.staff is not None
    assert business.staff.email is None


def test_a_replacement_names_what_is_replaced_for_whom() -> None:
    business = read_document(sample("replace")).document(BESIDE).business
    assert business.type is BusinessType.REPLACE
    assert [each.organ_ids for each in business.replacements] == [
        ("000.00.12.H53", "000.00.31.H53"),
        ("000.00.12.H53",),
    ]


def test_a_status() -> None:
    found = read_status(sample("status"))
    report = found.report(STATUS_BESIDE)
    assert found.organ_ids == {"000.00.12.H53", "000.00.13.H53"}
    assert (report.status, report.sender.name) == (StatusCode.RECEIVED, "Sở Tài nguyên và Môi trường")
    assert report.response_for.agency_id == AGENCIES["000.00.13.H53"]
    assert found.time == datetime(2020, 8, 15, 1, 1, 2, tzinfo=UTC)


def test_an_older_form_reads_alike() -> None:
    found = read_document(sample("older"))
    assert not found.signed, "an empty DigitalSignature is none"
    document = found.document(BESIDE)
    assert document.business.reason == "Văn bản mới"
    assert [(each.id, each.name) for each in document.attachments] == [("209", "cong-van.doc")]


@pytest.mark.parametrize("name", KINDS)
def test_what_was_read_and_written_again_reads_the_same(name: str) -> None:
    found = read_document(sample(name))
    document = found.document(BESIDE)
    files = {content_id: content.open().read() for content_id, content in found.contents.items()}
    again = read_document(written(document, found.time, files))
    assert again.document(BESIDE) == document
    assert again.unmapped == ()
    report = read_status(sample("status")).report(STATUS_BESIDE)
    assert read_status(written_status(report)).report(STATUS_BESIDE) == report


def test_what_edxml_lacks_comes_from_beside() -> None:
    beside = Beside(
        agency_ids=AGENCIES,
        purpose=Purpose.DIRECTION,
        sealed_by=CLERK,
        kind=DocumentKind.QPPL_QUYET_DINH,
        secrecy=Secrecy.SECRET,
        circulation="LƯU HÀNH NỘI BỘ",
        language="vi-VN",
        subjects={"000.00.13.H53,2020/08/10,1290/STTTT-TTBCXB": AGENCIES["some document"]},
        roles={"209": AttachmentRole.ORIGINAL},
        files={"209": Stored(size=3, sha256="b" * 64)},
    )
    replaced = read_document(sample("replace")).document(beside)
    assert (replaced.purpose, replaced.secrecy, replaced.circulation) == (
        Purpose.DIRECTION,
        Secrecy.SECRET,
        "LƯU HÀNH NỘI BỘ",
    )
    assert replaced.document_type.kind is DocumentKind.QPPL_QUYET_DINH
    assert replaced.business.replacements[0].subject == AGENCIES["some document"]
    assert replaced.attachments[0].role is AttachmentRole.ORIGINAL
    older = read_document(sample("older")).document(beside)
    assert (older.attachments[0].size, older.attachments[0].sha256) == (3, "b" * 64)
