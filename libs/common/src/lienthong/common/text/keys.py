"""Keys to search and sort by, computed here because PostgreSQL may lack ICU; stored beside the text and indexed."""

import re
import unicodedata
from typing import Final, NamedTuple

_TONES: Final = {"\u0300": 2, "\u0309": 3, "\u0303": 4, "\u0301": 5, "\u0323": 6}
"""Huyền, hỏi, ngã, sắc, nặng in the order of the collation; 1 is ngang."""

_LETTERS: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"

_STROKES: Final = str.maketrans("đĐðÐɖƉ", "dDdDdD")
_NOT_WORDS = re.compile(r"[\W_]+")

_END: Final = b"\x00"
_SPACE: Final = 0x02
_SIGN: Final = b"\x03"
_DIGIT: Final = 0x20
_LETTER: Final = {letter: 0x30 + place for place, letter in enumerate(_LETTERS)}
_OTHER: Final = b"\x70"
_FOREIGN_MARK: Final = b"\x07"


class _Levels(NamedTuple):
    letters: bytes
    tones: bytes
    cases: bytes


def search_key(text: str) -> str:
    """Words in plain lower-case letters and digits, one space between them: what is typed without diacritics.

    Both placements of a tone (`hòa`, `hoà`), `Đ` and its look-alikes, full-width forms and punctuation fold together.
    """
    return _words(_bare(text).casefold())


def sort_key(text: str) -> bytes:
    """Sorts as Vietnamese does: letters a ă â b … y, then tones ngang huyền hỏi ngã sắc nặng, then case, small first.

    Spaces come before signs (by code point), digits, letters of Vietnamese, letters of other scripts. Two texts have
    the same key only if they are the same in NFC.
    """
    return _END.join((*_levels(text), unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")))


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_STROKES)


def _words(text: str) -> str:
    return _NOT_WORDS.sub(" ", text).strip()


def _levels(text: str) -> _Levels:
    letters, tones, cases = bytearray(), bytearray(), bytearray()
    for base, marks in _clusters(unicodedata.normalize("NFD", text)):
        letter, marks_left = _compose(base.lower(), marks)
        letters += _weight(letter)
        tones += b"".join(_mark_weight(mark) for mark in marks_left) or b"\x01"
        cases.append(2 if base != base.lower() else 1)
    return _Levels(bytes(letters), bytes(tones), bytes(cases))


def _clusters(decomposed: str) -> list[tuple[str, str]]:
    clusters: list[tuple[str, str]] = []
    for letter in decomposed:
        category = unicodedata.category(letter)
        if category == "Mn" and clusters:
            base, marks = clusters[-1]
            clusters[-1] = base, marks + letter
        elif category not in ("Cf", "Mn") and (category != "Cc" or letter.isspace()):
            clusters.append((letter, ""))
    return clusters


def _compose(base: str, marks: str) -> tuple[str, str]:
    for place, mark in enumerate(marks):
        letter = unicodedata.normalize("NFC", base + mark)
        if mark not in _TONES and letter in _LETTER:
            return letter, marks[:place] + marks[place + 1 :]
    return base, marks


def _weight(letter: str) -> bytes:
    if letter in _LETTER:
        return bytes([_LETTER[letter]])
    if letter.isspace():
        return bytes([_SPACE])
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return bytes([_DIGIT + digit])
    return (_OTHER if letter.isalpha() else _SIGN) + ord(letter[0]).to_bytes(3, "big")


def _mark_weight(mark: str) -> bytes:
    return bytes([_TONES[mark]]) if mark in _TONES else _FOREIGN_MARK + ord(mark).to_bytes(3, "big")
