"""What the demonstration shows: chapters as they happen, then tables, then one line of JSON."""

import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from tests.demo.chapters import Chapters, Row
from tests.integration.failures.latencies import Latencies

from lienthong.common.errors import LienthongError
from lienthong.sdk.commands.output import describe

REFUSED = "message_refused"
"""The code of everything that breaks a rule of admission."""


@dataclass
class Report:
    """Collects what was seen; nothing in it is known beforehand."""

    folder: Path
    """Left out of what is shown: it says nothing to anybody."""
    refused: Counter[str] = field(default_factory=Counter[str])
    sent: int = 0
    statuses: int = 0
    changes: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    evidence_ok: bool = False
    tamper_detected: bool = False
    undisturbed: Latencies = field(default_factory=Latencies)
    """From the submission until the recipient has the verified entry, while nothing else goes on."""
    outage: Latencies = field(default_factory=Latencies)
    """The same of documents that met an outage."""

    def __post_init__(self) -> None:
        width = None if sys.stdout.isatty() else 150
        self._console = Console(highlight=False, width=width)
        self._chapters = Chapters(self._console)

    def chapter(self, vi: str, en: str) -> None:
        """A new part begins; the first is the set-up."""
        self._chapters.begin(vi, en)

    async def side_by_side(self, *stories: Callable[[], Awaitable[None]]) -> None:
        """Chapters that have nothing to do with each other, at the same time."""
        await self._chapters.side_by_side(*stories)

    def show(self, vi: str, en: str, *, seen: str, ok: bool) -> None:
        """Something was looked at."""
        self._chapters.show(Row(vi, en, seen.replace(f"{self.folder}/", ""), ok))

    def break_off(self, error: Exception) -> None:
        """Something that nobody expected ended the story."""
        self._chapters.end_all()
        self.chapter("Bị dừng giữa chừng", "Stopped halfway")
        self.show("Nguyên nhân", "Because of", seen=f"{type(error).__name__}: {error}", ok=False)

    def note(self, vi: str, en: str, told: str) -> None:
        """Something that was not looked at, and why."""
        self._chapters.note(f"{vi} · {en}: {told}")

    def refusal(self, vi: str, en: str, error: LienthongError | None, *, expected: frozenset[str]) -> None:
        """Something had to be refused, for one of the reasons expected; its message is shown as people get it."""
        if error is None:
            self.show(vi, en, seen="ĐƯỢC NHẬN / ACCEPTED", ok=False)
            return
        told = describe(error, "vi")
        reasons = _reasons(told)
        self.refused.update(reasons[:1])
        faults = [fault["detail"] for fault in told["violations"]]
        # That it was refused is what the line is about; what was wrong says more.
        words = faults if told["code"] == REFUSED else [told["title"], told["detail"], *faults]
        sentences = list(dict.fromkeys(str(each).rstrip(".") for each in words if each))
        # A code of the signing library has the same name with an underscore as a problem.
        named = {each.replace(".", "_"): each for each in reversed(reasons) if each != REFUSED}
        seen = f"{': '.join(sentences)} ({', '.join(reversed(named.values()))})"
        self.show(vi, en, seen=seen, ok=not expected.isdisjoint(reasons))

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        nothing_wrong = self.lost == self.doubled == self.reordered == 0
        shown = all(chapter.ok for chapter in self._chapters.all)
        return shown and nothing_wrong and 0 < self.sent == self.delivered and bool(self.undisturbed.seconds)

    def finish(self) -> int:
        """Print the tables and the last line; gives the exit code."""
        self._chapters.end()
        self._chapters.end_all()
        self._console.print()
        self._console.print(self._chapter_table())
        self._console.print(self._figure_table())
        print(json.dumps(self._members(), ensure_ascii=False), flush=True)
        return 0 if self.ok else 1

    def _members(self) -> dict[str, object]:
        return {
            "sent": self.sent,
            "statuses": self.statuses,
            "changes": self.changes,
            "delivered": self.delivered,
            "refused": dict(sorted(self.refused.items())),
            "lost": self.lost,
            "doubled": self.doubled,
            "reordered": self.reordered,
            "p50_ms": _milliseconds(self.undisturbed, 0.5),
            "p99_ms": _milliseconds(self.undisturbed, 0.99),
            "outage_p99_ms": _milliseconds(self.outage, 0.99),
            "evidence_ok": self.evidence_ok,
            "tamper_detected": self.tamper_detected,
            "seconds": round(self._seconds(), 1),
            "ok": self.ok,
        }

    def _seconds(self) -> float:
        """From the end of the set-up until now."""
        _, *chapters = self._chapters.all
        return chapters[-1].begun + chapters[-1].seconds - chapters[0].begun if chapters else 0.0

    def _chapter_table(self) -> Table:
        table = Table(title="Kết quả từng phần / Chapters", title_justify="left")
        for name in ("", "Nội dung / What", "Đúng / Holds"):
            table.add_column(name, overflow="fold")
        table.add_column("Giây / Seconds", justify="right")
        for chapter in self._chapters.all:
            holding = sum(row.ok for row in chapter.rows)
            what = f"{escape(chapter.vi)}\n[dim]{escape(chapter.en)}[/]"
            table.add_row(_mark(chapter.ok), what, f"{holding}/{len(chapter.rows)}", f"{chapter.seconds:.1f}")
            for row in chapter.rows:
                if not row.ok:
                    table.add_row("", f"  [red]{escape(row.vi)} · {escape(row.en)}[/]: {escape(row.seen)}", "", "")
        return table

    def _figure_table(self) -> Table:
        table = Table(title="Số liệu / Figures", title_justify="left")
        table.add_column("")
        table.add_column("Số / Number", justify="right")
        for words, number in self._figures():
            table.add_row(words, number)
        return table

    def _figures(self) -> Iterator[tuple[str, str]]:
        yield "Văn bản đã gửi, có biên nhận / Documents sent, with their receipts", str(self.sent)
        yield "Văn bản đã đến đủ mọi nơi nhận / Delivered to all their recipients", str(self.delivered)
        yield "Trạng thái đã báo về / Statuses reported", str(self.statuses)
        yield "Yêu cầu, trả lời, thông báo về thay đổi / Messages about changes", str(self.changes)
        yield "Bị từ chối, đúng quy tắc / Refused, each by its rule", str(self.refused.total())
        yield "Mất / Lost", str(self.lost)
        yield "Trùng / Doubled", str(self.doubled)
        yield "Sai thứ tự / Reordered", str(self.reordered)
        for words, latencies in (
            ("Từ lúc gửi đến lúc nằm trong hộp đến / From submission to inbox", self.undisturbed),
            ("Như trên, khi có sự cố / The same, in an outage", self.outage),
        ):
            if latencies.seconds:
                yield words, str(latencies)
        yield "Thời gian trình diễn sau khởi động / After set-up", f"{self._seconds():.1f} s"


def _mark(ok: bool) -> str:
    return "[green]✓[/]" if ok else "[bold red]✗[/]"


def _milliseconds(latencies: Latencies, share: float) -> float | None:
    return round(latencies.quantile(share) * 1e3, 1) if latencies.seconds else None


def _reasons(told: dict[str, object]) -> list[str]:
    """Rule ids and reason codes, the most telling first."""
    named: list[object] = []
    violations = told["violations"]
    for fault in violations if isinstance(violations, list) else []:
        code, rule = str(fault["code"]), fault["rule"]
        # A reason of the signing library says more than the rule that every seal must hold.
        named += [code, rule] if "." in code else [rule, code]
    return list(dict.fromkeys(str(each) for each in (*named, told["rule"], told["code"]) if each))
