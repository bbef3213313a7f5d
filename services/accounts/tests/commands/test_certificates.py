"""`lienthong certificates`: what is read from the command line."""

from typing import Any

import pytest
from typer.testing import CliRunner

from lienthong.accounts.commands import certificates


@pytest.mark.parametrize("fingerprint", ["A" * 43, "-" + "A" * 42, "--" + "reason" + "A" * 35, "-h" + "_" * 41])
@pytest.mark.parametrize("order", ["suspend", "resume", "revoke"])
def test_a_fingerprint_may_begin_with_a_hyphen(monkeypatch: pytest.MonkeyPatch, order: str, fingerprint: str) -> None:
    seen: list[Any] = []

    def remember(_context: object, named: str, _order: object, *, reason: str, **_: object) -> None:
        seen.append((named, reason))

    monkeypatch.setattr(certificates, "_order", remember)
    done = CliRunner().invoke(certificates.app, [order, fingerprint, "--reason", "mất khóa"], catch_exceptions=False)
    assert (done.exit_code, seen) == (0, [(fingerprint, "mất khóa")]), done.output


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "mất\u202ekhóa", "mất\0khóa"])
def test_a_reason_that_the_register_would_not_take_is_told_at_once(reason: str) -> None:
    done = CliRunner().invoke(certificates.app, ["revoke", "A" * 43, "--reason", reason], catch_exceptions=False)
    assert done.exit_code == 2, done.output
