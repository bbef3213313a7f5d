"""Besides the scan, important documents carry the file they were made from (N6)."""

from typing import Any

import pytest
from services.exchange.tests.builders import POLICY, SENDER, attachment, facts, known, submission

from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.messages.document import AttachmentRole, DocumentKind, DocumentType, Purpose
from lienthong.common.messages.kinds import COPIES, KINDS, LEGAL_NORMATIVE
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.rules.originals import original_is_attached

pytestmark = pytest.mark.requirement("N6")

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def original(**changes: Any) -> Any:
    members = {"id": "tep-2", "name": "Kế hoạch.docx", "media_type": DOCX, "role": AttachmentRole.ORIGINAL}
    return attachment(**(members | changes))


def codes(
    kind: DocumentKind, *attached: Any, by: str | None = "province", policy: AdmissionPolicy = POLICY, **changes: Any
) -> list[str]:
    members: dict[str, Any] = {
        "document_type": DocumentType(kind=kind, name=KINDS[kind].name),
        "attachments": attached or (attachment(),),
        "purpose": Purpose.OTHER,
    }
    given = submission(**(members | changes))
    register = facts(known(SENDER, AgencyLife.ACTIVE, kind=by), policy=policy)
    return [each.code for each in original_is_attached(given, register)]


@pytest.mark.parametrize("kind", sorted(LEGAL_NORMATIVE))
@pytest.mark.parametrize("by", ["ministry", "province", "department", "commune", None])
def test_legal_normative_documents_carry_it_whoever_sends_them(kind: DocumentKind, by: str | None) -> None:
    assert codes(kind, by=by) == ["original_missing"]
    assert codes(kind, attachment(), original(), by=by) == []


@pytest.mark.parametrize("kind", [DocumentKind.CHUONG_TRINH, DocumentKind.KE_HOACH])
@pytest.mark.parametrize(
    ("by", "needed"),
    [
        ("province", True),
        ("provincial_office", True),
        ("department", False),
        ("ministry", False),
        ("commune", False),
        (None, False),
    ],
)
def test_programmes_and_plans_of_the_province_carry_it(kind: DocumentKind, by: str | None, needed: bool) -> None:
    assert codes(kind, by=by) == (["original_missing"] if needed else [])
    assert codes(kind, attachment(), original(), by=by) == []


@pytest.mark.parametrize("kind", sorted(set(DocumentKind) - LEGAL_NORMATIVE - COPIES))
def test_what_is_declared_a_programme_is_one(kind: DocumentKind) -> None:
    assert codes(kind, purpose=Purpose.PROGRAMME) == ["original_missing"]
    assert codes(kind, purpose=Purpose.PROGRAMME, by="department") == []


@pytest.mark.parametrize("kind", sorted(COPIES))
def test_a_copy_has_no_original_file_of_its_own(kind: DocumentKind) -> None:
    assert codes(kind, purpose=Purpose.PROGRAMME) == []


@pytest.mark.parametrize(
    "kind", sorted(set(DocumentKind) - LEGAL_NORMATIVE - {DocumentKind.CHUONG_TRINH, DocumentKind.KE_HOACH})
)
def test_other_kinds_do_not_need_it(kind: DocumentKind) -> None:
    assert codes(kind) == []


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.docx", "application/octet-stream"),
        ("A.DOCX", "application/octet-stream"),
        ("a.odt", "application/vnd.oasis.opendocument.text"),
        ("a.xlsx", "application/zip"),
        ("bang-tinh", "application/vnd.ms-excel"),
        ("a.rtf", "text/rtf; charset=utf-8"),
        ("a", DOCX.upper()),
    ],
)
def test_what_can_be_edited_is_an_original(name: str, media_type: str) -> None:
    assert codes(DocumentKind.KE_HOACH, attachment(), original(name=name, media_type=media_type)) == []


@pytest.mark.parametrize(
    ("name", "media_type"), [("a.pdf", "application/pdf"), ("a.jpg", "image/jpeg"), ("docx", "application/zip")]
)
def test_another_scan_is_none(name: str, media_type: str) -> None:
    given = original(name=name, media_type=media_type)
    assert codes(DocumentKind.KE_HOACH, attachment(), given) == ["original_not_editable"]


def test_one_editable_original_suffices() -> None:
    scan = original(name="a.pdf", media_type="application/pdf", id="tep-3")
    assert codes(DocumentKind.KE_HOACH, attachment(), scan, original()) == []


def test_an_editable_file_in_another_role_is_not_the_original() -> None:
    appendix = original(role=AttachmentRole.APPENDIX)
    assert codes(DocumentKind.KE_HOACH, attachment(), appendix) == ["original_missing"]


def test_whose_plans_are_the_provinces_is_set_by_the_installation() -> None:
    policy = AdmissionPolicy(provincial_kinds=frozenset({"city"}), deadlines=POLICY.deadlines)
    assert codes(DocumentKind.KE_HOACH, by="city", policy=policy) == ["original_missing"]
    assert codes(DocumentKind.KE_HOACH, by="province", policy=policy) == []
