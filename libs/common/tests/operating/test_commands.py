"""`lienthong ops`: what is read from the command line, and what a terminal is spared."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from typer.testing import CliRunner

from lienthong.common.errors import LienthongError
from lienthong.common.ids import new_id
from lienthong.common.inbox import HeldEvent, HeldState
from lienthong.common.operating import SettingsRefused, services
from lienthong.common.operating.commands import app
from lienthong.common.settings import SettingsError

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the database would answer, by turns; a command that works on it without need finds nothing."""
    answers: list[Any] = []

    def act(_service: str | None, _work: Callable[..., Awaitable[Any]]) -> Any:
        return answers.pop(0)

    monkeypatch.setattr(services, "act", act)
    return answers


@pytest.mark.parametrize(
    "arguments",
    [
        ("dead", "replay"),
        ("dead", "replay", "7", "--all"),
        ("dead", "replay", "7", "--consumer", "exchange"),
        ("dead", "replay", "0"),
        ("dead", "skip", "7"),
        ("dead", "skip", "7", "--reason", "x" * 301),
        ("dead", "skip", "7", "--reason", "mất\u202ekhóa"),
        ("dead", "skip", "7", "--reason", "x", "--json"),
        ("show", "first"),
        ("outbox", "retry"),
        ("republish", "--since", "2026-11-22T02:37:06.123Z"),
        ("republish", "--topic", "exchange.documents.urgent.v1"),
        ("republish", "--topic", "exchange.documents.urgent.v1", "--since", "22/11/2026"),
        ("republish", "--own-topics"),
        ("republish", "--own-topics", "--all"),
        ("republish", "--topic", "accounts.agency.v1", "--all"),
        ("republish", "--topic", "accounts.agency.v1", "--json"),
    ],
)
def test_what_is_not_clear_is_refused_before_anything_is_touched(
    answers: list[Any], arguments: tuple[str, ...]
) -> None:
    done = run(*arguments)
    assert (done.exit_code, answers) == (2, []), done.output


def test_a_list_of_nothing_says_so(answers: list[Any]) -> None:
    answers += [[], []]
    assert run("dead", "list").output == "Không có gì.\n"
    assert run("dead", "list", "--json").output == "[]\n"


def test_what_others_named_does_not_speak_to_the_terminal(answers: list[Any]) -> None:
    held = HeldEvent(
        7, "exchange", "/agencies/x", new_id(), "t", HeldState.DEAD, 20, "Fault", NOON, NOON, "t-0@1", "t",
        "\x1b[2Jkey\n", 3,
    )  # fmt: skip
    answers += [held, [held]]
    for arguments in (("show", "7"), ("dead", "list")):
        done = run(*arguments)
        assert "\x1b" not in done.output
        assert "\\u001b[2Jkey" in done.output


def offered(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    entries = [EntryPoint(name, f"{__name__}:refused", services.OPERATED) for name in names]

    def found(group: str) -> list[EntryPoint]:
        return entries if group == services.OPERATED else []

    monkeypatch.setattr(services, "entry_points", found)


@pytest.mark.parametrize(("installed", "named"), [(("a", "b"), None), (("a",), "b"), ((), None)])
def test_a_service_is_never_guessed(
    monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], named: str | None
) -> None:
    offered(monkeypatch, *installed)
    with pytest.raises(LienthongError) as refused:
        run(*(("--service", named) if named else ()), "dead", "list")
    assert refused.value.code == "service_unclear"


def test_settings_that_the_service_refuses_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise SettingsError("LIENTHONG_POSTGRES: Field required")

    offered(monkeypatch, "a")

    def load(_entry: EntryPoint) -> Callable[[], None]:
        return refused

    monkeypatch.setattr(EntryPoint, "load", load)
    with pytest.raises(SettingsRefused) as told:
        run("outbox", "list")
    assert "LIENTHONG_POSTGRES" in str(told.value.detail)
