"""docs/promises.md: every promise has a test, and each test it names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMISES = (ROOT / "docs" / "promises.md").read_text("utf-8")
_ROW = re.compile(r"^\| (?P<promise>[^|]+) \| (?P<number>[^|]*) \| (?P<tests>[^|]+) \|$", re.M)
_NAMED = re.compile(r"`([^`]+)`")
_HEAD = {"promise", "---"}

ROWS = [row for row in _ROW.finditer(PROMISES) if row["promise"] not in _HEAD]


def named_in(file: Path) -> set[str]:
    """The tests in a file."""
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name for node in functions if node.name.startswith("test_")}


def test_there_are_promises_and_they_are_few() -> None:
    assert 10 <= len(ROWS) <= 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["promise"][:40])
def test_a_promise_has_a_number_and_tests_that_are_there(row: "re.Match[str]") -> None:
    assert row["number"].strip(), "a promise has a number"
    places = [name for name in _NAMED.findall(row["tests"]) if not name.startswith("make ")]
    assert places, "a promise has a test of its own"
    for place in places:
        path, _, name = place.partition("::")
        target = ROOT / path
        files = sorted(target.rglob("test_*.py")) if target.is_dir() else [target]
        assert files, path
        assert all(file.is_file() for file in files), path
        assert any(named_in(file) for file in files), path
        if name:
            assert name in named_in(target), place


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`make ([a-z-]+)`", PROMISES))))
def test_a_command_that_is_named_is_there(command: str) -> None:
    assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


def test_what_is_not_promised_is_said_and_the_front_page_leads_here() -> None:
    assert "## What we do not promise" in PROMISES
    assert "docs/promises.md" in (ROOT / "README.md").read_text("utf-8")
