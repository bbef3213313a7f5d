"""What makes a text unfit to be signed, and a file's name unfit to be stored."""

import time
import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lienthong.common.text import (
    FileNameFault,
    Nfc,
    TextFaultKind,
    find_text_faults,
    is_nfc,
    safe_file_name_fault,
)
from lienthong.common.text.faults import VIETNAMESE
from lienthong.common.text.legacy import find_legacy_words, is_syllable

NFC, MARK, LOOK, CONTROL, INVISIBLE, PRIVATE, LOST, LEGACY = TextFaultKind


@pytest.mark.requirement("N8")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain\tASCII\r\ntext",
        "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập – Tự do – Hạnh phúc",
        "V/v triển khai “Đề án 06” (25 µm, 5 m², §4, ©2026, 20 °C)",
        "Müller, Curaçao, São Paulo, Señor Noël, Straße, naïve",
        "Đắk Lắk, Krông Pắc, H'Hen Niê, Ê Đê",
        "«Nhà nước»",
        "Россия",
        "한국 中国 日本",
        "😀",
    ],
)
def test_clean_text_has_no_fault(text: str) -> None:
    assert find_text_faults(text) == []


@pytest.mark.requirement("N8")
@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (unicodedata.normalize("NFD", "Việt"), [(NFC, 2)]),
        ("Vie\u0323\u0302t Nam\u0300", [(NFC, 2)]),
        ("m\u0300 a", [(MARK, 1)]),
        ("\u0301", [(MARK, 0)]),
        ("a\u0340", [(NFC, 0)]),
        ("Lê Quý Ðôn", [(LOOK, 7)]),
        ("ðường Ɖ", [(LOOK, 0), (LOOK, 6)]),
        ("Vi\u0435t", [(LOOK, 1)]),
        ("a\x00b\x07", [(CONTROL, 1), (CONTROL, 3)]),
        ("a\x85\x9f", [(CONTROL, 1), (CONTROL, 2)]),
        ("a\u200bb\ufeff", [(INVISIBLE, 1), (INVISIBLE, 3)]),
        ("fdp.\u202eexe", [(INVISIBLE, 4)]),
        ("\ue000\U000f0000", [(PRIVATE, 0), (PRIVATE, 1)]),
        ("Vi\ufffdt", [(LOST, 2)]),
        ("\ud800\uffff\ufdd0", [(LOST, 0), (LOST, 1), (LOST, 2)]),
    ],
)
def test_each_fault_is_found_where_it_stands(text: str, faults: list[tuple[TextFaultKind, int]]) -> None:
    assert [(fault.kind, fault.position) for fault in find_text_faults(text)] == faults


@pytest.mark.requirement("N8")
@pytest.mark.parametrize(
    "text",
    [
        "Céng hßa x· héi chñ nghÜa ViÖt Nam",
        "§éc lËp - Tù do - H¹nh phóc",
        "QuyÕt ®Þnh",
        "ViÖt Nam",
        "Uû ban nh©n d©n tØnh",
        "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam",
        "Ñoäc laäp - Töï do - Haïnh phuùc",
        "UÛY BAN NHAÂN DAÂN TÆNH",
        "Quyeát ñònh",
    ],
)
def test_text_of_an_encoding_before_unicode_is_found(text: str) -> None:
    assert {fault.kind for fault in find_text_faults(text)} >= {LEGACY}


@pytest.mark.parametrize(
    "word",
    ["nghiêng", "giếng", "gì", "già", "quý", "quyết", "khuỷu", "thuở", "hoà", "hòa", "thuý", "ươm", "yêu", "ý", "oằn"],
)
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["", "b", "fan", "cat", "cảt", "họć", "coâng", "aa", "hoaf", "strong"])
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)


@given(st.text(max_size=60))
def test_faults_are_told_in_order_and_never_raise(text: str) -> None:
    positions = [fault.position for fault in find_text_faults(text)]
    assert positions == sorted(positions)
    assert all(0 <= position <= len(text) for position in positions)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"])))
def test_plain_text_has_no_fault(text: str) -> None:
    assert find_text_faults(text) == []


@pytest.mark.requirement("N8")
@given(st.text(max_size=30))
def test_text_passes_as_nfc_exactly_if_it_is(text: str) -> None:
    precomposed = unicodedata.normalize("NFC", text) == text
    assert is_nfc(text) is precomposed
    assert (NFC in {fault.kind for fault in find_text_faults(text)}) is not precomposed


def test_as_a_member_text_must_be_nfc() -> None:
    adapter = TypeAdapter(Nfc)
    assert adapter.validate_python("Độ") == "Độ"
    with pytest.raises(ValidationError):
        adapter.validate_python(unicodedata.normalize("NFD", "Độ"))


@pytest.mark.parametrize("kind", [*TextFaultKind, *FileNameFault])
def test_every_fault_is_said_in_both_languages(kind: TextFaultKind | FileNameFault) -> None:
    assert kind.words.vi != kind.words.en


@pytest.mark.parametrize(
    "name", ["a", "Quyết định 12.pdf", "1308_BC-STTTT (bản ký).pdf", "a..b", "com10.txt", "ă" * 127]
)
def test_plain_names_are_safe(name: str) -> None:
    assert safe_file_name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", FileNameFault.EMPTY),
        ("  ", FileNameFault.EMPTY),
        ("ă" * 128, FileNameFault.TOO_LONG),
        ("a" * 256, FileNameFault.TOO_LONG),
        ("..", FileNameFault.PATH),
        ("../a", FileNameFault.PATH),
        ("C:\\a", FileNameFault.PATH),
        ("a:b", FileNameFault.FORBIDDEN_CHARACTER),
        ("a\nb", FileNameFault.FORBIDDEN_CHARACTER),
        ("a?.pdf", FileNameFault.FORBIDDEN_CHARACTER),
        ("a\x00.pdf", FileNameFault.BAD_TEXT),
        ("fdp.\u202eexe", FileNameFault.BAD_TEXT),
        (unicodedata.normalize("NFD", "Độ.pdf"), FileNameFault.BAD_TEXT),
        (".htaccess", FileNameFault.HIDDEN),
        ("a.pdf ", FileNameFault.BLANK_OR_DOT_AT_END),
        (" a.pdf", FileNameFault.BLANK_OR_DOT_AT_END),
        ("a.", FileNameFault.BLANK_OR_DOT_AT_END),
        ("con", FileNameFault.DEVICE),
        ("LPT1.txt", FileNameFault.DEVICE),
    ],
)
def test_a_name_that_some_system_cannot_store_is_told(name: str, fault: FileNameFault) -> None:
    assert safe_file_name_fault(name) is fault


@pytest.mark.requirement("N8")
@pytest.mark.parametrize(
    ("text", "kind", "position"),
    [
        ("Số " + "a" + "\u0323\u0307" * 250_000, NFC, 3),
        ("Số " + "q" + "\u0307" * 1000 + "\u0323" * 200_000, NFC, 4),
        ("\u0f73" * 300_000, NFC, 0),
        ("Việt Nam " * 1000 + "e\u0302", NFC, 9000),
        ("\u00ad" * 500_000, INVISIBLE, 0),
        ("aж" * 300_000, LOOK, 0),
        ("\x00" * 150_000, CONTROL, 0),
    ],
    ids=["marks in turn", "marks out of order", "marks in one letter", "far behind", "invisible", "mixed", "controls"],
)
def test_a_megabyte_of_faults_is_told_at_once(text: str, kind: TextFaultKind, position: int) -> None:
    begun = time.process_time()
    faults = find_text_faults(text)
    assert time.process_time() - begun < 2  # minutes, where the work grows with the square
    assert (faults[0].kind, faults[0].position) == (kind, position)
    assert len(faults) <= 400


def test_long_words_are_not_remembered() -> None:
    """What one text is asked about must not fill the memory for all that come later."""
    tracemalloc.start()
    try:
        for number in range(30):
            find_text_faults(f"é{number:03}" + "aé" * 100_000 + chr(ord("a") + number % 26))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000


@given(text=st.text(st.sampled_from(sorted(VIETNAMESE))))
def test_the_letters_that_are_passed_at_a_glance_make_no_text_with_faults_of_letters(text: str) -> None:
    assert unicodedata.is_normalized("NFC", text)
    assert {fault.kind for fault in find_text_faults(text)} <= {TextFaultKind.LEGACY_ENCODING}


@given(before=st.text('ậb ,"\u00a0\u2028Sở', max_size=60), after=st.text(' ,"\u00a0.', min_size=1, max_size=60))
def test_a_legacy_word_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    assert find_legacy_words(f"{before} Nghiªn{after}") == [len(before) + 1]
