"""docs/way-of-a-document.md and the code tell the same story: same numbers, same files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLACES = {
    "exchange": ROOT / "services/exchange/src/lienthong/exchange",
    "common": ROOT / "libs/common/src/lienthong/common",
}
PAGE = (ROOT / "docs/way-of-a-document.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^\| (\d+\.\d) \| .* \| `(\w+)/([\w/.]+)` \|$", PAGE, re.MULTILINE)
NUMBERED = re.compile(r'(?:# |"""|[Ss]teps? |and |to )(\d+\.\d)\b')


def test_the_page_has_steps() -> None:
    numbers = [tuple(map(int, number.split("."))) for number, _, _ in STEPS]
    assert numbers == sorted(set(numbers))
    assert len(STEPS) > 20


@pytest.mark.parametrize(("number", "place", "file"), STEPS)
def test_each_step_stands_in_the_file_it_names(number: str, place: str, file: str) -> None:
    text = (PLACES[place] / file).read_text(encoding="utf-8")
    assert number in NUMBERED.findall(text)


def test_each_number_in_the_code_stands_on_the_page() -> None:
    known = {(number, PLACES[place] / file) for number, place, file in STEPS}
    found = {
        (number, path)
        for path in (PLACES["exchange"] / "usecases").glob("*.py")
        for number in NUMBERED.findall(path.read_text(encoding="utf-8"))
    }
    assert found <= known


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(\w+/[\w/]+\.py)`", PAGE))))
def test_every_file_named_on_the_page_is_there(named: str) -> None:
    place, _, file = named.partition("/")
    assert (PLACES.get(place, ROOT / place) / file).is_file()
