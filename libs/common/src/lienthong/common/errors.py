"""One family of errors: what a caller may be told, in Vietnamese and English, with a code that never changes.

`problems.py` turns them into RFC 9457 answers; `docs/errors.md` is generated from `every_error()`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class Kind(StrEnum):
    """What sort of refusal it is; `status` is its HTTP status (RFC 9110)."""

    status: int

    def __new__(cls, value: str, status: int) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        return member

    INVALID = "invalid", 400
    UNAUTHENTICATED = "unauthenticated", 401
    FORBIDDEN = "forbidden", 403
    NOT_FOUND = "not_found", 404
    NOT_ALLOWED = "not_allowed", 405
    TOO_SLOW = "too_slow", 408
    CONFLICT = "conflict", 409
    TOO_LARGE = "too_large", 413
    UNSUPPORTED = "unsupported", 415
    OUTSIDE = "outside", 416
    REFUSED = "refused", 422
    OVERLOADED = "overloaded", 429
    UNEXPECTED = "unexpected", 500
    UNAVAILABLE = "unavailable", 503


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence for people, in both languages of the platform."""

    vi: str
    en: str

    def __post_init__(self) -> None:
        if not self.vi.strip() or not self.en.strip():
            raise ValueError("a sentence for people stands in Vietnamese and in English")

    def told(self, language: str) -> str:
        """The sentence for whoever reads `language`: Vietnamese unless it is `en`."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of what was sent: `pointer` is an RFC 6901 pointer into the body, or `header:<Name>`."""

    code: str
    rule: str | None
    pointer: str
    detail: Words
    advice: Words


class LienthongError(Exception):
    """Every error a caller may see. A subclass is a fact, its docstring the English explanation.

    A subclass sets `code` (lower-case words joined by underscores, unique, never reused), `kind`, `title` and `advice`,
    and `RULE` where one requirement or article is always behind it. A class that only groups others says
    `abstract=True`. An incomplete class or a code taken twice is refused when the module is imported.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    title: ClassVar[Words]
    advice: ClassVar[Words]
    RULE: ClassVar[str | None] = None

    _registered: ClassVar[dict[str, type["LienthongError"]]] = {}

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        super().__init_subclass__()
        if not abstract:
            _check_declaration(cls)
            _register(LienthongError._registered, cls)

    def __init__(
        self,
        detail: Words | None = None,
        *,
        rule: str | None = None,
        violations: Sequence[Violation] = (),
        retry_after: int | None = None,
    ) -> None:
        """`rule` names the requirement broken, `retry_after` is in seconds."""
        super().__init__((detail or self.title).en)
        self.detail = detail
        self.rule = rule if rule is not None else self.RULE
        self.violations = tuple(violations)
        self.retry_after = retry_after

    @property
    def words(self) -> Words:
        """The detail of this case, or the title where the case has none."""
        return self.detail or self.title

    @classmethod
    def every_error(cls) -> tuple[type["LienthongError"], ...]:
        """All errors of the modules imported so far, by code."""
        return tuple(error for _, error in sorted(LienthongError._registered.items()))


def _check_declaration(cls: type[LienthongError]) -> None:
    missing = [name for name in ("code", "kind", "title", "advice") if not hasattr(cls, name)]
    if "code" not in cls.__dict__ and "code" not in missing:
        missing.append("code of its own")
    if not (cls.__doc__ or "").strip() or cls.__doc__ == LienthongError.__doc__:
        missing.append("docstring")
    if missing:
        raise TypeError(f"{cls.__qualname__}: an error declares {', '.join(missing)} (or abstract=True)")
    if not _CODE.fullmatch(cls.code):
        raise TypeError(f"{cls.__qualname__}: the code {cls.code!r} is not lower-case words joined by underscores")


def _register(known: dict[str, type[LienthongError]], cls: type[LienthongError]) -> None:
    other = known.get(cls.code)
    if other is not None and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
        raise TypeError(f"{cls.__qualname__}: the code {cls.code!r} belongs to {other.__module__}.{other.__qualname__}")
    known[cls.code] = cls
