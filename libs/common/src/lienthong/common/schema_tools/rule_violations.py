"""The violations that rules tell, with their words, as they stand in the source of the services' rules.

A rule names code, id and words where it finds the fault, so that a reader of the rule sees all of it. This page is
read out of that source: what a rule fills in at run time is shown as `…`.
"""

import ast
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

from lienthong.common.errors import Violation, Words
from lienthong.common.transitions import Refusal

_GAP = "…"
_TOLD_AS = ("code", "rule", "pointer", "detail", "advice")
_REFUSED_AS = ("name", "detail", "advice", "rule")


@dataclass(frozen=True, slots=True, order=True)
class RuleViolation:
    """A code that a rule may tell, the rule's id, and what it says in both languages."""

    code: str
    rule: str
    detail: Words
    advice: Words


def rule_violations(modules: Sequence[ModuleType]) -> list[RuleViolation]:
    """Every violation and refusal that these modules tell, by code; each code and rule once."""
    found: dict[tuple[str, str], RuleViolation] = {}
    for module in modules:
        for each in _told_by(module):
            found.setdefault((each.code, each.rule), each)
    return [found[key] for key in sorted(found)]


def _told_by(module: ModuleType) -> Iterator[RuleViolation]:
    source = inspect.getsource(module)
    if "Violation(" not in source and "Refusal(" not in source:
        return
    tree = ast.parse(source)
    inside = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in [tree, *inside]:
        for call in _calls(scope):
            yield from _told(call, module, _assigned(scope, before=call.lineno))


def _told(call: ast.Call, module: ModuleType, names: dict[str, ast.expr]) -> Iterator[RuleViolation]:
    parameters = _TOLD_AS if _called(call) == Violation.__name__ else _REFUSED_AS
    given = dict(zip(parameters, call.args, strict=False)) | {each.arg or "": each.value for each in call.keywords}
    code = _text(given.get("code") or given.get("name"), module, names)
    rule = _text(given.get("rule"), module, names)
    detail, advice = (_words(given.get(part), module, names) for part in ("detail", "advice"))
    if code and rule and detail and advice and _GAP not in code:
        yield RuleViolation(code, rule, detail, advice)


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    """Calls of this scope that make a violation or a refusal, those of functions in it left out."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef):
            continue
        if isinstance(child, ast.Call) and _called(child) in (Violation.__name__, Refusal.__name__):
            yield child
        yield from _calls(child)


def _called(call: ast.Call) -> str | None:
    return call.func.id if isinstance(call.func, ast.Name) else None


def _assigned(scope: ast.AST, *, before: int) -> dict[str, ast.expr]:
    """What simple names of a function stand for above a line: where several are given, the nearest."""
    found = [node for node in ast.walk(scope) if isinstance(node, ast.Assign) and node.lineno < before]
    found.sort(key=lambda node: node.lineno)
    named = [(node.targets[0], node.value) for node in found if len(node.targets) == 1]
    return {target.id: value for target, value in named if isinstance(target, ast.Name)}


def _words(node: ast.expr | None, module: ModuleType, names: dict[str, ast.expr]) -> Words | None:
    if isinstance(node, ast.Name):
        known = getattr(module, node.id, None)
        return known if isinstance(known, Words) else _words(names.get(node.id), module, {})
    if isinstance(node, ast.Call) and _called(node) == Words.__name__:
        vi, en = (_text(each, module, names) or _GAP for each in node.args)
        return Words(vi, en)
    return None


def _text(node: ast.expr | None, module: ModuleType, names: dict[str, ast.expr]) -> str | None:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, module, names) or _GAP for part in parts)
        case ast.Name(id=name):
            known = getattr(module, name, None)
            return known if isinstance(known, str) else _text(names.get(name), module, {})
        case _:
            return None
