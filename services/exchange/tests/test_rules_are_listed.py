"""Every rule of admission stands in the table of docs/way-of-a-document.md with its id and codes, and nothing else."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from lienthong.exchange.domain import registering
from lienthong.exchange.domain.admission import DOCUMENT_RULES, DOCUMENT_WARNINGS, OTHER_WARNINGS, RULES_OF, Rule
from lienthong.exchange.domain.rules import content

PAGE = (Path(__file__).parents[3] / "docs/way-of-a-document.md").read_text("utf-8")
ERRORS = (Path(__file__).parents[3] / "docs/errors.md").read_text("utf-8")
TABLE = PAGE.split("## The rules of admission")[1]
ROWS = {found[0]: found[1] for found in re.findall(r"^\| ([\w/-]+) \| .* \| (.*) \|$", TABLE, re.MULTILINE)}
OF_REGISTRATIONS = (
    *registering.SHARED_RULES,
    *registering.SHARED_WARNINGS,
    *registering.RULES,
    *registering.WARNINGS,
)
OF_MESSAGES = [rule for rules in RULES_OF.values() for rule in rules]
EVERY_RULE = list(dict.fromkeys((*OF_MESSAGES, *DOCUMENT_WARNINGS, *OTHER_WARNINGS, *OF_REGISTRATIONS)))
COMPUTED = {
    "text_is_vietnamese_unicode": "N8",
    "status_fits_the_delivery": "R-STATUS",
    "change_is_possible": "R-CHANGE",
}
"""Rules whose codes are those of a table elsewhere."""


@cache
def definitions(module: ModuleType) -> dict[str, ast.AST]:
    """What a module defines at its top, by name."""
    found: dict[str, ast.AST] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found[target.id] = node
    return found


def reached(module: ModuleType, name: str) -> set[str]:
    """The definitions that a function uses, and those that these use."""
    known, seen, open_ = definitions(module), set[str](), [name]
    while open_:
        here = open_.pop()
        if here in known and here not in seen:
            seen.add(here)
            open_ += [node.id for node in ast.walk(known[here]) if isinstance(node, ast.Name)]
    return seen


def told_by(rule: Rule | registering.Rule) -> Iterator[tuple[str, str]]:
    """Codes and ids of the violations that a rule may tell."""
    module = inspect.getmodule(rule)
    assert module is not None
    for name in reached(module, getattr(rule, "__name__", "")):
        for node in ast.walk(definitions(module)[name]):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Violation":
                code, rule_id = node.args[:2]
                if isinstance(code, ast.Constant) and isinstance(rule_id, ast.Name):
                    yield str(code.value), str(getattr(module, rule_id.id))


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.__name__)
def test_each_rule_is_listed_with_its_id_and_codes(rule: Rule | registering.Rule) -> None:
    name = getattr(rule, "__name__", "")
    told = set(told_by(rule))
    if name in COMPUTED:
        assert COMPUTED[name] in ROWS
        return
    assert told
    assert [code for code, rule_id in told if f"`{code}`" not in ROWS.get(rule_id, "")] == []


def test_the_table_names_no_code_that_no_rule_tells() -> None:
    told = {code for rule in EVERY_RULE for code, _ in told_by(rule)}
    listed = {
        code
        for rule_id, codes in ROWS.items()
        if rule_id not in COMPUTED.values()
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert listed <= told


def test_every_code_stands_with_its_words_on_the_page_of_errors() -> None:
    told = {(code, rule_id) for rule in EVERY_RULE for code, rule_id in told_by(rule)}
    listed = set(re.findall(r"^\| `(\w+)` \| ([\w/-]+) \| [^|]+ \| [^|]+ \|$", ERRORS, re.MULTILINE))
    assert told - listed == set()


def test_only_what_is_forbidden_is_refused_under_n3() -> None:
    forbidding = {rule for rule in DOCUMENT_RULES for _, rule_id in told_by(rule) if rule_id == content.FORBIDDEN}
    assert forbidding == {content.no_state_secret, content.no_complaint}


def test_every_rule_says_what_it_demands() -> None:
    assert all((rule.__doc__ or "").strip() for rule in EVERY_RULE)
