"""A directory of agencies as a file: entries with the line each begins on, and every fault with what to do about it.

The shape is that of the sample data (`sample_data/agencies.json`): an object with `agencies`, a list of entries.
Nothing is looked up here; what needs the register is judged in `import_plan`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from lienthong.common.errors import Words
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.messages.parts import Code, ShortText
from lienthong.common.messages.violations import violations_of
from lienthong.common.strict_json import JsonValue, MalformedJson, loads

MAX_BYTES: Final = 64 << 20
_DECODER: Final = json.JSONDecoder()
_SPACE: Final = " \t\r\n"


def _listed(value: object) -> object:
    """One successor may stand without a list."""
    if isinstance(value, str):
        return (value,)
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


class Entry(BaseModel):
    """One agency as the file tells it. Members about the research behind the sample data are read and passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[Code, Field(description="Code in the old form (QCVN 102:2016)")]
    code_qd20: Annotated[Code | None, Field(description="Code in the new form (Decision 20/2020/QĐ-TTg)")] = None
    name: ShortText
    name_en: ShortText | None = None
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,49}$")]
    level: Annotated[int, Field(ge=1, le=9)]
    parent: Annotated[Code | None, Field(description="A code of the superior agency")] = None
    status: Literal["active", "closed", "merged", "renamed"]
    valid_from: date | None = None
    valid_to: Annotated[date | None, Field(description="Last day of a closed or merged agency")] = None
    merged_into: Annotated[
        tuple[Code, ...],
        BeforeValidator(_listed),
        Field(description="Codes of the successors of a merged agency", max_length=50),
    ] = ()
    renamed_to: ShortText | None = None
    renamed_from_date: date | None = None
    contact_officer: ContactOfficer | None = None

    confidence: str | None = Field(default=None, exclude=True)
    code_qd20_confidence: str | None = Field(default=None, exclude=True)
    valid_to_confidence: str | None = Field(default=None, exclude=True)
    merger_confidence: str | None = Field(default=None, exclude=True)
    note: str | None = Field(default=None, exclude=True)

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code,) if self.code_qd20 is None else (self.code, self.code_qd20)


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its place in the file: `line` counts from 1."""

    entry: Entry
    line: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one entry: where it stands (`pointer` into the entry), what is wrong and what to do."""

    line: int
    code: str
    fault: str
    pointer: str
    detail: Words
    advice: Words


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What could be read, and what could not."""

    entries: Sequence[Placed]
    errors: Sequence[Finding]


def read_file(data: bytes) -> ReadFile:
    """Read every entry that can be read; each fault of the others is told with its line."""
    try:
        value = loads(data, max_bytes=MAX_BYTES)
    except MalformedJson as error:
        return ReadFile((), (_finding_of_file(error.words, error.advice, _line_of_error(data)),))
    if not isinstance(value, dict) or not isinstance(value.get("agencies"), list):
        return ReadFile((), (_finding_of_file(_NO_LIST, _NO_LIST_ADVICE),))
    placed, errors = list[Placed](), list[Finding]()
    for raw, line in _raw_entries(data.decode("utf-8")):
        try:
            placed.append(Placed(Entry.model_validate_json(json.dumps(raw), strict=True), line))
        except ValidationError as error:
            errors += _faults(raw, line, error)
    return ReadFile(placed, errors)


_NO_LIST: Final = Words("Tệp không có danh sách agencies", "The file has no list `agencies`")
_NO_LIST_ADVICE: Final = Words(
    'Viết tệp dạng {"agencies": [ … ]} như tệp dữ liệu mẫu.',
    'Write the file as {"agencies": [ … ]}, like the sample data.',
)


def _finding_of_file(detail: Words, advice: Words, line: int = 1) -> Finding:
    return Finding(line, "", "malformed_file", "", detail, advice)


def _line_of_error(data: bytes) -> int:
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return error.lineno
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 1


def _raw_entries(text: str) -> Iterator[tuple[JsonValue, int]]:
    """Each element of the list `agencies` with its line. The text has been read once and is known to be JSON."""
    at = _start_of_list(text)
    line, counted = 1, 0
    while text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _DECODER.raw_decode(text, at)
        yield value, line
        at = _skip(text, at, _SPACE + ",")


def _start_of_list(text: str) -> int:
    at = _skip(text, 0, _SPACE + "{")
    while True:
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at, _SPACE + ":")
        if name == "agencies":
            return _skip(text, at + 1, _SPACE)
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at, _SPACE + ",")


def _skip(text: str, at: int, letters: str) -> int:
    while text[at] in letters:
        at += 1
    return at


def _faults(raw: JsonValue, line: int, error: ValidationError) -> Iterator[Finding]:
    code = str(raw.get("code", "")) if isinstance(raw, dict) else ""
    for told in violations_of(error.errors(include_url=False, include_input=False), raw):
        yield Finding(line, code, told.code, told.pointer, told.detail, told.advice)
