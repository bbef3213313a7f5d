"""What the demonstration shows: steps as they happen, then a table, then one line of JSON."""

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lienthong.common.errors import LienthongError
from lienthong.sdk.commands.output import describe


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was to hold, and whether it did."""

    vi: str
    en: str
    seen: str
    ok: bool


@dataclass
class Report:
    """Collects what was seen; nothing in it is known beforehand."""

    rows: list[Row] = field(default_factory=list[Row])
    refused: Counter[str] = field(default_factory=Counter[str])
    sent: int = 0
    statuses: int = 0
    changes: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0

    def __post_init__(self) -> None:
        self._started = time.monotonic()
        width = None if sys.stdout.isatty() else 150
        self._console = Console(highlight=False, width=width)

    def chapter(self, vi: str, en: str) -> None:
        """A new part begins."""
        seconds = time.monotonic() - self._started
        self._console.print(f"\n[bold]▶ {escape(vi)}[/] · {escape(en)} [dim]({seconds:.1f} s)[/]")

    def show(self, vi: str, en: str, *, seen: str, ok: bool) -> None:
        """Something was looked at."""
        self.rows.append(Row(vi, en, seen, ok))
        mark = "[green]✓[/]" if ok else "[bold red]✗[/]"
        self._console.print(f"  {mark} {escape(vi)} · {escape(en)}: {escape(seen)}")

    def note(self, vi: str, en: str, told: str) -> None:
        """Something that was not looked at, and why."""
        self._console.print(f"  [yellow]–[/] {escape(vi)} · {escape(en)}: {escape(told)}")

    def refusal(self, vi: str, en: str, error: LienthongError | None, *, expected: frozenset[str]) -> None:
        """Something had to be refused, for one of the reasons expected; its message is shown as people get it."""
        if error is None:
            self.show(vi, en, seen="ĐƯỢC NHẬN / ACCEPTED", ok=False)
            return
        told = describe(error, "vi")
        reasons = _reasons(told)
        self.refused.update(reasons[:1])
        details = [told["detail"], *(fault["detail"] for fault in told["violations"])]
        sentences = list(dict.fromkeys(str(each).rstrip(".") for each in (told["title"], *details) if each))
        seen = f"{': '.join(sentences)} ({', '.join(reasons)})"
        self.show(vi, en, seen=seen, ok=not expected.isdisjoint(reasons))

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        nothing_wrong = self.lost == self.doubled == self.reordered == 0
        return all(row.ok for row in self.rows) and nothing_wrong and 0 < self.sent == self.delivered

    def finish(self) -> int:
        """Print the table and the last line; gives the exit code."""
        table = Table(title="Kết quả / Result", title_justify="left", show_lines=False)
        for name in ("", "Nội dung / What", "Thấy / Seen"):
            table.add_column(name, overflow="fold")
        for row in self.rows:
            mark = "[green]✓[/]" if row.ok else "[bold red]✗[/]"
            table.add_row(mark, f"{escape(row.vi)}\n[dim]{escape(row.en)}[/]", escape(row.seen))
        self._console.print()
        self._console.print(table)
        self._console.print(f"[dim]{time.monotonic() - self._started:.1f} s[/]")
        members = {
            "sent": self.sent,
            "statuses": self.statuses,
            "changes": self.changes,
            "delivered": self.delivered,
            "refused": dict(sorted(self.refused.items())),
            "lost": self.lost,
            "doubled": self.doubled,
            "reordered": self.reordered,
            "ok": self.ok,
        }
        print(json.dumps(members, ensure_ascii=False), flush=True)
        return 0 if self.ok else 1


def _reasons(told: dict[str, object]) -> list[str]:
    """Rule ids and reason codes, the most telling first."""
    named: list[object] = []
    violations = told["violations"]
    for fault in violations if isinstance(violations, list) else []:
        code, rule = str(fault["code"]), fault["rule"]
        # A reason of the signing library says more than the rule that every seal must hold.
        named += [code, rule] if "." in code else [rule, code]
    return list(dict.fromkeys(str(each) for each in (*named, told["rule"], told["code"]) if each))
