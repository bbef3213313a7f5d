"""Dirty data seen in real traffic (standards, 1.12), and what becomes of each: refused, warned of, or none of ours."""

from typing import Any

import pytest
from services.exchange.tests.builders import attachment, facts, organization, submission

from lienthong.common.messages.document import Business, BusinessType, CodeNumber, Promulgation, ResponseFor
from lienthong.common.messages.parts import Organization
from lienthong.exchange.domain.admission import judge

JOINED = "000.00.01.H53#000.00.02.H53"
STRANGE = "000.1137.H53"

CASES: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    (
        "a document id with an impossible date",
        {"document_id": "000.00.00.G22,2014/02/30,7806/VPCP-TTĐT"},
        ["document_id_date /data/document_id"],
        [],
    ),
    (
        "an update that names a document with an impossible date",
        {"business": Business(type=BusinessType.UPDATE, document_id="000.00.00.G22,2014/02/30,7806/VPCP-TTĐT")},
        ["document_unknown /data/to/0/agency_id"],
        [],
    ),
    (
        "a reference to a document with an impossible date: it is that document's true name",
        {"response_for": (ResponseFor(document_id="000.00.00.G22,2014/02/30,7806/VPCP-TTĐT"),)},
        [],
        ["reference_date /data/response_for/0/document_id"],
    ),
    (
        "a recipient's code with a missing dot",
        {"to": (organization(code=STRANGE),)},
        [],
        ["recipient_code_unknown /data/to/0/code"],
    ),
    (
        "codes of several agencies in one member, joined by #",
        {"to": (organization(code=JOINED),)},
        [],
        ["recipient_code_unknown /data/to/0/code"],
    ),
    (
        "an Icelandic letter where Đ is meant",
        {"subject": "V/v cải tạo Trường Lê Quý Ðôn"},
        ["look_alike /data/subject"],
        [],
    ),
    (
        "the same letter in a symbol",
        {"code": CodeNumber(number="12", notation="QÐ-SNV")},
        ["look_alike /data/code/notation", "document_id_mismatch /data/code"],
        ["notation_kind /data/code/notation"],
    ),
    (
        "an empty ResponseFor",
        {"response_for": (ResponseFor(),)},
        [],
        ["reference_empty /data/response_for/0"],
    ),
    (
        "a document id that is a UUID",
        {"document_id": "{B5F1E3A0-8C0D-4E7F-9B1A-3C2D1E0F9A8B}"},
        [],
        ["document_id_form /data/document_id"],
    ),
    (
        "a document id with a year only",
        {"document_id": "000.00.01.H53,2026,12/BC-SNV"},
        [],
        ["document_id_form /data/document_id"],
    ),
    (
        "the whole symbol where only the notation belongs",
        {"code": CodeNumber(number="12", notation="12/BC-SNV")},
        ["notation_malformed /data/code/notation"],
        [],
    ),
    (
        "a text of TCVN3 read as Latin-1",
        {"subject": "C«ng hßa x· héi chñ nghÜa ViÖt Nam"},
        ["legacy_encoding /data/subject"],
        [],
    ),
    (
        "a Word file sent as the signed document",
        {"attachments": (attachment(name="Báo cáo.doc", media_type="application/msword"),)},
        [],
        ["main_not_pdf /data/attachments/0/media_type", "attachment_type /data/attachments/0/media_type"],
    ),
]


@pytest.mark.parametrize(("name", "changes", "refused", "warned"), CASES, ids=[case[0] for case in CASES])
def test_dirty_data(name: str, changes: dict[str, Any], refused: list[str], warned: list[str]) -> None:
    judgement = judge(submission(**changes), facts())
    assert [f"{each.code} {each.pointer}" for each in judgement.violations] == refused, name
    assert [f"{each.code} {each.pointer}" for each in judgement.warnings] == warned, name


def test_an_own_code_with_a_missing_dot_in_both_places_is_warned_of() -> None:
    sender: Organization = submission().document.sender.model_copy(update={"code": STRANGE})
    given = submission(sender=sender, document_id=f"{STRANGE},2026/11/22,12/BC-SNV")
    judgement = judge(given, facts())
    assert judgement.violations == ()
    assert [each.code for each in judgement.warnings] == ["sender_code_unknown"]


def test_every_fault_of_a_message_is_told_at_once_in_both_languages() -> None:
    given = submission(
        document_id="000.00.01.H53,2026/11/22",
        code=CodeNumber(number="x", notation="- -"),
        promulgation=Promulgation.model_validate({"place": "Tây Ninh", "date": "2027-11-22"}),
        business=Business(type=BusinessType.REVOKE),
        attachments=(attachment(name="a.exe"), attachment(name="A.EXE")),
    )
    judgement = judge(given, facts())
    assert [each.code for each in judgement.violations] == [
        "number_malformed",
        "notation_malformed",
        "document_id_malformed",
        "promulgation_ahead",
        "attachment_id_twice",
        "attachment_name_twice",
        "attachment_program",
        "attachment_program",
        "target_missing",
    ]
    for each in (*judgement.violations, *judgement.warnings):
        assert each.rule
        assert each.detail.vi != each.detail.en
        assert each.advice.vi != each.advice.en
