"""The command line tells what is wrong by its exit code and names each file."""

from pathlib import Path
from typing import Any

import pytest

from lienthong.common.schema_tools import commands, published, tree

FILES = {"docs/errors.md": "# Errors\n"}


def lamp(kind: str) -> dict[str, dict[str, Any]]:
    return {
        "vn.lienthong.example.lamp_changed.v1": {
            "$id": "urn:lienthong:schema:example.lamp_changed:1.0",
            "type": "object",
            "properties": {"lit": {"type": kind}},
        }
    }


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(tree, "generate", lambda: FILES)
    monkeypatch.setattr(commands, "event_documents", lambda: lamp("boolean"))
    return monkeypatch


def test_check_names_what_is_not_current_until_it_is_written(
    generated: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["check", "--root", str(tmp_path)]) == 1
    assert "not current: docs/errors.md" in capsys.readouterr().out
    assert commands.main(["write", "--root", str(tmp_path)]) == 0
    assert commands.main(["check", "--root", str(tmp_path)]) == 0


def test_check_names_what_breaks_a_published_version(
    generated: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.main(["write", "--root", str(tmp_path)])
    assert commands.main(["publish", "--root", str(tmp_path)]) == 0
    assert commands.main(["check", "--root", str(tmp_path)]) == 0
    generated.setattr(commands, "event_documents", lambda: lamp("string"))
    assert commands.main(["check", "--root", str(tmp_path)]) == 1
    assert commands.main(["publish", "--root", str(tmp_path)]) == 1
    assert "/lit: type changed" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / published.FOLDER).glob("*/*")] == ["1.0.json"]
