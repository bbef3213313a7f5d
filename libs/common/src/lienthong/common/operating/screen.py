"""What operators' commands of all services share on the screen: tables and facts for people, JSON for programs."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lienthong.common.errors import Words
from lienthong.common.text import find_text_faults
from lienthong.common.text.terminal import harmless_line

_WIDTH = 140

JsonOption = Annotated[bool, typer.Option("--json", help="In JSON / print JSON")]


def reason_of_at_most(longest: int) -> Callable[[str], str]:
    """Checks a reason that an operator gives: it is kept, so it is short and clean."""

    def check(given: str) -> str:
        if not given.strip() or len(given) > longest or find_text_faults(given):
            raise typer.BadParameter(f"1–{longest} ký tự, văn bản sạch / 1 to {longest} letters, clean text")
        return given

    return check


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a command speaks: tables and sentences for people, one JSON value for programs.

    `labels` are Vietnamese names of facts; programs and English keep the names of the messages.
    """

    language: str
    json: bool
    labels: Mapping[str, str]

    @classmethod
    def of(cls, context: typer.Context, json: bool, labels: Mapping[str, str]) -> "Screen":
        """As the command line asks for it: Vietnamese unless `--lang en`."""
        return cls("en" if context.find_root().params.get("lang") == "en" else "vi", json, labels)

    def text(self, words: Words) -> str:
        return words.en if self.language == "en" else words.vi

    def value(self, value: object) -> None:
        """The result for programs."""
        typer.echo(harmless_line(json.dumps(value, ensure_ascii=False, default=str)))

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
            table.add_row(*(escape("" if cell is None else harmless_line(str(cell))) for cell in row))
        Console(highlight=False, width=None if Console().is_terminal else _WIDTH).print(table)

    def facts(self, facts: Mapping[str, Any]) -> None:
        """Named values, as lines or as one JSON object."""
        if self.json:
            self.value(facts)
            return
        for name, value in facts.items():
            label = name if self.language == "en" else self.labels.get(name, name)
            nested = isinstance(value, list | dict)
            told = json.dumps(value, ensure_ascii=False) if nested else str(value)
            typer.echo(harmless_line(f"{label}: {told}"))

    def confirmed(self, question: Words, *, yes: bool) -> None:
        """Return if the operator agrees: `--yes`, or the answer to the question. Programs are asked nothing."""
        if yes:
            return
        if self.json:
            raise typer.BadParameter("--json: cần --yes / needs --yes")
        typer.confirm(self.text(question), abort=True)
