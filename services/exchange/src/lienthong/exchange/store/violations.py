"""Violations as they are kept with a message: in both languages, so that a repeat is answered in either."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from lienthong.common.errors import Violation

_FORM = TypeAdapter(tuple[Violation, ...])


def violations_to_json(violations: Sequence[Violation]) -> bytes | None:
    """None where there are none: most messages have none."""
    return _FORM.dump_json(tuple(violations)) if violations else None


def violations_from_json(kept: bytes | None) -> tuple[Violation, ...]:
    """What was kept."""
    return () if kept is None else _FORM.validate_json(kept)
