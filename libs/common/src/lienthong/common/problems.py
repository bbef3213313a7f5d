"""Errors as RFC 9457 problem details, in the language the caller reads: Vietnamese unless English is preferred."""

import re
from typing import Any, Final, Literal

from lienthong.common.errors import LienthongError, Violation

Language = Literal["vi", "en"]

CONTENT_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:lienthong:error:"

_RANGE = re.compile(
    r"\s*(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*[qQ]\s*=\s*(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?",
    re.ASCII,
)
_MAX_RANGES: Final = 32


def to_problem(
    error: LienthongError, *, language: Language, instance: str, trace_id: str | None = None
) -> dict[str, Any]:
    """The body of an answer that refuses: RFC 9457 members, then `code`, `rule`, `advice`, `violations`, `trace_id`.

    `instance` is the path asked for, without its query. Members without a value are left out.
    """
    problem = {
        "type": TYPE_PREFIX + error.code,
        "title": error.title.told(language),
        "status": error.kind.status,
        "detail": error.words.told(language),
        "instance": instance,
        "code": error.code,
        "rule": error.rule,
        "advice": error.advice.told(language),
        "violations": [_violation(each, language) for each in error.violations] or None,
        "trace_id": trace_id,
    }
    return {name: value for name, value in problem.items() if value is not None}


def choose_language(accept_language: str | None) -> Language:
    """English only where Accept-Language (RFC 9110 section 12.5.4) weighs it above Vietnamese; never an error.

    A malformed range is passed over. `*` speaks for the language that is not named.
    """
    weights: dict[str, float] = {}
    for part in (accept_language or "").split(",")[:_MAX_RANGES]:
        found = _RANGE.fullmatch(part)
        if found:
            primary = found["tag"].partition("-")[0].lower()
            weights[primary] = max(weights.get(primary, 0.0), float(found["weight"] or 1))
    anything = weights.get("*", 0.0)
    return "en" if weights.get("en", anything) > weights.get("vi", anything) else "vi"


def _violation(violation: Violation, language: Language) -> dict[str, Any]:
    members = {
        "code": violation.code,
        "rule": violation.rule,
        "pointer": violation.pointer,
        "detail": violation.detail.told(language),
        "advice": violation.advice.told(language),
    }
    return {name: value for name, value in members.items() if value is not None}
