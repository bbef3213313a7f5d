"""Chapters of the demonstration: their lines as they happen, one after another or side by side, and their seconds.

What chapters side by side show is held back until each is through, so that every chapter reads as one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was to hold, and whether it did."""

    vi: str
    en: str
    seen: str
    ok: bool


@dataclass
class Chapter:
    """A part of the story; `held` says that its lines wait for its end."""

    vi: str
    en: str
    held: bool
    begun: float
    ended: float | None = None
    rows: list[Row] = field(default_factory=list[Row])
    lines: list[str] = field(default_factory=list[str])

    @property
    def seconds(self) -> float:
        """How long it took, or takes until now."""
        return (self.ended or time.monotonic()) - self.begun

    @property
    def ok(self) -> bool:
        """Whether everything that it showed holds."""
        return all(row.ok for row in self.rows)


class Chapters:
    """Every chapter so far; each task that runs side by side with others has one of its own."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._now: ContextVar[Chapter | None] = ContextVar("chapter", default=None)
        self._held: ContextVar[bool] = ContextVar("held", default=False)
        self.all: list[Chapter] = []

    def begin(self, vi: str, en: str) -> None:
        """A new one; the one before it is over."""
        self.end()
        chapter = Chapter(vi, en, self._held.get(), time.monotonic())
        self.all.append(chapter)
        self._now.set(chapter)
        self._print(chapter, f"\n[bold]▶ {escape(vi)}[/] · {escape(en)}")

    def end(self) -> None:
        """The chapter at hand is over, if there is one."""
        if (chapter := self._now.get()) is not None:
            self._end(chapter)

    def end_all(self) -> None:
        """The same for all of them, also those that something broke off."""
        for chapter in self.all:
            self._end(chapter)

    def show(self, row: Row) -> None:
        """A line that counts."""
        chapter = self._current()
        chapter.rows.append(row)
        mark = "[green]✓[/]" if row.ok else "[bold red]✗[/]"
        self._print(chapter, f"  {mark} {escape(row.vi)} · {escape(row.en)}: {escape(row.seen)}")

    def note(self, text: str) -> None:
        """A line that does not."""
        self._print(self._current(), f"  [yellow]–[/] {escape(text)}")

    async def side_by_side(self, *stories: Callable[[], Awaitable[None]]) -> None:
        """Chapters that have nothing to do with each other; the first that fails ends the others."""
        self.end()
        tasks = [asyncio.create_task(self._apart(story)) for story in stories]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _apart(self, story: Callable[[], Awaitable[None]]) -> None:
        # A task has its own copy of the context.
        self._held.set(True)
        await story()
        self.end()

    def _current(self) -> Chapter:
        chapter = self._now.get()
        assert chapter is not None, "a chapter begins before anything is shown"
        return chapter

    def _print(self, chapter: Chapter, text: str) -> None:
        if chapter.held:
            chapter.lines.append(text)
        else:
            self._console.print(text)

    def _end(self, chapter: Chapter) -> None:
        if chapter.ended is not None:
            return
        chapter.ended = time.monotonic()
        self._print(chapter, f"  [dim]{chapter.seconds:.1f} s[/]")
        lines, chapter.lines, chapter.held = chapter.lines, [], False
        for line in lines:
            self._console.print(line)
