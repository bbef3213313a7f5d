"""Số and ký hiệu of a document, and the id that the national axis makes of them: read into parts, compared in one form.

Decree 30/2020 (Art 15, App I): Arabic digits, groups joined by hyphens, no blanks: `12/QĐ-UBND`, `15/UBND-VX`; legal
normative documents carry their year, `30/2020/NĐ-CP`; the Party writes `57-NQ/TW`.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_YEAR = r"(?:19|20)[0-9]{2}"
_BARE_NUMBER = r"(?=[0-9]{1,6}(?![0-9]))0*([1-9][0-9]*)([A-Za-zĐđ]?)"
_BARE_NOTATION = r"(?![0-9]+/)(?=[\w.\-/&()+]*[^\W\d_])\w(?:[\w.\-/&()+]*[\w)])?"

_NUMBER = re.compile(rf"\s*{_BARE_NUMBER}(?:/({_YEAR}))?\s*")
_NOTATION = re.compile(rf"\s*(?:({_YEAR})/)?({_BARE_NOTATION})\s*")
_WHOLE = re.compile(rf"\s*{_BARE_NUMBER}(?:/({_YEAR}))?[/-](?:({_YEAR})/)?({_BARE_NOTATION})\s*")
_DAY = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})")
_YEAR_ALONE = re.compile(_YEAR)
_GROUPS = re.compile(r"[-./&]")


@dataclass(frozen=True, slots=True)
class Symbol:
    """Number and symbol in one form, so that two spellings of the same are equal: no leading zeros, capital letters."""

    number: str
    year: str | None
    notation: str

    @property
    def text(self) -> str:
        """`1308/BC-STTTT`, `30/2020/NĐ-CP`."""
        return "/".join(filter(None, (self.number, self.year, self.notation)))

    @property
    def first_group(self) -> str:
        """What stands first in the symbol: the kind's abbreviation, where it has one."""
        return _GROUPS.split(self.notation, 1)[0]


def is_number(text: str) -> bool:
    """Whether it is a number as registers give them: 1 to 6 digits, not zero; a letter and a year may follow."""
    return _NUMBER.fullmatch(text) is not None


def is_notation(text: str) -> bool:
    """Whether it is a symbol: groups of letters and digits without blanks; a year may precede."""
    return _NOTATION.fullmatch(text) is not None


def read_symbol(number: str, notation: str) -> Symbol | None:
    """The two members of edXML's Code; None where one of them is malformed."""
    first, second = _NUMBER.fullmatch(number), _NOTATION.fullmatch(notation)
    if first is None or second is None:
        return None
    return _symbol(first[1], first[2], first[3] or second[1], second[2])


def read_whole_symbol(text: str) -> Symbol | None:
    """Both in one string, as on paper; None where it is malformed."""
    found = _WHOLE.fullmatch(text)
    return _symbol(found[1], found[2], found[3] or found[4], found[5]) if found else None


def _symbol(number: str, letter: str, year: str | None, notation: str) -> Symbol:
    return Symbol(number + letter.upper(), year, notation.upper())


class IdForm(StrEnum):
    """Forms of a document id: `full` is the axis' own, `year` and `other` occur in real traffic, two are faults."""

    FULL = "full"
    YEAR = "year"
    OTHER = "other"
    IMPOSSIBLE_DATE = "impossible_date"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class AxisId:
    """A document id in its parts; those that its form lacks are None."""

    form: IdForm
    organ: str | None = None
    day: date | None = None
    year: int | None = None
    symbol: Symbol | None = None


def read_axis_id(text: str) -> AxisId:
    """`<OrganId>,<yyyy/MM/dd>,<number>/<notation>`. What has no comma is of another form (a UUID, for instance)."""
    parts = text.split(",")
    if len(parts) == 1:
        return AxisId(IdForm.OTHER)
    symbol = read_whole_symbol(parts[2]) if len(parts) == 3 else None
    if symbol is None or not parts[0].strip():
        return AxisId(IdForm.MALFORMED)
    return _dated(parts[0].strip(), parts[1].strip(), symbol)


def _dated(organ: str, when: str, symbol: Symbol) -> AxisId:
    if _YEAR_ALONE.fullmatch(when):
        return AxisId(IdForm.YEAR, organ, None, int(when), symbol)
    found = _DAY.fullmatch(when)
    if found is None:
        return AxisId(IdForm.MALFORMED)
    year, month, day = map(int, found.groups())
    try:
        return AxisId(IdForm.FULL, organ, date(year, month, day), year, symbol)
    except ValueError:
        return AxisId(IdForm.IMPOSSIBLE_DATE)
