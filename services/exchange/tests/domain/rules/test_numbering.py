"""Number, symbol and document id: what is well formed, what agrees, what was used before (ND30-15/22)."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.exchange.tests.builders import NOW, OTHER, SENDER, facts, submission

from lienthong.common.errors import Violation
from lienthong.common.ids import new_id
from lienthong.common.messages.document import CodeNumber, DocumentKind, DocumentType, Promulgation
from lienthong.common.messages.kinds import KINDS
from lienthong.exchange.domain.page import sort_page
from lienthong.exchange.domain.rules import numbering
from lienthong.exchange.domain.submission import FirstUse
from lienthong.exchange.domain.symbols import IdForm, read_axis_id, read_symbol, read_whole_symbol

LEGAL = json.loads((Path(__file__).parent / "data" / "legal_documents.json").read_text("utf-8"))["documents"]
REFUSING = (numbering.number_is_well_formed, numbering.document_id_is_well_formed, numbering.document_id_agrees)


def said(violations: Iterable[Violation]) -> list[tuple[str, str]]:
    return [(violation.code, violation.pointer) for violation in violations]


def refused(**changes: Any) -> list[tuple[str, str]]:
    submitted = submission(**changes)
    return [each for rule in REFUSING for each in said(rule(submitted, facts()))]


def coded(number: str, notation: str, document_id: str | None = None, **changes: Any) -> dict[str, Any]:
    separator = "-" if "/" in notation and not notation[0].isdigit() else "/"
    document_id = document_id or f"000.00.01.H53,2026/11/22,{number.strip()}{separator}{notation.strip()}"
    return {"code": CodeNumber(number=number, notation=notation), "document_id": document_id, **changes}


class TestNumberIsWellFormed:
    @pytest.mark.requirement("ND30-15/22")
    @pytest.mark.parametrize("told", LEGAL, ids=lambda told: told["number"])
    def test_every_real_number_and_symbol_passes(self, told: dict[str, Any]) -> None:
        whole = read_whole_symbol(told["number"])
        assert whole is not None
        separator = "-" if "-" in told["number"].split("/")[0] else "/"
        number, _, notation = told["number"].partition(separator)
        issued = date.fromisoformat(told["issue_date"] or "2026-11-22")
        members = coded(number, notation, f"000.00.00.G22,{issued:%Y/%m/%d},{told['number']}")
        assert refused(**members, promulgation=Promulgation(place="Hà Nội", date=issued)) == []

    @pytest.mark.parametrize(
        ("number", "notation"),
        [
            ("05", "QĐ-UBND"),
            ("15", "UBND-VX"),
            ("1111", "TTr-SGTVT"),
            ("1295", "STTTT-TTBCXB"),
            ("12a", "KH-UBND"),
            ("12B", "KH-UBND"),
            ("57", "NQ/TW"),
            ("30/2020", "NĐ-CP"),
            ("30", "2020/NĐ-CP"),
            ("20", "2023/QH15"),
            ("01", "CĐ"),
            ("7", "QyĐ-BCĐ389"),
            ("8", "KHPH/SYT-SGDĐT"),
            ("9", "HD-HĐND&UBND"),
            ("10", "STC-QLNS.TC"),
            ("11", "UBND-NC(2)"),
            (" 12 ", " BC-SNV "),
            ("999999", "GM-VP"),
        ],
    )
    def test_forms_of_practice_pass(self, number: str, notation: str) -> None:
        assert refused(**coded(number, notation)) == []

    @pytest.mark.parametrize(
        "number", ["0", "00", "", "-", "mười hai", "12/BC", "1 2", "1234567", "12.5", "١٢", "12ab", "số 12", "12/20"]
    )
    def test_what_no_register_gives_is_no_number(self, number: str) -> None:
        code = CodeNumber.model_construct(number=number, notation="BC-SNV")
        assert refused(code=code) == [("number_malformed", "/data/code/number")]

    @pytest.mark.parametrize(
        "notation",
        [
            "",
            "-",
            "BC - SNV",
            "12/BC-SNV",
            "1308/BC-STTTT",
            "BC-",
            "-SNV",
            "BC,SNV",
            "2020",
            "BC-SNV;",
            "BC\tSNV",
            "2020/",
        ],
    )
    def test_what_is_no_group_of_letters_is_no_symbol(self, notation: str) -> None:
        code = CodeNumber.model_construct(number="12", notation=notation)
        assert refused(code=code) == [("notation_malformed", "/data/code/notation")]

    def test_both_are_told_at_once(self) -> None:
        found = refused(code=CodeNumber(number="không số", notation="không có"))
        assert [code for code, _ in found] == ["number_malformed", "notation_malformed"]

    @given(st.text(max_size=30), st.text(max_size=30))
    def test_reading_never_fails(self, number: str, notation: str) -> None:
        symbol = read_symbol(number, notation)
        assert symbol is None or symbol.number[0] in "123456789"

    @given(
        st.integers(1, 999_999),
        st.sampled_from(["", "a", "Đ"]),
        st.sampled_from([None, "1999", "2026"]),
        st.lists(st.text("ABCĐƯXYZtr389", min_size=1, max_size=5).filter(str.isidentifier), min_size=1, max_size=4),
        st.sampled_from("-/"),
    )
    def test_what_is_written_in_any_way_reads_the_same(
        self, number: int, letter: str, year: str | None, groups: list[str], separator: str
    ) -> None:
        notation, figure = "-".join(groups), f"{number}{letter}"
        symbol = read_symbol(f"{figure}/{year}" if year else figure, notation)
        assert symbol is not None
        assert symbol == read_symbol(f" {figure.lower()}", f"{year}/{notation}" if year else notation.lower())
        whole = f"{figure}/{year}/{notation}" if year else f"{figure}{separator}{notation}"
        assert symbol == read_whole_symbol(whole)


class TestDocumentId:
    @pytest.mark.parametrize(
        "document_id",
        [
            "000.00.01.H53,2026/11/22,12/BC-SNV",
            "000.00.01.H53,2026/11/22,012/BC-SNV",
            "000.00.01.H53,2026/11/22,12/bc-snv",
            " 000.00.01.H53 , 2026/11/22 , 12/BC-SNV ",
            "000.00.01.H53,2026,12/BC-SNV",
            "0190163d-8694-4399-8f4a-0c5b5e5e5e5e",
            "H53.01.2026.12",
        ],
    )
    def test_forms_of_real_traffic_are_admitted(self, document_id: str) -> None:
        assert refused(document_id=document_id) == []

    @pytest.mark.parametrize(
        "document_id",
        [
            "000.00.01.H53,22/11/2026,12/BC-SNV",
            "000.00.01.H53,2026-11-22,12/BC-SNV",
            "000.00.01.H53,2026/11/22",
            "000.00.01.H53,2026/11/22,BC-SNV",
            "000.00.01.H53,2026/11/22,12/BC-SNV,1",
            ",2026/11/22,12/BC-SNV",
            "000.00.01.H53,,12/BC-SNV",
            ",,",
        ],
    )
    def test_what_means_the_form_of_the_axis_and_is_not_is_refused(self, document_id: str) -> None:
        assert refused(document_id=document_id) == [("document_id_malformed", "/data/document_id")]

    @pytest.mark.parametrize("day", ["2014/02/30", "2026/13/01", "2026/00/10", "2026/11/31", "0000/01/01"])
    def test_a_day_that_does_not_exist_is_refused(self, day: str) -> None:
        assert refused(document_id=f"000.00.00.G22,{day},12/BC-SNV") == [("document_id_date", "/data/document_id")]

    @pytest.mark.parametrize(
        ("document_id", "pointers"),
        [
            ("000.00.01.H53,2026/11/21,12/BC-SNV", ["/data/promulgation/date"]),
            ("000.00.01.H53,2025,12/BC-SNV", ["/data/promulgation/date"]),
            ("000.00.01.H53,2026/11/22,13/BC-SNV", ["/data/code"]),
            ("000.00.01.H53,2026/11/22,12/BC-STC", ["/data/code"]),
            ("000.00.01.H53,2026/11/22,12/2026/BC-SNV", ["/data/code"]),
            ("000.00.01.H53,2025/11/22,13/BC-SNV", ["/data/promulgation/date", "/data/code"]),
        ],
    )
    def test_it_agrees_with_the_members(self, document_id: str, pointers: list[str]) -> None:
        found = refused(document_id=document_id)
        assert found == [("document_id_mismatch", pointer) for pointer in pointers]

    @pytest.mark.parametrize(
        ("document_id", "codes"),
        [
            ("000.00.01.H53,2026/11/22,12/BC-SNV", []),
            ("000.00.01.H53,2026,12/BC-SNV", ["document_id_form"]),
            ("0190163d-8694-4399-8f4a-0c5b5e5e5e5e", ["document_id_form"]),
            ("000.00.00.H53,2026/11/22,12/BC-SNV", ["document_id_agency"]),
            ("000.00.00.H53,2026,12/BC-SNV", ["document_id_form", "document_id_agency"]),
        ],
    )
    def test_unusual_forms_and_other_agencies_codes_are_warned_of(self, document_id: str, codes: list[str]) -> None:
        found = numbering.document_id_is_the_axis_own(submission(document_id=document_id), facts())
        assert said(found) == [(code, "/data/document_id") for code in codes]

    @given(st.text(max_size=60))
    def test_reading_never_fails(self, text: str) -> None:
        assert read_axis_id(text).form in IdForm

    @given(st.dates(date(1945, 9, 2), date(2100, 1, 1)), st.integers(1, 999_999))
    def test_what_the_sdk_writes_is_read_back(self, day: date, number: int) -> None:
        found = read_axis_id(f"000.00.13.H53,{day:%Y/%m/%d},{number}/BC-STTTT")
        assert (found.form, found.day, found.organ) == (IdForm.FULL, day, "000.00.13.H53")
        assert found.symbol == read_symbol(str(number), "BC-STTTT")


class TestNotationFitsTheKind:
    @pytest.mark.parametrize("kind", list(DocumentKind))
    def test_the_kinds_own_abbreviation_fits(self, kind: DocumentKind) -> None:
        notation = f"{KINDS[kind].abbreviation or 'SNV'}-VP"
        assert self.warned(kind, notation) == []

    @pytest.mark.parametrize(
        ("kind", "notation"),
        [
            (DocumentKind.BAO_CAO, "bc-SNV"),
            (DocumentKind.CHUONG_TRINH, "CTR-UBND"),
            (DocumentKind.CONG_VAN, "CT-TTHT"),
            (DocumentKind.CONG_VAN, "CV-VP"),
            (DocumentKind.CONG_DIEN, "CĐ"),
            (DocumentKind.NGHI_QUYET, "NQ/TW"),
            (DocumentKind.QPPL_LUAT, "2023/QH15"),
            (DocumentKind.QPPL_NGHI_QUYET, "2025/QH15"),
            (DocumentKind.QPPL_NGHI_QUYET, "2025/UBTVQH15"),
            (DocumentKind.QPPL_NGHI_DINH, "2020/NĐ-CP"),
        ],
    )
    def test_forms_of_practice_fit(self, kind: DocumentKind, notation: str) -> None:
        assert self.warned(kind, notation) == []

    @pytest.mark.parametrize(
        ("kind", "notation"),
        [
            (DocumentKind.BAO_CAO, "TB-SNV"),
            (DocumentKind.BAO_CAO, "SNV-BC"),
            (DocumentKind.QUY_DINH, "QĐ-UBND"),
            (DocumentKind.GIAY_UY_QUYEN, "BUQ-SNV"),
            (DocumentKind.NGHI_QUYET, "2025/QH15"),
            (DocumentKind.QPPL_NGHI_DINH, "2020/QĐ-TTg"),
        ],
    )
    def test_another_kinds_abbreviation_is_warned_of(self, kind: DocumentKind, notation: str) -> None:
        assert self.warned(kind, notation) == [("notation_kind", "/data/code/notation")]

    @staticmethod
    def warned(kind: DocumentKind, notation: str) -> list[tuple[str, str]]:
        given_ = submission(
            document_type=DocumentType(kind=kind, name=KINDS[kind].name),
            code=CodeNumber(number="12", notation=notation),
        )
        return said(numbering.notation_fits_the_kind(given_, facts()))


@pytest.mark.requirement("ND30-15/22")
class TestNumberIsNew:
    def test_a_number_of_another_document_is_warned_of_with_its_time(self) -> None:
        again, known = submission(), facts()
        known.numbers[(SENDER, 2026, "12/BC-SNV")] = FirstUse(str(new_id()), NOW)
        (found,) = numbering.number_is_new(again, known)
        assert (found.code, found.pointer) == ("number_doubled", "/data/code")
        assert "09:37:00 22/11/2026" in found.detail.vi
        assert "09:37:00 22/11/2026" in found.detail.en

    def test_the_same_document_may_come_again(self) -> None:
        again, known = submission(), facts()
        known.numbers[(SENDER, 2026, "12/BC-SNV")] = FirstUse(again.event.subject or "", NOW)
        assert said(numbering.number_is_new(again, known)) == []

    @pytest.mark.parametrize(
        "key", [(OTHER, 2026, "12/BC-SNV"), (SENDER, 2025, "12/BC-SNV"), (SENDER, 2026, "13/BC-SNV")]
    )
    def test_another_agency_year_or_number_is_another_series(self, key: tuple[Any, int, str]) -> None:
        known = facts()
        known.numbers[key] = FirstUse(str(new_id()), NOW)
        assert said(numbering.number_is_new(submission(), known)) == []

    def test_two_in_one_page_count_too(self) -> None:
        page = [
            submission(),
            submission(code=CodeNumber(number="012", notation="bc-snv")),
            submission(**coded("13", "BC-SNV")),
        ]
        lines = list(sort_page(page, {}, facts()))
        assert [[each.code for each in line.warnings] for line in lines] == [[], ["number_doubled"], []]

    def test_a_refused_one_uses_no_number(self) -> None:
        page = [submission(time=NOW + timedelta(hours=1)), submission()]
        lines = list(sort_page(page, {}, facts()))
        assert [line.is_new for line in lines] == [False, True]
        assert lines[1].warnings == ()
