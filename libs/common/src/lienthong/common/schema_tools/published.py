"""Snapshots of published versions, `schemas/published/<type>/<major>.<minor>.json`: never edited once there."""

import json
from collections.abc import Mapping
from pathlib import Path

from lienthong.common.schema_tools.compatibility import differs, find_breaks_between
from lienthong.common.schema_tools.events import Document

FOLDER = "schemas/published"


def publish(root: Path, documents: Mapping[str, Document]) -> list[str]:
    """Keep the present version of each document where it has no snapshot yet; the paths written."""
    written: list[str] = []
    for name, document in documents.items():
        path = root / FOLDER / name / f"{_version(document)}.json"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            written.append(path.relative_to(root).as_posix())
    return written


def find_breaks(root: Path, documents: Mapping[str, Document]) -> list[str]:
    """Every way in which the documents break a published version, as sentences."""
    breaks: list[str] = []
    for path in sorted((root / FOLDER).glob("*/*.json")):
        name, version = path.parent.name, path.stem
        old: Document = json.loads(path.read_text(encoding="utf-8"))
        breaks += [f"{name} {version}: {fault}" for fault in _faults(old, documents.get(name), version)]
    return breaks


def _faults(old: Document, new: Document | None, version: str) -> list[str]:
    if new is None:
        return ["the type is gone"]
    now = _version(new)
    if _numbers(now) < _numbers(version):
        return [f"the version went back to {now}"]
    if now == version and differs(old, new):
        return ["it was edited in place: raise the minor version", *find_breaks_between(old, new)]
    return find_breaks_between(old, new)


def _version(document: Document) -> str:
    return str(document["$id"]).rpartition(":")[2]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
