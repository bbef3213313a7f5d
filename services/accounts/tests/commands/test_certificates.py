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
