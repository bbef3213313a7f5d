"""Whether one JSON Schema is a compatible successor of another: it may only add optional members and list values.

Writers of the old version must pass the new schema, and readers of the old version must find all they relied on:
nothing removed, renamed, retyped or narrowed, no new required member, no member that was required made optional.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

Schema = Mapping[str, Any]

_UNCHANGED: Final = (
    "type",
    "format",
    "const",
    "pattern",
    "default",
    "multipleOf",
    "uniqueItems",
    "allOf",
    "not",
    "prefixItems",
)
_AT_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_AT_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UNIONS: Final = ("anyOf", "oneOf")
_NULL: Final = {"type": "null"}


class _Pair(NamedTuple):
    """The same place in both documents."""

    old: Schema
    new: Schema
    old_root: Schema
    new_root: Schema
    pointer: str
    open_refs: frozenset[tuple[str, str]]

    def at(self, old: Any, new: Any, step: str) -> "_Pair":
        return self._replace(old=old, new=new, pointer=f"{self.pointer}/{step}")


def find_breaks_between(old: Schema, new: Schema) -> list[str]:
    """Each incompatible change as a sentence with its pointer; none means that the new schema may be published."""
    return list(_breaks(_Pair(old, new, old, new, "", frozenset())))


def differs(old: Schema, new: Schema) -> bool:
    """Whether two schemas differ in more than words."""
    return bool(find_breaks_between(old, new) or find_breaks_between(new, old))


def _breaks(pair: _Pair) -> Iterator[str]:
    resolved = _resolve(pair)
    if resolved is None:
        return
    yield from _changed_facets(resolved)
    yield from _narrowed_lists(resolved)
    yield from _changed_members(resolved)
    yield from _changed_patterns(resolved)
    yield from _changed_unions(resolved)
    for name in ("items", "additionalProperties", "propertyNames"):
        yield from _changed_part(resolved, name)


def _resolve(pair: _Pair) -> _Pair | None:
    refs = str(pair.old.get("$ref", "")), str(pair.new.get("$ref", ""))
    if any(refs) and refs in pair.open_refs:
        return None  # a recursive type: this pair is already being compared
    old, new = _target(pair.old, pair.old_root), _target(pair.new, pair.new_root)
    return pair._replace(old=old, new=new, open_refs=pair.open_refs | {refs})


def _target(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    target: Any = root
    for step in str(reference).removeprefix("#/").split("/"):
        target = target[step]
    beside = {name: value for name, value in schema.items() if name != "$ref"}
    return {**cast("Schema", target), **beside}


def _changed_facets(pair: _Pair) -> Iterator[str]:
    for name in _UNCHANGED:
        if pair.old.get(name) != pair.new.get(name):
            yield f"{pair.pointer or '/'}: {name} changed from {pair.old.get(name)!r} to {pair.new.get(name)!r}"
    for name in _AT_MOST:
        before, after = pair.old.get(name), pair.new.get(name)
        if after is not None and (before is None or after < before):
            yield f"{pair.pointer or '/'}: {name} narrowed from {before} to {after}"
    for name in _AT_LEAST:
        before, after = pair.old.get(name), pair.new.get(name)
        if after is not None and (before is None or after > before):
            yield f"{pair.pointer or '/'}: {name} narrowed from {before} to {after}"


def _narrowed_lists(pair: _Pair) -> Iterator[str]:
    before, after = pair.old.get("enum"), pair.new.get("enum")
    if before is None and after is None:
        return
    if before is None or after is None:
        yield f"{pair.pointer or '/'}: a list of values {'appeared' if before is None else 'disappeared'}"
        return
    gone = [value for value in before if value not in after]
    if gone:
        yield f"{pair.pointer or '/'}: values removed: {gone}"


def _changed_members(pair: _Pair) -> Iterator[str]:
    before: Schema = pair.old.get("properties", {})
    after: Schema = pair.new.get("properties", {})
    for name, member in before.items():
        if name in after:
            yield from _breaks(pair.at(member, after[name], name))
        else:
            yield f"{pair.pointer}/{name}: removed"
    required_before, required_after = set(pair.old.get("required", ())), set(pair.new.get("required", ()))
    yield from (f"{pair.pointer}/{name}: became required" for name in sorted(required_after - required_before))
    yield from (
        f"{pair.pointer}/{name}: is no longer required"
        for name in sorted((required_before - required_after) & after.keys())
    )


def _changed_patterns(pair: _Pair) -> Iterator[str]:
    before: Schema = pair.old.get("patternProperties", {})
    after: Schema = pair.new.get("patternProperties", {})
    if before.keys() != after.keys():
        yield f"{pair.pointer or '/'}: the pattern of member names changed"
    for pattern in before.keys() & after.keys():
        yield from _breaks(pair.at(before[pattern], after[pattern], pattern))


def _changed_unions(pair: _Pair) -> Iterator[str]:
    for name in _UNIONS:
        before, after = list(pair.old.get(name, ())), list(pair.new.get(name, ()))
        unmatched = [each for each in after if not any(_fits(pair, one, each, name) for one in before)]
        if any(not any(_fits(pair, one, each, name) for each in after) for one in before):
            yield f"{pair.pointer or '/'}: an alternative was removed or changed"
        elif unmatched and unmatched != [_NULL]:
            yield f"{pair.pointer or '/'}: an alternative was added"


def _fits(pair: _Pair, before: Schema, after: Schema, name: str) -> bool:
    return next(_breaks(pair.at(before, after, name)), None) is None


def _changed_part(pair: _Pair, name: str) -> Iterator[str]:
    before, after = pair.old.get(name), pair.new.get(name)
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _breaks(pair.at(before, after, name))
    elif before != after and not (before is False and after is not None):
        yield f"{pair.pointer or '/'}: {name} changed"
