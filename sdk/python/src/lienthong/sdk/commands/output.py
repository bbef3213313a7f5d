"""What the command line says: tables for people, one JSON object per line for programs, errors in both languages."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, TypeVar

from pydantic import BaseModel
from rich import markup
from rich.console import Console
from rich.table import Table

from lienthong.common.clock import to_text
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.local_time import local_time
from lienthong.common.messages.document import Lane
from lienthong.common.text.terminal import harmless, harmless_line
from lienthong.sdk.errors import (
    BadInput,
    EnrolmentUnfinished,
    ProfileBroken,
    ProfileMissing,
)
from lienthong.sdk.problems import PlatformError
from lienthong.sdk.sending import Warned

Language = Literal["vi", "en"]


@dataclass(frozen=True, slots=True)
class Named:
    """A value that programs read as it is and people read in their words."""

    value: str
    words: Words


Listed = TypeVar("Listed", bound=BaseModel)

_LANES = {Lane.URGENT: Words("Khẩn", "Urgent"), Lane.ORDINARY: Words("Thường", "Ordinary")}
_WIDE = 120
"""Columns of a terminal on which several times fit beside the rest."""
_YES, _NO = Words("Có", "yes"), Words("Không", "no")


def lane_name(lane: Lane) -> Named:
    """A lane for people and programs."""
    return Named(lane.value, _LANES[lane])


class Exit(IntEnum):
    """Exit codes: `AGAIN` is for what may be tried again as it is."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    AGAIN = 3


def choose_language(given: str | None) -> Language:
    """--lang, else LIENTHONG_LANG, else English only where the locale says so."""
    for name in (given, os.environ.get("LIENTHONG_LANG")):
        if name:
            return "en" if name.lower().startswith("en") else "vi"
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "en" if locale.lower().startswith("en") else "vi"


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how one command speaks."""

    language: Language
    json: bool = False

    def text(self, words: Words) -> str:
        """The sentence in the language chosen."""
        return words.told(self.language)

    def time(self, moment: datetime) -> str:
        """Local time as Vietnamese documents write it; for programs UTC as in messages."""
        return to_text(moment) if self.json else local_time(moment)

    def line(self, members: Mapping[str, Any]) -> None:
        """One JSON object on one line of standard output."""
        print(harmless_line(json.dumps(members, ensure_ascii=False, default=str)), flush=True)

    def say(self, text: str) -> None:
        """A line for people on standard output, as it stands; what a terminal would obey is shown instead."""
        _console().print(harmless_line(text), markup=False, soft_wrap=True)

    def note(self, words: Words) -> None:
        """A sentence for people, on standard error, so that standard output stays for the result."""
        if not self.json:
            Console(stderr=True, highlight=False).print(escape(self.text(words)))

    def table(
        self, title: Words, columns: Sequence[Words], rows: Sequence[Sequence[str]], *, whole: Sequence[int] = ()
    ) -> None:
        """A table on standard output; the columns `whole`, such as times, stand on one line where there is room."""
        console = _console()
        table = Table(title=escape(self.text(title)), title_justify="left")
        for place, column in enumerate(columns):
            no_wrap = place in whole and console.width >= _WIDE
            table.add_column(self.text(column), overflow="fold", no_wrap=no_wrap)
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        console.print(table)

    def listing(
        self,
        title: Words,
        columns: Sequence[Words],
        found: Sequence[Listed],
        row: Callable[[Listed, "Output"], Sequence[str]],
        *,
        whole: Sequence[int] = (),
    ) -> None:
        """Things of one sort: a line of JSON for each, or one table; where there is none, people are told so."""
        if self.json:
            for each in found:
                self.line(each.model_dump(mode="json"))
            return
        if not found:
            self.note(Words(f"{title.vi}: chưa có gì.", f"{title.en}: nothing yet."))
            return
        self.table(title, columns, [row(each, self) for each in found], whole=whole)

    def facts(
        self,
        title: Words,
        facts: Mapping[str, tuple[Words, str | bool | Named]],
        warnings: Sequence[Warned] | None = None,
    ) -> None:
        """Named values and what is pointed out beside them: a two-column table, or one JSON object by the names.

        People are spared rows without a value.
        """
        if self.json:
            told = {name: value for name, (_, value) in facts.items()}
            members = {name: each.value if isinstance(each, Named) else each for name, each in told.items()}
            beside = {} if warnings is None else {"warnings": [asdict(each) for each in warnings]}
            self.line(members | beside)
            return
        rows = [(self.text(label), self._shown(value)) for label, value in facts.values() if value != ""]
        self.table(title, [Words("Mục", "Item"), Words("Giá trị", "Value")], rows)
        for each in warnings or ():
            self.note(Words(warning_line(each), warning_line(each)))

    def _shown(self, value: str | bool | Named) -> str:
        if isinstance(value, Named):
            return self.text(value.words)
        return value if isinstance(value, str) else self.text(_YES if value else _NO)

    def error(self, error: LienthongError) -> Exit:
        """Say what went wrong and what to do; gives the exit code."""
        code = exit_code(error)
        if self.json:
            self.line({"error": describe(error, self.language)})
            return code
        told = describe(error, self.language)
        console = Console(stderr=True, highlight=False)
        console.print(f"[bold red]✗ {escape(told['title'])}[/] ({escape(told['code'])})")
        if told["detail"] and told["detail"] != told["title"]:
            console.print("  " + escape(told["detail"]))
        for fault in told["violations"]:
            rule = f"{fault['rule']} · " if fault["rule"] else ""
            console.print(escape(f"  • {rule}{fault['code']} · {fault['pointer']}: {fault['detail']}"))
        if told["advice"]:
            console.print("  → " + escape(told["advice"]))
        return code

    def fault(self, code: str, detail: str, exit_code: Exit) -> Exit:
        """Say what went wrong outside of what this program has words for; gives the exit code."""
        if self.json:
            self.line({"error": {"code": code, "detail": detail}})
        else:
            self.note(Words(f"✗ {detail}", f"✗ {detail}"))
        return exit_code


def warning_line(warned: Warned) -> str:
    """What the exchange points out, for people."""
    return f"! {warned.code} · {warned.pointer}: {warned.detail}"


def exit_code(error: LienthongError) -> Exit:
    """Refused for good, wrong input, or worth another try."""
    if error.kind in (Kind.UNAVAILABLE, Kind.OVERLOADED):
        return Exit.AGAIN
    if isinstance(error, BadInput | ProfileMissing | ProfileBroken | EnrolmentUnfinished):
        return Exit.USAGE
    return Exit.REFUSED


def describe(error: LienthongError, language: Language) -> dict[str, Any]:
    """An error as members: a platform's own words where it gave them."""

    told: dict[str, Any] = {
        "code": error.code,
        "title": error.title.told(language),
        "detail": error.words.told(language),
        "rule": error.rule,
        "advice": error.advice.told(language),
        "violations": [
            {"code": each.code, "rule": each.rule, "pointer": each.pointer, "detail": each.detail.told(language)}
            for each in error.violations
        ],
    }
    if isinstance(error, PlatformError):
        problem = error.problem
        told |= {
            "code": problem.code,
            "title": problem.title,
            "detail": problem.detail,
            "rule": problem.rule,
            "advice": problem.advice or told["advice"],
            "status": problem.status,
            "trace_id": problem.trace_id,
            "violations": [
                {"code": each.code, "rule": each.rule, "pointer": each.pointer, "detail": each.detail}
                for each in problem.faults
            ],
        }
    # Which file an upload's refusal is about, for example: the platform never hears its name.
    told["detail"] = ": ".join([*getattr(error, "__notes__", ()), told["detail"]])
    return told


def escape(text: str) -> str:
    """Neither markup nor anything that a terminal obeys."""
    return markup.escape(harmless(text))


def _console() -> Console:
    # A pipe has no width of its own; 80 columns would fold every Vietnamese title.
    return Console(highlight=False, width=None if sys.stdout.isatty() else 140)
