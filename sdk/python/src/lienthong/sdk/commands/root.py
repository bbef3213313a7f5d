"""`lienthong`: its sub-commands come from the entry-point group `lienthong.commands`, each loaded when it is used.

An entry point names a `typer.Typer` or a plain function. A sub-command whose package cannot be imported is named with
the reason, and the others go on working.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any

import stamina.instrumentation
import typer
from stamina.instrumentation import RetryDetails, RetryHook
from typer.core import TyperGroup

from lienthong.common.errors import LienthongError, Words
from lienthong.common.signing.errors import SigningError
from lienthong.sdk.commands.output import Exit, Language, Output, choose_language
from lienthong.sdk.commands.usage import in_one_language, wrong_usage
from lienthong.sdk.errors import WrongUsage

GROUP = "lienthong.commands"
_SAID_AT_RETRY = 2
_HELP_WANTED = "NoArgsIsHelpError"
"""What typer raises where a group is named and none of its commands: its message is the help."""
_WIDEST_HELP = 140
"""Columns. In 80 the longest lines of a list of commands would be cut off."""


class LazyGroup(TyperGroup):
    """Finds sub-commands by their entry points. Where `language` is unset, their help is in both."""

    language: Language | None = None

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Names of all sub-commands."""
        return sorted(_found())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The sub-command, imported now; None where there is none."""
        entry = _found().get(cmd_name)
        if entry is None:
            return None
        command = _command(entry)
        if self.language is not None:
            in_one_language(command, self.language)
        return command


def _found() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _command(entry: EntryPoint) -> Any:
    try:
        loaded: Any = entry.load()
    except ImportError as error:
        loaded = _unusable(f"{entry.name}: {error}")
    app = loaded if isinstance(loaded, typer.Typer) else _wrapped(loaded)
    app.rich_markup_mode = None  # of all packages alike
    command: Any = typer.main.get_command(app)
    command.name = entry.name
    return command


def _wrapped(function: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(function)
    return app


def _unusable(why: str) -> Callable[[], None]:
    def unusable() -> None:
        raise typer.BadParameter(why)

    unusable.__doc__ = f"Không dùng được: {why} / Not usable: {why}"
    return unusable


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": _WIDEST_HELP},
)


@app.callback()
def root(
    lang: Annotated[str | None, typer.Option(help="vi | en; đặt ở đâu cũng được / vi | en; may stand anywhere")] = None,
) -> None:
    """Liên thông văn bản điện tử giữa các cơ quan / Signed document exchange between agencies."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code. Bad input never ends in a traceback."""
    arguments, given = _take_language(list(sys.argv[1:] if argv is None else argv))
    output = Output(choose_language(given), json="--json" in arguments)
    stamina.instrumentation.set_on_retry_hooks([tell_of_waiting(output)])
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        _check_language(given)
        code: Any = _speaking(output.language)(
            ["--lang", output.language, *(arguments or ["--help"])], prog_name="lienthong", standalone_mode=False
        )
    except (typer.TyperException, LienthongError, SigningError, OSError) as error:
        return _told(output, error)
    except (KeyboardInterrupt, typer.Abort):
        output.note(Words("Đã dừng.", "Stopped."))
        return 130
    return code if isinstance(code, int) else Exit.DONE


def _told(output: Output, error: Exception) -> int:
    if type(error).__name__ == _HELP_WANTED:
        typer.echo(str(error))
        return Exit.DONE
    if isinstance(error, typer.TyperException):
        return output.error(wrong_usage(error))
    if isinstance(error, LienthongError):
        return output.error(error)
    if isinstance(error, SigningError):
        return output.fault(error.reason.value, str(error), Exit.REFUSED)
    return output.fault("sdk_file", str(error), Exit.USAGE)


def _speaking(language: Language) -> Any:
    command: Any = typer.main.get_command(app)
    in_one_language(command, language)
    command.language = language
    return command


def _check_language(given: str | None) -> None:
    if given is not None and given not in ("vi", "en"):
        raise WrongUsage(Words(f"--lang {given!r}: chọn vi hoặc en", f"--lang {given!r}: choose vi or en"))


def tell_of_waiting(output: Output) -> RetryHook:
    """A sign of life: once, when the platform has not answered at the third try."""

    def tell(details: RetryDetails) -> None:
        if details.retry_num == _SAID_AT_RETRY:
            output.note(
                Words(
                    "… chưa nối được nền tảng, đang thử lại (Ctrl-C để dừng)",
                    "… the platform does not answer yet, trying again (Ctrl-C to stop)",
                )
            )

    return tell


def _take_language(arguments: list[str]) -> tuple[list[str], str | None]:
    """--lang may stand anywhere, as people expect of a language."""
    kept: list[str] = []
    language: str | None = None
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            return [*kept, argument, *rest], language
        if argument == "--lang":
            language = next(rest, "")
        elif argument.startswith("--lang="):
            language = argument.removeprefix("--lang=")
        else:
            kept.append(argument)
    return kept, language
