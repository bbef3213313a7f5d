"""What is attached: names, roles, numbers, sizes, and no programs."""

from collections.abc import Iterable

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from services.exchange.tests.builders import POLICY, attachment, facts, submission

from lienthong.common.errors import Violation
from lienthong.common.messages.document import AttachmentRole
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.rules import attachments


def said(violations: Iterable[Violation]) -> list[tuple[str, str]]:
    return [(violation.code, violation.pointer) for violation in violations]


@pytest.mark.parametrize(
    "name",
    [
        "NUL",
        "nul.txt",
        "con .pdf",
        "COM1.pdf",
        "lpt9",
        "LPT³.docx",
        "CONIN$",
        "clock$.pdf",
        "a.pdf.",
        "a.pdf ",
        " a.pdf",
        "a\u202efdp.exe",
        "a\u2066.pdf",
        "a\u200b.pdf",
        "a\x00.pdf",
        "a\n.pdf",
        "a:b.pdf",
        "a*.pdf",
        "..",
        ".",
        "~/../a",
        "C:\\a.pdf",
        "ă" * 128 + ".pdf",
    ],
)
def test_names_that_harm_whoever_saves_them_are_refused(name: str) -> None:
    given = submission(attachments=(attachment(name=name),))
    assert said(attachments.attachment_names_are_safe(given, facts())) == [
        ("attachment_name", "/data/attachments/0/name")
    ]


@pytest.mark.parametrize(
    "name", ["Báo cáo số 12 (bản ký).pdf", "console.pdf", "com10.pdf", "12-BC-SNV.signed.pdf", "ă" * 125 + ".pdf", "a"]
)
def test_plain_names_pass(name: str) -> None:
    assert said(attachments.attachment_names_are_safe(submission(attachments=(attachment(name=name),)), facts())) == []


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (["a.pdf", "b.pdf"], None),
        (["a.pdf", "a.docx"], None),
        (["a.pdf", "a.pdf"], 1),
        (["Đề án.pdf", "b.pdf", "ĐỀ ÁN.PDF"], 2),
    ],
)
def test_two_files_of_one_name_are_refused(names: list[str], place: int | None) -> None:
    given = submission(attachments=tuple(attachment(id=f"t{i}", name=name) for i, name in enumerate(names)))
    found = said(attachments.attachment_names_are_unique(given, facts()))
    assert found == ([] if place is None else [("attachment_name_twice", f"/data/attachments/{place}/name")])


@pytest.mark.requirement("N10")
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("congvan.pdf", False),
        ("congvan.docx", False),
        ("phu luc.zip", False),
        ("exe.pdf", False),
        ("exe", True),
        ("congvan.pdf.exe", True),
        ("congvan.pdf.SCR", True),
        ("congvan.docx.js", True),
        ("bao cao.lnk", True),
        ("cai dat.msi", True),
        ("a.exe.pdf", False),
    ],
)
def test_programs_are_refused_whatever_they_call_themselves(name: str, refused: bool) -> None:
    given = submission(attachments=(attachment(name=name),))
    found = said(attachments.attachments_are_no_programs(given, facts()))
    assert found == ([("attachment_program", "/data/attachments/0/name")] if refused else [])


@pytest.mark.requirement("N10")
@hypothesis_given(st.text("aăđ. .\u00a0pdfPDF-_()", max_size=20), st.sampled_from(["exe", "ExE", "vbs", "JAR"]))
def test_no_name_hides_a_program(name: str, ending: str) -> None:
    given = submission(attachments=(attachment(name=f"{name}.{ending}"),))
    assert len(said(attachments.attachments_are_no_programs(given, facts()))) == 1


def test_number_and_size_are_the_installations_to_set() -> None:
    policy = AdmissionPolicy(most_attachments=2, most_attached_bytes=30, deadlines=POLICY.deadlines)
    three = tuple(attachment(id=f"t{place}", name=f"{place}.pdf", size=11) for place in range(3))
    assert said(attachments.attachments_are_within_limits(submission(attachments=three), facts(policy=policy))) == [
        ("attachments_too_many", "/data/attachments"),
        ("attachments_too_large", "/data/attachments"),
    ]
    two = submission(attachments=three[:2])
    assert said(attachments.attachments_are_within_limits(two, facts(policy=policy))) == []


def roles(*given: AttachmentRole) -> list[tuple[str, str]]:
    attached = tuple(attachment(id=f"t{place}", name=f"{place}.pdf", role=role) for place, role in enumerate(given))
    return said(attachments.one_file_is_the_main_one(submission(attachments=attached), facts()))


def test_one_file_is_the_main_one() -> None:
    main, appendix = AttachmentRole.MAIN, AttachmentRole.APPENDIX
    assert roles() == roles(main) == roles(appendix, main, AttachmentRole.ORIGINAL) == []
    assert roles(appendix) == [("main_missing", "/data/attachments")]
    assert roles(main, appendix, main) == [("main_twice", "/data/attachments/2/role")]


def test_a_document_without_files_is_warned_of() -> None:
    assert said(attachments.something_is_attached(submission(), facts())) == []
    assert said(attachments.something_is_attached(submission(attachments=()), facts())) == [
        ("nothing_attached", "/data/attachments")
    ]


@pytest.mark.parametrize(
    ("name", "media_type", "role", "warned"),
    [
        ("a.pdf", "application/pdf", AttachmentRole.MAIN, False),
        ("a.PDF", "application/octet-stream", AttachmentRole.MAIN, False),
        ("a", "application/pdf;version=1.7", AttachmentRole.MAIN, False),
        ("a.docx", "application/msword", AttachmentRole.MAIN, True),
        ("a.docx", "application/msword", AttachmentRole.ORIGINAL, False),
        ("a.jpg", "image/jpeg", AttachmentRole.APPENDIX, False),
    ],
)
def test_the_main_file_is_a_pdf(name: str, media_type: str, role: AttachmentRole, warned: bool) -> None:
    given = submission(attachments=(attachment(name=name, media_type=media_type, role=role),))
    found = said(attachments.main_file_is_pdf(given, facts()))
    assert found == ([("main_not_pdf", "/data/attachments/0/media_type")] if warned else [])
