"""Progress bars of files on their way, shown to people only: on a terminal, on standard error, never beside JSON."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from lienthong.common.text.terminal import harmless_line
from lienthong.sdk.attachments import Progress as Moved
from lienthong.sdk.commands.output import Output


class Transfers:
    """The bars of the files of one message."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars

    def add(self, name: str, size: int) -> Moved:
        """A bar for one more file; the result is told how far it is."""
        # Names come from others: what looks like markup is shown as it stands.
        task = self._bars.add_task("", total=size, name=harmless_line(name))

        def moved(done: int, total: int) -> None:
            self._bars.update(task, completed=done, total=total)

        return moved


@contextmanager
def transfers(output: Output) -> Generator[Transfers]:
    """Bars while files move, gone afterwards."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.fields[name]}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    # Standard output is the command's result and is left alone.
    with Progress(
        *columns,
        console=console,
        disable=output.json or not console.is_terminal,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bars:
        yield Transfers(bars)
