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
from lienthong.sdk.commands.output import Exit, Output, choose_language

GROUP = "lienthong.commands"
_SAID_AT_RETRY = 2
_WIDEST_HELP = 140
"""Columns. Help says everything twice: in 80 the second language would be cut off in lists of commands."""


class LazyGroup(TyperGroup):
    """Finds sub-commands by their entry points."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Names of all sub-commands."""
        return sorted(_found())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The sub-command, imported now; None where there is none."""
        entry = _found().get(cmd_name)
        return None if entry is None else _command(entry)


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

    unusable.__doc__ = f"Không dùng được / Not usable: {why}"
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
    lang: Annotated[str | None, typer.Option(help="vi | en; đặt ở đâu cũng được / may stand anywhere")] = None,
) -> None:
    """Liên thông văn bản điện tử giữa các cơ quan / Signed document exchange between agencies."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code. Bad input never ends in a traceback."""
    arguments, language = _take_language(list(sys.argv[1:] if argv is None else argv))
    output = Output(choose_language(language), json="--json" in arguments)
    stamina.instrumentation.set_on_retry_hooks([tell_of_waiting(output)])
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        code: Any = app(
            ["--lang", output.language, *(arguments or ["--help"])], prog_name="lienthong", standalone_mode=False
        )
    except typer.TyperException as error:
        message: Callable[[], str] = getattr(error, "format_message", error.__str__)
        return output.usage(message())
    except LienthongError as error:
        return output.error(error)
    except SigningError as error:
        return output.fault(error.reason.value, str(error), Exit.REFUSED)
    except OSError as error:
        return output.fault("sdk_file", str(error), Exit.USAGE)
    except (KeyboardInterrupt, typer.Abort):
        output.note(Words("Đã dừng.", "Stopped."))
        return 130
    return code if isinstance(code, int) else Exit.DONE


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
            language = next(rest, None)
        elif argument.startswith("--lang="):
            language = argument.removeprefix("--lang=")
        else:
            kept.append(argument)
    return kept, language
