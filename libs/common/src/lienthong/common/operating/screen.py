"""What operators' commands of all services share on the screen: tables and facts for people, JSON for programs."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lienthong.common.clock import to_text, truncated
from lienthong.common.errors import Words
from lienthong.common.local_time import local_time, read_local_day, read_local_time
from lienthong.common.text import find_text_faults
from lienthong.common.text.terminal import harmless_line

_WIDTH = 160
"""Columns where there is no terminal: what is copied from a table, such as fingerprints, stands on one line."""
_YES, _NO = Words("có", "yes"), Words("không", "no")

JsonOption = Annotated[bool, typer.Option("--json", help="In JSON / print JSON")]


def text_of_at_most(longest: int) -> Callable[[str], str]:
    """Checks a text that an operator gives: it is kept and people read it, so it is short and clean."""

    def check(given: str) -> str:
        if not given.strip() or len(given) > longest or find_text_faults(given):
            raise typer.BadParameter(f"1–{longest} ký tự, văn bản sạch / 1 to {longest} letters, clean text")
        return given.strip()

    return check


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a command speaks: tables and sentences for people, one JSON value for programs.

    `labels` are Vietnamese names of facts; programs and English keep the names of the messages. `words` are what
    people read for a state, by its value. Programs are given times in UTC, people those of Vietnam.
    """

    language: str
    json: bool
    labels: Mapping[str, str]
    words: Mapping[str, Words] = field(default_factory=dict[str, Words])

    @classmethod
    def of(
        cls, context: typer.Context, json: bool, labels: Mapping[str, str], words: Mapping[str, Words] | None = None
    ) -> "Screen":
        """As the command line asks for it: Vietnamese unless `--lang en`."""
        return cls("en" if context.find_root().params.get("lang") == "en" else "vi", json, labels, words or {})

    def text(self, words: Words) -> str:
        return words.told(self.language)

    def value(self, value: object) -> None:
        """The result for programs."""
        typer.echo(harmless_line(json.dumps(value, ensure_ascii=False, default=_for_programs)))

    def say(self, vi: str, en: str) -> None:
        """A sentence for people; nothing where JSON is wanted."""
        if not self.json:
            typer.echo(harmless_line(en if self.language == "en" else vi))

    def table(self, columns: Sequence[Words], rows: Sequence[Sequence[object]]) -> None:
        """A table for people."""
        table = Table()
        for column in columns:
            table.add_column(self.text(column), overflow="fold")
        for row in rows:
            table.add_row(*(escape(harmless_line(self._for_people(cell))) for cell in row))
        Console(highlight=False, width=None if Console().is_terminal else _WIDTH).print(table)

    def facts(self, facts: Mapping[str, Any]) -> None:
        """Named values, as lines for people, who are spared what has none, or as one JSON object."""
        if self.json:
            self.value(facts)
            return
        for name, value in facts.items():
            label = name if self.language == "en" else self.labels.get(name, name)
            if shown := self._for_people(value):
                typer.echo(harmless_line(f"{label}: {shown}"))

    def rows(self, found: Sequence[Mapping[str, Any]], columns: Mapping[str, Words]) -> None:
        """What was found: to programs everything, to people the columns named, or that there is nothing."""
        if self.json:
            self.value(found)
            return
        if not found:
            self.say("Không có gì.", "Nothing.")
            return
        self.table(tuple(columns.values()), [[one[name] for name in columns] for one in found])

    def confirmed(self, question: Words, *, yes: bool) -> None:
        """Return if the operator agrees: `--yes`, or the answer to the question. Programs are asked nothing."""
        if yes:
            return
        if self.json:
            raise typer.BadParameter("--json: cần --yes / --json: needs --yes")
        typer.confirm(self.text(question), abort=True)

    def _for_people(self, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return self.text(_YES if value else _NO)
        if isinstance(value, datetime):
            return local_time(value)
        if isinstance(value, Enum):
            words = self.words.get(str(value.value))
            return str(value.value) if words is None else self.text(words)
        if isinstance(value, list | dict):
            return json.dumps(value, ensure_ascii=False, default=self._for_people)
        return str(value)


def day_given(text: str) -> date:
    """A day that an operator gives. Raises BadParameter."""
    try:
        return read_local_day(text)
    except ValueError:
        refused = f"{text}: ngày không đúng dạng 22/11/2026 / {text}: no date such as 22/11/2026"
        raise typer.BadParameter(refused) from None


def time_given(text: str | None) -> datetime | None:
    """A moment that an operator gives, in Vietnam unless it says another zone. Raises BadParameter."""
    try:
        return None if text is None else truncated(read_local_time(text))
    except ValueError:
        forms = "09:30 22/11/2026, 2026-11-22T02:30:00.000Z"
        refused = f"{text}: giờ không đúng dạng {forms} / {text}: no time such as {forms}"
        raise typer.BadParameter(refused) from None


def _for_programs(value: object) -> str:
    return to_text(value) if isinstance(value, datetime) else str(value)
