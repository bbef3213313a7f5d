"""Kinds, purposes, names and marks: what is odd is told, nothing is refused (N3: every kind may travel)."""

from itertools import product
from typing import Any

import pytest
from services.exchange.tests.builders import SENDER, facts, known, submission

from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.messages.document import DocumentKind, DocumentType, Purpose
from lienthong.common.messages.kinds import KINDS, LEGAL_NORMATIVE
from lienthong.exchange.domain.rules import kinds


def of_kind(kind: DocumentKind, **changes: Any) -> Any:
    members: dict[str, Any] = {"document_type": DocumentType(kind=kind, name=KINDS[kind].name)}
    return submission(**(members | changes))


def warned(kind: DocumentKind, purpose: Purpose) -> bool:
    found = [*kinds.purpose_suits_the_kind(of_kind(kind, purpose=purpose), facts())]
    assert all((each.code, each.rule, each.pointer) == ("purpose_unusual", "N3", "/data/purpose") for each in found)
    return bool(found)


@pytest.mark.requirement("N3")
class TestPurposeSuitsTheKind:
    @pytest.mark.parametrize(
        ("kind", "purpose"),
        [
            (DocumentKind.GIAY_MOI, Purpose.INVITATION),
            (DocumentKind.BAO_CAO, Purpose.INVITATION),
            (DocumentKind.BAO_CAO, Purpose.REPORT),
            (DocumentKind.QUYET_DINH, Purpose.REPORT),
            (DocumentKind.THONG_BAO, Purpose.NOTICE),
            (DocumentKind.CHI_THI, Purpose.DIRECTION),
            (DocumentKind.CONG_DIEN, Purpose.DIRECTION),
            (DocumentKind.QPPL_QUYET_DINH, Purpose.DIRECTION),
            (DocumentKind.THONG_BAO, Purpose.SCHEDULE),
            (DocumentKind.OTHER, Purpose.SCHEDULE),
            (DocumentKind.KE_HOACH, Purpose.PROGRAMME),
            (DocumentKind.QUYET_DINH, Purpose.PROGRAMME),
            (DocumentKind.TO_TRINH, Purpose.WORKING_PAPER),
            (DocumentKind.BAN_SAO_Y, Purpose.DIRECTION),
        ],
    )
    def test_what_practice_knows_is_not_warned_of(self, kind: DocumentKind, purpose: Purpose) -> None:
        assert not warned(kind, purpose)

    @pytest.mark.parametrize(
        ("kind", "purpose"),
        [
            (DocumentKind.BAO_CAO, Purpose.SCHEDULE),
            (DocumentKind.HOP_DONG, Purpose.SCHEDULE),
            (DocumentKind.BAO_CAO, Purpose.DIRECTION),
            (DocumentKind.TO_TRINH, Purpose.DIRECTION),
            (DocumentKind.GIAY_NGHI_PHEP, Purpose.PROGRAMME),
            (DocumentKind.BIEN_BAN, Purpose.NOTICE),
            (DocumentKind.GIAY_MOI, Purpose.REPORT),
            (DocumentKind.GIAY_MOI, Purpose.DIRECTION),
        ],
    )
    def test_what_makes_no_sense_is(self, kind: DocumentKind, purpose: Purpose) -> None:
        assert warned(kind, purpose)

    @pytest.mark.parametrize(
        "purpose", [Purpose.INVITATION, Purpose.INFORMATION, Purpose.WORKING_PAPER, Purpose.REPORT, Purpose.OTHER]
    )
    def test_wide_purposes_take_every_kind(self, purpose: Purpose) -> None:
        odd = {kind for kind in DocumentKind if warned(kind, purpose)}
        assert odd <= {DocumentKind.GIAY_MOI}

    @pytest.mark.parametrize("purpose", list(Purpose))
    def test_other_kinds_serve_every_purpose(self, purpose: Purpose) -> None:
        assert not warned(DocumentKind.OTHER, purpose)


class TestTypeName:
    @pytest.mark.parametrize("kind", list(DocumentKind))
    def test_its_own_name_fits(self, kind: DocumentKind) -> None:
        assert [*kinds.type_name_is_the_kinds(of_kind(kind), facts())] == []

    @pytest.mark.parametrize(
        ("kind", "name", "odd"),
        [
            (DocumentKind.BAO_CAO, "Công văn", True),
            (DocumentKind.BAO_CAO, " công văn ", True),
            (DocumentKind.QUYET_DINH, "Quy định", True),
            (DocumentKind.OTHER, "Báo cáo", True),
            (DocumentKind.QPPL_NGHI_QUYET, "Nghị quyết", False),
            (DocumentKind.NGHI_QUYET, "NGHỊ QUYẾT", False),
            (DocumentKind.BAO_CAO, "Báo cáo tháng", False),
            (DocumentKind.OTHER, "Lịch công tác", False),
            (DocumentKind.QPPL_LUAT, "Bộ luật", False),
        ],
    )
    def test_another_kinds_name_is_warned_of(self, kind: DocumentKind, name: str, odd: bool) -> None:
        found = kinds.type_name_is_the_kinds(of_kind(kind, document_type=DocumentType(kind=kind, name=name)), facts())
        assert [each.code for each in found] == (["type_name_unusual"] if odd else [])


class TestIssuer:
    @pytest.mark.parametrize(
        ("kind", "issuer"),
        [
            (kind, issuer)
            for kind, issuer in product(sorted(LEGAL_NORMATIVE), ["department", "school", "province", "ministry", None])
        ],
    )
    def test_a_department_issues_no_legal_normative_document(self, kind: DocumentKind, issuer: str | None) -> None:
        register = facts(known(SENDER, AgencyLife.ACTIVE, kind=issuer))
        found = [each.code for each in kinds.issuer_may_issue(of_kind(kind), register)]
        assert found == (["issuer_unusual"] if issuer in ("department", "school") else [])

    def test_its_own_decisions_are_individual_ones(self) -> None:
        assert [*kinds.issuer_may_issue(of_kind(DocumentKind.QUYET_DINH), facts())] == []


@pytest.mark.parametrize(
    ("circulation", "odd"),
    [(None, False), ("XEM XONG TRẢ LẠI", False), ("Lưu hành nội bộ", False), ("MẬT", True), ("Nội bộ", True)],
)
def test_other_marks_of_circulation_are_warned_of(circulation: str | None, odd: bool) -> None:
    found = [each.code for each in kinds.circulation_is_known(submission(circulation=circulation), facts())]
    assert found == (["circulation_unusual"] if odd else [])
