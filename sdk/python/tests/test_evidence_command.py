"""`lienthong evidence verify`: words, exit codes and JSON, without a network, a profile or a register."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from lienthong.sdk.commands.root import main

VECTORS = Path(__file__).parents[3] / "tests/vectors/evidence"
ANCHORS = VECTORS / "anchors.pem"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("evidence is verified offline")

    monkeypatch.setattr(socket.socket, "connect", refused)


def verify(name: str, *arguments: str) -> int:
    return main(["evidence", "verify", str(VECTORS / name), "--trust", str(ANCHORS), *arguments])


def test_every_step_is_told_in_the_language_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("good.zip", "--lang", "vi") == 0
    shown = capsys.readouterr().out
    assert "Bằng chứng HỢP LỆ" in shown
    assert shown.count("✓") == 8
    assert "V/v góp ý dự thảo <Quy chế> quản lý ngân sách" in shown
    assert "không có giá trị pháp lý" in shown
    assert verify("good.zip", "--lang", "en") == 0
    assert "The evidence is VALID" in capsys.readouterr().out


def test_the_step_that_fails_is_the_last_one_and_has_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("bad-byte.zip", "--lang", "en") == 1
    shown = capsys.readouterr().out
    assert "The evidence is NOT VALID" in shown
    assert "✗" in shown
    assert "[evidence.container]" in shown
    assert "✓" not in shown


@pytest.mark.parametrize(
    "line", json.loads((VECTORS / "index.json").read_text("utf-8"))[::5], ids=lambda line: line["file"]
)
def test_programs_read_what_was_found(line: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(line["file"], "--json") == line["exit_code"]
    told = json.loads(capsys.readouterr().out)
    assert (told["valid"], told["exit_code"]) == (line["exit_code"] == 0, line["exit_code"])
    assert told["reason"] == line["reason"]
    assert told["steps"][-1]["step"] == (line["step"] or "attachments")
    assert (told["proven"] is not None) == told["valid"]


def test_an_input_that_cannot_be_read_says_nothing_about_the_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify("there-is-none.zip") == 2
    good = str(VECTORS / "good.zip")
    for anchors in (tmp_path, tmp_path / "none.pem", VECTORS / "good.zip"):
        assert main(["evidence", "verify", good, "--trust", str(anchors)]) == 2
    assert verify("good.zip", "--crl", good) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_programs_get_one_line_of_json_whatever_they_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, anchors = str(VECTORS / "good.zip"), str(ANCHORS)
    looped, folder = tmp_path / "looped", tmp_path / "folder"
    looped.symlink_to(looped)
    folder.mkdir()
    (folder / "closed.pem").symlink_to(looped)
    for file, trust in (
        (str(folder), anchors),
        (str(looped), anchors),
        ("a" * 300, anchors),
        (good, str(looped)),
        (good, str(folder)),
        (good, "/dev/null"),
    ):
        code = main(["evidence", "verify", file, "--trust", trust, "--json"])
        (line,) = capsys.readouterr().out.splitlines()
        assert (code, "error" in json.loads(line)) == (2, True), (file, trust)
